#include "logs/line_marks.h"

#include "base/text.h"
#include "logs/sgr.h"

#include <algorithm>
#include <array>

namespace open_cicd::logs {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Most words differ in their first letter: that costs no call.
bool begins_with(std::string_view line, std::string_view word) {
  return !line.empty() && line.front() == word.front() && line.starts_with(word);
}

// At the very beginning of a line.
constexpr std::array begins_at_margin{
    std::string_view("E   "),  // pytest
    std::string_view("##[error]"),
    std::string_view("::error::"),
    std::string_view("::error "),
};

// At its beginning, after spaces. A word that ends in a letter is a whole word.
constexpr std::array begins{
    std::string_view("error:"),
    std::string_view("Error:"),
    std::string_view("ERROR"),
    std::string_view("[ERROR]"),
    std::string_view("[error]"),
    std::string_view("error["),  // rustc
    std::string_view("error TS"),
    std::string_view("error Command failed"),  // yarn
    std::string_view("FAILED"),
    std::string_view("FAIL"),
    std::string_view("--- FAIL"),
    std::string_view("[  FAILED  ]"),
    std::string_view("not ok"),
    std::string_view("fatal:"),
    std::string_view("Fatal:"),
    std::string_view("FATAL"),
    std::string_view("fatal error:"),
    std::string_view("Fatal error:"),
    std::string_view("panic:"),
    std::string_view("Traceback (most recent call last)"),
    std::string_view("npm ERR!"),
    std::string_view("npm error"),
    std::string_view("make: ***"),
    std::string_view("ninja: build stopped"),
    std::string_view("ninja: error:"),
    std::string_view("CMake Error"),
    std::string_view("Exception in thread"),
    std::string_view("Unhandled exception"),
    std::string_view("Uncaught "),
    std::string_view("Segmentation fault"),
    std::string_view("ERR!"),
};

// After a colon and a space, as compilers and shells write behind a place.
constexpr std::array follow_colon{
    std::string_view("error:"),
    std::string_view("fatal error:"),
    std::string_view("fatal:"),
    std::string_view("undefined reference to"),
    std::string_view("command not found"),
    std::string_view("***"),  // make[1]: *** [all] Error 2
};

// Those above that end in a letter: "ERRORS: 0" and "FAILOVER" are none.
bool ends_word(std::string_view line, std::string_view word) {
  if (!is_letter(word.back()) || line.size() == word.size()) return true;
  const char next = line[word.size()];
  return !is_letter(next) && !is_digit(next) && next != '_' && next != '-';
}

// "error TS2322", "error CS1002", "error C2065": a letter or two and digits.
bool is_numbered_error(std::string_view text) {
  constexpr std::string_view word = "error ";
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  std::size_t letters = 0;
  while (letters < text.size() && letters < 5 && text[letters] >= 'A' && text[letters] <= 'Z') ++letters;
  return letters > 0 && letters < text.size() && is_digit(text[letters]);
}

bool begins_as_error(std::string_view line) {
  switch (line.front()) {  // nearly every line is known not to be one here
    case 'e':
    case 'E':
    case '[':
    case 'F':
    case 'f':
    case '-':
    case 'n':
    case 'p':
    case 'T':
    case 'm':
    case 'C':
    case 'U':
    case 'S':
      break;
    default:
      return false;
  }
  return std::ranges::any_of(
      begins, [line](std::string_view word) { return begins_with(line, word) && ends_word(line, word); });
}

// "TypeError: …", "java.io.IOException: …", "KeyError"
bool names_exception(std::string_view line) {
  std::size_t size = 0;
  while (size < line.size() &&
         (is_letter(line[size]) || is_digit(line[size]) || line[size] == '.' || line[size] == '_' || line[size] == '$'))
    ++size;
  const std::string_view name = line.substr(0, size);
  const bool is_name = (name.ends_with("Error") && name.size() > 5) || (name.ends_with("Exception") && name.size() > 9);
  return is_name && (size == line.size() || line[size] == ':');
}

bool has_error_behind_colon(std::string_view line) {
  for (std::size_t colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
    std::string_view rest = line.substr(colon + 1);
    if (!rest.starts_with(' ')) continue;
    rest.remove_prefix(1);
    if (rest.empty()) return false;
    if (rest.front() != 'e' && rest.front() != 'f' && rest.front() != 'u' && rest.front() != 'c' && rest.front() != '*')
      continue;
    if (is_numbered_error(rest)) return true;
    if (std::ranges::any_of(follow_colon,
                            [rest](std::string_view word) { return rest.starts_with(word) && ends_word(rest, word); }))
      return true;
  }
  return false;
}

// "a.ts:1:2 - error TS2322: …". Looked for by its rarest letters: lines are full of spaces.
bool has_typescript_error(std::string_view line) {
  for (std::size_t at = line.find("TS"); at != std::string_view::npos; at = line.find("TS", at + 1))
    if (line.substr(0, at).ends_with(" - error ")) return true;
  return false;
}

// Of loggers: a time, a thread and the level as a word of its own, "12:00:01 [main] ERROR c.e.App - no".
bool has_level(std::string_view line) {
  if (!is_digit(line.front()) && line.front() != '[') return false;
  const std::string_view begin = line.substr(0, 80);
  for (const std::string_view level : {std::string_view("ERROR"), std::string_view("FATAL")}) {
    const std::size_t at = begin.find(level);
    if (at == std::string_view::npos || at == 0) continue;
    const char before = begin[at - 1];
    if ((before == ' ' || before == '[' || before == '|') && ends_word(begin.substr(at), level)) return true;
  }
  return false;
}

std::string title_of(std::string_view text, std::string_view otherwise) {
  std::string room;
  std::string plain;
  for (const char c : without_escapes(text, room))
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) plain += c;
  const std::size_t begin = std::min(plain.find_first_not_of(' '), plain.size());
  std::string title = to_valid_utf8(std::string_view(plain).substr(begin));
  if (title.empty()) title = otherwise;
  title.resize(std::min(title.size(), group_title_bytes_max));
  title.resize(utf8_complete_prefix(title));
  return title;
}

