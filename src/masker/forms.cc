#include "masker/forms.h"

#include "base/text.h"
#include "masker/limits.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace open_cicd::masker {
namespace {

constexpr std::string_view lower_digits = "0123456789abcdef", upper_digits = "0123456789ABCDEF";

class Forms {
 public:
  void add(WipedText form) {
    if (form.size() >= limits::value_bytes_min && std::ranges::find(all_, form) == all_.end())
      all_.push_back(std::move(form));
  }
  std::vector<WipedText> take() { return std::move(all_); }

 private:
  std::vector<WipedText> all_;
};

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void put_hex(WipedText& out, char c, std::string_view digits) {
  const auto byte = static_cast<unsigned char>(c);
  out += {digits[byte >> 4], digits[byte & 15]};
}

// Every character as `put` writes it.
template <class Put>
WipedText rewritten(std::string_view text, Put put) {
  WipedText out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) put(out, c);
  return out;
}

WipedText with_lf(std::string_view value) {
  WipedText out;
  for (std::size_t i = 0; i < value.size(); ++i)
    if (value[i] != '\r' || i + 1 == value.size() || value[i + 1] != '\n') out += value[i];
  return out;
}

WipedText with_crlf(std::string_view text) {
  return rewritten(text, [](WipedText& out, char c) { c == '\n' ? out += "\r\n" : out += c; });
}

// --- base64

constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The digits of `bytes` behind `before` zero bytes, the last one filled up with zero bits.
WipedText base64_digits(std::size_t before, std::string_view bytes, std::string_view alphabet) {
  WipedText out;
  std::uint32_t bits = 0;
  int count = 0;
  const auto take = [&](unsigned char byte) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) out += alphabet[bits >> (count - 6) & 63];
  };
  for (; before > 0; --before) take(0);
  for (const char c : bytes) take(static_cast<unsigned char>(c));
  if (count > 0) out += alphabet[bits << (6 - count) & 63];
  return out;
}

// Where a secret stands in the middle of what is encoded, its first and last digit may have bits of its neighbours.
WipedText base64_inner_digits(std::size_t before, std::string_view bytes, std::string_view alphabet) {
  WipedText digits = base64_digits(before, bytes, alphabet);
  digits.resize((before + bytes.size()) * 8 / 6);
  digits.erase(0, std::min((before * 8 + 5) / 6, digits.size()));
  return digits;
}

WipedText wrapped(std::string_view text, std::size_t width, std::string_view line_break) {
  WipedText out;
  for (std::size_t at = 0; at < text.size(); at += width) {
    if (at > 0) out += line_break;
    out += text.substr(at, width);
  }
  return out;
}

void add_whole_base64(Forms& forms, std::string_view bytes) {
  for (const std::string_view alphabet : {standard_alphabet, url_alphabet}) {
    WipedText digits = base64_digits(0, bytes, alphabet);
    forms.add(digits);
    digits.append((4 - digits.size() % 4) % 4, '=');
    forms.add(digits);
    if (alphabet == url_alphabet) continue;  // it is for names and addresses, which are not wrapped
    for (const std::size_t width : {std::size_t{64}, std::size_t{76}})
      for (const std::string_view line_break : {"\n", "\r\n"}) forms.add(wrapped(digits, width, line_break));
  }
}

void add_base64(Forms& forms, std::string_view text) {
  for (const std::string_view alphabet : {standard_alphabet, url_alphabet})
    for (const std::size_t before : {0, 1, 2}) forms.add(base64_inner_digits(before, text, alphabet));
  add_whole_base64(forms, text);
  WipedText line(text);  // `echo "$SECRET" | base64`
  line += '\n';
  add_whole_base64(forms, line);
}

// --- hexadecimal, percent-encoding

void add_hex(Forms& forms, std::string_view text) {
  for (const std::string_view digits : {lower_digits, upper_digits})
    forms.add(rewritten(text, [&](WipedText& out, char c) { put_hex(out, c, digits); }));
}

struct PercentRules {
  std::string_view kept;  // beside letters and digits
  bool plus_is_space = false;
};

void add_percent(Forms& forms, std::string_view text) {
  constexpr auto all_rules = std::to_array<PercentRules>({
      {.kept = "-_.~"},                         // RFC 3986
      {.kept = "-_.~/"},                        // a path
      {.kept = "-_.!~*'()"},                    // ECMAScript's encodeURIComponent
      {.kept = "-_.~", .plus_is_space = true},  // a query
      {.kept = "-_.*", .plus_is_space = true},  // a form, as the URL standard writes it
  });
  for (const PercentRules& rules : all_rules)
    for (const std::string_view digits : {upper_digits, lower_digits})
      forms.add(rewritten(text, [&](WipedText& out, char c) {
        if (is_letter_or_digit(c) || rules.kept.contains(c)) {
          out += c;
        } else if (c == ' ' && rules.plus_is_space) {
          out += '+';
        } else {
          out += '%';
          put_hex(out, c, digits);
        }
      }));
}

// --- JSON

struct JsonRules {
  bool slash = false;  // "\/"
  bool html = false;   // "\u003c" for "<", ">" and "&"
  bool ascii = false;  // "\u00e9"
  std::string_view digits = lower_digits;
};

void put_unit(WipedText& out, std::uint32_t unit, std::string_view digits) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[unit >> shift & 15];
}

