#include "scm/badge.h"

#include "base/one_line.h"
#include "base/text.h"
#include "scm/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::scm {
namespace {

struct Look {
  std::string_view word, colour;
};
// White text on each of them has a contrast of 4.5 or more (WCAG AA).
constexpr std::array<Look, 6> looks{{{"passing", "#1a7f37"},
                                     {"warnings", "#9a6700"},
                                     {"failing", "#cf222e"},
                                     {"cancelled", "#59636e"},
                                     {"running", "#0969da"},
                                     {"unknown", "#59636e"}}};

constexpr int margin = 6, narrow = 4, usual = 7, wide = 10;  // pixels at 11 px of Verdana and its like

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

// The text is stretched to what is computed here, so that a browser's other font changes nothing.
int width_of(std::string_view text) {
  int width = 0;
  for (const char c : text) {
    if (!begins_character(c)) continue;
    if (std::string_view(" !'()*,.:;I[]fijlrt|").contains(c))
      width += narrow;
    else
      width += static_cast<unsigned char>(c) >= 0x80 || c == 'm' || c == 'w' || c == 'M' || c == 'W' ? wide : usual;
  }
  return width;
}

std::string first_characters(const std::string& text, std::size_t max) {
  std::size_t count = 0;
  const auto end = std::ranges::find_if(text, [&](char c) { return begins_character(c) && ++count > max; });
  return {text.begin(), end};
}

// XML 1.0 has no form for U+FFFE and U+FFFF.
std::string without_noncharacters(std::string text) {
  for (const std::string_view character : {"\uFFFE", "\uFFFF"})
    for (std::size_t at = text.find(character); at != std::string::npos; at = text.find(character, at))
      text.replace(at, character.size(), "\uFFFD");
  return text;
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
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
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string badge_svg(std::string_view label, BadgeState state) {
  const Look& look = looks[static_cast<std::size_t>(state)];
  const std::string name = first_characters(without_noncharacters(to_one_line(label)), limits::badge_chars_max);
  const int name_width = width_of(name), word_width = width_of(look.word);
  const int left = name_width + 2 * margin, right = word_width + 2 * margin;
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20" role="img" aria-label="{1}: {2}">)"
      R"(<title>{1}: {2}</title>)"
      R"(<rect width="{3}" height="20" fill="#3d444d"/><rect x="{3}" width="{4}" height="20" fill="{5}"/>)"
      R"(<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">)"
      R"(<text x="{6}" y="14" textLength="{7}">{1}</text><text x="{8}" y="14" textLength="{9}">{2}</text></g></svg>)",
      left + right, escape_xml(name), look.word, left, right, look.colour, margin, name_width, left + margin,
      word_width);
}

}  // namespace open_cicd::scm
