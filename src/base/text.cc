#include "base/text.h"

#include "base/one_line.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

namespace open_cicd {
namespace {

struct Decoded {
  char32_t point;
  std::size_t size;  // bytes consumed, at least 1
  bool valid;
  bool truncated;  // the text ended inside what could have become a character
};

// One character by the table of the Unicode standard, D92 (no overlong forms, no surrogates, at most U+10FFFF).
Decoded decode_one(std::string_view s) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
  const std::uint8_t b0 = at(0);
  if (b0 < 0x80) return {b0, 1, true, false};
  std::size_t need;
  std::uint8_t low = 0x80, high = 0xbf;
  char32_t point;
  if (b0 >= 0xc2 && b0 <= 0xdf) {
    need = 1;
    point = b0 & 0x1f;
  } else if (b0 >= 0xe0 && b0 <= 0xef) {
    need = 2;
    point = b0 & 0x0f;
    if (b0 == 0xe0) low = 0xa0;
    if (b0 == 0xed) high = 0x9f;
  } else if (b0 >= 0xf0 && b0 <= 0xf4) {
    need = 3;
    point = b0 & 0x07;
    if (b0 == 0xf0) low = 0x90;
    if (b0 == 0xf4) high = 0x8f;
  } else
    return {0xfffd, 1, false, false};
  for (std::size_t i = 1; i <= need; ++i) {
    if (i >= s.size()) return {0xfffd, i, false, true};
    if (at(i) < low || at(i) > high) return {0xfffd, i, false, false};
    point = point << 6 | (at(i) & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  return {point, need + 1, true, false};
}

// Beyond ASCII: what a terminal obeys (C1), does not show, ends a line at, or turns text around with (Unicode's
// Default_Ignorable_Code_Point and Bidi_Control, without variation selectors and Hangul fillers).
bool is_unseen(char32_t c) {
  return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe007f);
}

// Above U+FFFF as a pair of surrogates, as JSON has it.
std::string escaped_point(char32_t c) {
  const auto unit = [](unsigned u) { return fmt::format("\\u{:04x}", u); };
  if (c < 0x10000) return unit(c);
  return unit(0xd800 + ((c - 0x10000) >> 10)) + unit(0xdc00 + ((c - 0x10000) & 0x3ff));
}

}  // namespace

bool is_valid_utf8(std::string_view s) {
  while (!s.empty()) {
    std::uint64_t eight = 0;
    while (s.size() >= sizeof eight) {  // mostly ASCII
      std::memcpy(&eight, s.data(), sizeof eight);
      if ((eight & 0x8080808080808080) != 0) break;
      s.remove_prefix(sizeof eight);
    }
    if (s.empty()) break;
    const Decoded d = decode_one(s);
    if (!d.valid) return false;
    s.remove_prefix(d.size);
  }
  return true;
}

std::string to_valid_utf8(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const Decoded d = decode_one(s);
    if (d.valid)
      out.append(s.substr(0, d.size));
    else
      out.append("\xef\xbf\xbd");
    s.remove_prefix(d.size);
  }
  return out;
}

namespace {

enum class Quotes : std::uint8_t { escaped, kept };

std::string make_visible(std::string_view s, Quotes quotes) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const Decoded d = decode_one(s);
    const char32_t c = d.point;
    if (!d.valid)
      out.append(fmt::format("\\x{:02x}", static_cast<std::uint8_t>(s[0])));
    else if (c == '\n')
      out.append("\\n");
    else if (c == '\t')
      out.append("\\t");
    else if (c == '\r')
      out.append("\\r");
    else if ((c == '\\' || c == '"') && quotes == Quotes::escaped)
      out.append({'\\', static_cast<char>(c)});
    else if (c < 0x20 || c == 0x7f)
      out.append(fmt::format("\\x{:02x}", static_cast<unsigned>(c)));
    else if (is_unseen(c))
      out.append(escaped_point(c));
    else
      out.append(s.substr(0, d.size));
    s.remove_prefix(d.valid ? d.size : 1);
  }
  return out;
}

}  // namespace

std::string escape_for_line(std::string_view s) {
  return make_visible(s, Quotes::escaped);
}

std::string to_one_line(std::string_view s) {
  return make_visible(s, Quotes::kept);
}

std::string escape_in_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const Decoded d = decode_one(json);
    if (d.point == 0x7f || is_unseen(d.point))
      out.append(escaped_point(d.point));
    else
      out.append(json.substr(0, d.size));
    json.remove_prefix(d.size);
  }
  return out;
}

std::size_t utf8_complete_prefix(std::string_view s) {
  const std::size_t from = s.size() > 3 ? s.size() - 3 : 0;
  for (std::size_t i = s.size(); i > from; --i) {
    const auto b = static_cast<std::uint8_t>(s[i - 1]);
    if (b < 0x80) return s.size();
    if (b >= 0xc0) return decode_one(s.substr(i - 1)).truncated ? i - 1 : s.size();
  }
  return s.size();
}

}  // namespace open_cicd
