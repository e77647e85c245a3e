#include "analysis/fingerprint.h"

#include "base/crypto.h"

#include <algorithm>
#include <cctype>

namespace open_cicd::analysis {
namespace {

constexpr char escape = '\x1b';
constexpr std::size_t compared_max = 300;  // bytes of what is left
constexpr std::size_t hash_min = 4;        // hexadecimal digits that are a hash, or a part of an id
constexpr std::size_t fingerprint_digits = 32;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// The length of the escape sequence at the beginning of `text`, which begins with ESC.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {
    std::size_t at = 2;
    while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20 &&
           static_cast<unsigned char>(text[at]) < 0x40)
      ++at;
    return std::min(at + 1, text.size());
  }
  if (text[1] == ']' || text[1] == 'P' || text[1] == '_' || text[1] == '^') {  // up to BEL or ESC backslash
    for (std::size_t at = 2; at < text.size(); ++at) {
      if (text[at] == '\x07') return at + 1;
      if (text[at] == escape) return std::min(at + 2, text.size());
    }
    return text.size();
  }
  return 2;
}

// "3a7f09c", "0x7ffe", "0192f0c1-0000-7000": a word of hexadecimal digits with at least one number in it.
bool is_hash(std::string_view word) {
  const bool prefixed = word.starts_with("0x") && word.size() > 2;
  if (prefixed) word.remove_prefix(2);
  return (prefixed || word.size() >= hash_min) && std::ranges::all_of(word, is_hex) &&
         (prefixed || std::ranges::any_of(word, is_digit));
}

// "/tmp/pytest-of-root/x" names another folder each time.
bool is_temporary(std::string_view path) {
  return path.starts_with("/tmp/") || path.starts_with("/var/tmp/") || path.starts_with("/private/var/");
}

}  // namespace

std::string plain_text(std::string_view line) {
  std::string out;
  while (!line.empty() && out.size() < line_text_max) {
    if (line.front() == escape) {
      line.remove_prefix(escape_length(line));
      continue;
    }
    const char c = line.front();
    line.remove_prefix(1);
    if (c == '\t')
      out += "  ";
    else if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f')
      out += c;
  }
  if (!line.empty())  // never in the middle of a character
    while (!out.empty() && (static_cast<unsigned char>(line.front()) & 0xc0) == 0x80) {
      const bool began = (static_cast<unsigned char>(out.back()) & 0xc0) != 0x80;
      out.pop_back();
      if (began) break;
    }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string fingerprint_of(std::string_view plain) {
  std::string text(plain);
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  std::string left;
  const auto add = [&left](char c) {
    if (c == '0' && left.ends_with('0')) return;
    if (c == ' ' && (left.empty() || left.ends_with(' '))) return;
    left += c;
  };
  for (std::size_t at = 0; at < text.size() && left.size() < compared_max;) {
    if (text[at] == '/' && is_temporary(std::string_view(text).substr(at))) {
      add('/');
      add('0');
      at = std::min(text.find_first_of(" \"'()[]:,;", at), text.size());
      continue;
    }
    if (!is_word(text[at])) {
      const bool inside_number =
          text[at] == '.' && left.ends_with('0') && at + 1 < text.size() && is_digit(text[at + 1]);
      if (!inside_number) add(text[at]);  // "1.5" and "12" are numbers
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view word = std::string_view(text).substr(at, end - at);
    if (is_hash(word))
      add('0');
    else
      for (const char c : word) add(is_digit(c) ? '0' : c);
    at = end;
  }
  while (left.ends_with(' ')) left.pop_back();
  if (std::ranges::none_of(left, [](char c) { return is_word(c) && c != '0' && c != '_'; })) return "";
  return sha256_hex(left).substr(0, fingerprint_digits);
}

}  // namespace open_cicd::analysis