// "1560896352:build[collapsed=true]" → "build"; takes the section's words from `text`. Nothing if it is none.
std::string take_section(std::string_view& text) {
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == 0 || at == text.size() || text[at] != ':') return {};
  const std::size_t begin = ++at;
  const auto in_name = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; };
  while (at < text.size() && in_name(text[at])) ++at;
  std::string name(text.substr(begin, at - begin));
  if (at < text.size() && text[at] == '[') {
    const std::size_t end = text.find(']', at);
    if (end == std::string_view::npos) return {};
    at = end + 1;
  }
  text.remove_prefix(at);
  return name;
}

// Nearly every line is known to have no mark by it. NUL if nothing is shown.
char first_shown(std::string_view line) {
  if (line.empty() || line.front() != '\x1b') return line.empty() ? '\0' : line.front();
  SgrReader reader = SgrReader::of_text();
  const auto shown = std::ranges::find_if(line, [&reader](char c) { return reader.take(c); });
  return shown == line.end() ? '\0' : *shown;
}

constexpr std::string_view section_word = "section_";

void add_sections(std::string_view head, std::string_view line, std::vector<GroupMark>& marks) {
  constexpr std::string_view begin_word = "start:", end_word = "end:";
  std::string room;
  std::string_view text = without_escapes(head, room);
  while (marks.size() < marks_of_line_max && text.starts_with(section_word)) {
    text.remove_prefix(section_word.size());
    const bool begins_one = text.starts_with(begin_word);
    if (!begins_one && !text.starts_with(end_word)) return;
    text.remove_prefix(begins_one ? begin_word.size() : end_word.size());
    std::string name = take_section(text);
    if (name.empty() || (!text.empty() && text.front() != '\r')) return;
    std::string title = begins_one ? title_of(line, name) : std::string();
    marks.push_back({begins_one ? GroupMark::Kind::begin : GroupMark::Kind::end, std::move(name), std::move(title)});
    text.remove_prefix(std::min(text.find_first_not_of('\r'), text.size()));
  }
}

}  // namespace

bool is_error_line(std::string_view line) {
  line = line.substr(0, classified_bytes_max);
  if (std::ranges::any_of(begins_at_margin, [line](std::string_view word) { return begins_with(line, word); }))
    return true;
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.empty()) return false;
  return begins_as_error(line) || names_exception(line) || has_error_behind_colon(line) || has_level(line) ||
         has_typescript_error(line);
}

std::vector<GroupMark> group_marks(std::string_view head, std::string_view line) {
  constexpr std::array begin_words{std::string_view("::group::"), std::string_view("##[group]")};
  constexpr std::array end_words{std::string_view("::endgroup::"), std::string_view("##[endgroup]")};
  std::vector<GroupMark> marks;
  const char first = first_shown(head);
  if (first != ':' && first != '#' && first != 's') return marks;
  add_sections(head, line, marks);
  if (!marks.empty()) return marks;
  std::string room;
  const std::string_view text = without_escapes(line.substr(0, classified_bytes_max), room);
  for (const std::string_view word : begin_words)
    if (text.starts_with(word))
      marks.push_back({GroupMark::Kind::begin, {}, title_of(text.substr(word.size()), "group")});
  for (const std::string_view word : end_words)
    if (text.starts_with(word)) marks.push_back({GroupMark::Kind::end, {}, {}});
  return marks;
}

}  // namespace open_cicd::logs
