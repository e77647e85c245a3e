#include "cli/terminal_text.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace open_cicd::cli {
namespace {

constexpr std::size_t sequence_bytes_max = 64;

struct Range {
  char32_t first, last;
};
// Unicode's wide and fullwidth ranges, to the precision that a table needs.
constexpr std::array<Range, 13> wide = {{{0x1100, 0x115f},
                                         {0x2e80, 0x303e},
                                         {0x3041, 0xa4cf},
                                         {0xa960, 0xa97f},
                                         {0xac00, 0xd7a3},
                                         {0xf900, 0xfaff},
                                         {0xfe30, 0xfe6f},
                                         {0xff00, 0xff60},
                                         {0xffe0, 0xffe6},
                                         {0x1f300, 0x1f64f},
                                         {0x1f680, 0x1f6ff},
                                         {0x1f900, 0x1f9ff},
                                         {0x20000, 0x3fffd}}};
constexpr std::array<Range, 8> zero = {{{0x0300, 0x036f},
                                        {0x0483, 0x0489},
                                        {0x0591, 0x05bd},
                                        {0x1ab0, 0x1aff},
                                        {0x200b, 0x200f},
                                        {0x20d0, 0x20ff},
                                        {0xfe00, 0xfe0f},
                                        {0xfe20, 0xfe2f}}};

bool is_in(std::span<const Range> ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// The character at the front of valid UTF-8, and its bytes.
std::pair<char32_t, std::size_t> front_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t size = 1;
  if (lead >= 0xf0)
    size = 4;
  else if (lead >= 0xe0)
    size = 3;
  else if (lead >= 0xc0)
    size = 2;
  size = std::min(size, text.size());
  char32_t c = size == 1 ? lead : static_cast<char32_t>(lead & (0x7f >> size));
  for (std::size_t i = 1; i < size; ++i) c = c << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  return {c, size};
}

std::size_t width_of(char32_t c) {
  if (is_in(zero, c)) return 0;
  return is_in(wide, c) ? 2 : 1;
}

}  // namespace

std::string TerminalFilter::feed(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (const char c : utf8) take(c, out);
  return out;
}

std::string TerminalFilter::reset() {
  return std::exchange(coloured_, false) ? "\x1b[0m" : "";
}

void TerminalFilter::take(char c, std::string& out) {
  switch (state_) {
    case State::text:
      return take_text(c, out);
    case State::csi:
      return take_csi(c, out);
    case State::escape:
      if (c == '[') {
        state_ = State::csi;
        sequence_.clear();
      } else if (std::string_view("]PX^_").contains(c)) {
        state_ = State::string;
      } else if (c >= 0x20 && c <= 0x2f) {
        state_ = State::intermediate;
      } else if (c != '\x1b') {
        state_ = State::text;
      }
      return;
    case State::intermediate:
      if (c < 0x20 || c > 0x2f) state_ = State::text;
      return;
    case State::string:
      // A line break ends it too: an unfinished one must not swallow the rest of the log.
      if (c == '\x07')
        state_ = State::text;
      else if (c == '\x1b')
        state_ = State::string_escape;
      else if (c == '\n')
        state_ = State::text, out.push_back(c);
      return;
    case State::string_escape:
      state_ = c == '\\' ? State::text : State::escape;
      if (state_ == State::escape) take(c, out);
      return;
  }
}

void TerminalFilter::take_text(char c, std::string& out) {
  if (std::exchange(after_c2_, false)) {
    if (static_cast<unsigned char>(c) >= 0xa0)
      out.append({'\xc2', c});
    else if (c == '\x9b')
      state_ = State::csi, sequence_.clear();
    return;
  }
  if (c == '\xc2')
    after_c2_ = true;
  else if (c == '\x1b')
    state_ = State::escape;
  else if (static_cast<unsigned char>(c) >= 0x20 ? c != 0x7f : c == '\n' || c == '\t' || c == '\r')
    out.push_back(c);
}

void TerminalFilter::take_csi(char c, std::string& out) {
  if (c >= 0x20 && c <= 0x3f && sequence_.size() < sequence_bytes_max) {
    sequence_.push_back(c);
    return;
  }
  state_ = State::text;
  if (c < 0x20) return take_text(c, out);
  const bool is_colour = c == 'm' && sequence_.find_first_not_of("0123456789;:") == std::string::npos;
  if (!is_colour || !colours_) return;
  out.append("\x1b[").append(sequence_).push_back('m');
  coloured_ = !sequence_.empty() && sequence_ != "0";
}

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  while (!utf8.empty()) {
    const auto [c, size] = front_of(utf8);
    width += width_of(c);
    utf8.remove_prefix(size);
  }
  return width;
}

std::string fit(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width <= columns) return std::string(text) + std::string(columns - width, ' ');
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto [c, size] = front_of(text);
    if (used + width_of(c) + 1 > columns) break;
    used += width_of(c);
    out.append(text.substr(0, size));
    text.remove_prefix(size);
  }
  if (columns > 0) out += "…", ++used;
  return out + std::string(columns - used, ' ');
}

}  // namespace open_cicd::cli