// Of valid UTF-8: the character that begins at `at`, which is moved behind it.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  std::uint32_t code = first & (0x3fu >> more);
  for (int i = 0; i < more; ++i) code = code << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fu);
  return code;
}

void put_in_utf16(WipedText& out, std::uint32_t code, std::string_view digits) {
  if (code < 0x10000) return put_unit(out, code, digits);
  put_unit(out, 0xd800 + ((code - 0x10000) >> 10), digits);
  put_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff), digits);
}

void put_in_json(WipedText& out, char c, const JsonRules& rules) {
  constexpr std::string_view named = "\"\\\b\f\n\r\t", names = "\"\\bfnrt";
  if (const std::size_t found = named.find(c); found != named.npos)
    out += {'\\', names[found]};
  else if (c == '/' && rules.slash)
    out += "\\/";
  else if (static_cast<unsigned char>(c) < 0x20 || (rules.html && (c == '<' || c == '>' || c == '&')))
    put_unit(out, static_cast<unsigned char>(c), rules.digits);
  else
    out += c;
}

WipedText in_json(std::string_view text, const JsonRules& rules) {
  const bool ascii = rules.ascii && is_valid_utf8(text);
  WipedText out;
  for (std::size_t at = 0; at < text.size();) {
    if (ascii && static_cast<unsigned char>(text[at]) >= 0x80)
      put_in_utf16(out, next_code_point(text, at), rules.digits);
    else
      put_in_json(out, text[at++], rules);
  }
  return out;
}

void add_json(Forms& forms, std::string_view text) {
  for (const bool slash : {false, true})
    for (const bool html : {false, true})
      for (const bool ascii : {false, true})
        for (const std::string_view digits : {lower_digits, upper_digits})
          forms.add(in_json(text, {.slash = slash, .html = html, .ascii = ascii, .digits = digits}));
}

// --- a shell's quotes

void put_in_dollar_quotes(WipedText& out, char c) {
  constexpr std::string_view named = "\\'\a\b\x1b\f\n\r\t\v", names = "\\'abEfnrtv";
  if (const std::size_t found = named.find(c); found != named.npos) {
    out += {'\\', names[found]};
  } else if (is_control(c)) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', lower_digits[byte >> 6], lower_digits[byte >> 3 & 7], lower_digits[byte & 7]};
  } else {
    out += c;
  }
}

void add_shell(Forms& forms, std::string_view text) {
  const auto add_with = [&](auto put) { forms.add(rewritten(text, put)); };
  add_with([](WipedText& out, char c) { c == '\'' ? out += R"('\'')" : out += c; });   // the trace of bash
  add_with([](WipedText& out, char c) { c == '\'' ? out += R"('"'"')" : out += c; });  // of dash
  add_with(put_in_dollar_quotes);                                                      // $'…'
  add_with([](WipedText& out, char c) {                                                // "…"
    if (std::string_view("\\\"$`").contains(c)) out += '\\';
    out += c;
  });
  add_with([](WipedText& out, char c) {  // printf %q
    const bool plain = is_letter_or_digit(c) || std::string_view("_@%+=:./-").contains(c);
    if (!plain && static_cast<unsigned char>(c) < 0x80) out += '\\';
    out += c;
  });
}

// --- XML and HTML

struct Entities {
  std::string_view double_quote, single_quote;
};

void add_xml(Forms& forms, std::string_view text) {
  constexpr auto all_entities = std::to_array<Entities>({
      {"\"", "'"},
      {"&quot;", "'"},
      {"&quot;", "&apos;"},
      {"&quot;", "&#39;"},
      {"&quot;", "&#x27;"},
      {"&#34;", "&#39;"},
  });
  for (const Entities& entities : all_entities)
    forms.add(rewritten(text, [&](WipedText& out, char c) {
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += entities.double_quote;
          break;
        case '\'':
          out += entities.single_quote;
          break;
        default:
          out += c;
      }
    }));
}

void add_spelling(Forms& forms, std::string_view text) {
  forms.add(WipedText(text));
  add_base64(forms, text);
  add_hex(forms, text);
  add_percent(forms, text);
  add_json(forms, text);
  add_shell(forms, text);
  add_xml(forms, text);
}

// A ruler or an indentation tells nothing, and is in every log.
bool is_one_repeated(std::string_view line) {
  return line.find_first_not_of(line.front()) == line.npos;
}

void add_lines(Forms& forms, std::string_view text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.size() >= limits::line_bytes_min && !is_one_repeated(line)) forms.add(WipedText(line));
    begin = end + 1;
  }
}

}  // namespace

std::string_view without_outer_breaks(std::string_view value) {
  value.remove_prefix(std::min(value.find_first_not_of("\r\n"), value.size()));
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.remove_suffix(1);
  return value;
}

std::vector<WipedText> forms_of(std::string_view value) {
  value = without_outer_breaks(value);
  const WipedText text = with_lf(value);
  Forms forms;
  add_spelling(forms, text);
  if (text.find('\n') != text.npos) {
    add_spelling(forms, with_crlf(text));
    add_lines(forms, text);
  }
  if (std::string_view(text) != value) add_spelling(forms, value);  // mixed line breaks
  return forms.take();
}

}  // namespace open_cicd::masker
