#include "logs/sgr.h"

#include <fmt/format.h>

#include <span>

namespace open_cicd::logs {
namespace {

constexpr char escape_byte = '\x1b';
constexpr char bell = '\a';

enum Attribute : std::uint16_t {
  bold = 1 << 0,
  faint = 1 << 1,
  italic = 1 << 2,
  underlined = 1 << 3,
  underlined_twice = 1 << 4,
  blinking = 1 << 5,
  inverse = 1 << 6,
  hidden = 1 << 7,
  struck = 1 << 8,
  overlined = 1 << 9,
};

struct Switch {
  std::uint32_t on;   // the parameter that sets the attribute
  std::uint32_t off;  // and the one that takes it back
  Attribute attribute;
};
constexpr std::array switches{Switch{1, 22, bold},      Switch{2, 22, faint},
                              Switch{3, 23, italic},    Switch{4, 24, underlined},
                              Switch{5, 25, blinking},  Switch{6, 25, blinking},
                              Switch{7, 27, inverse},   Switch{8, 28, hidden},
                              Switch{9, 29, struck},    Switch{21, 24, underlined_twice},
                              Switch{53, 55, overlined}};

struct Parameter {
  std::uint32_t number = 0;
  bool is_part = false;  // follows a colon: belongs to the one before
};
constexpr std::size_t parameters_count_max = 32;
constexpr std::uint32_t number_max = 0xffff;

std::size_t split(std::string_view text, std::array<Parameter, parameters_count_max>& to) {
  std::size_t count = 0;
  Parameter now;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      now.number = std::min(now.number * 10 + static_cast<std::uint32_t>(c - '0'), number_max);
      continue;
    }
    if (count < to.size()) to[count++] = now;
    now = {.number = 0, .is_part = c == ':'};
  }
  if (count < to.size()) to[count++] = now;
  return count;
}

// What follows 38, 48 or 58: "5;N", "2;R;G;B", "5:N", "2:R:G:B" or, with a colour space, "2:S:R:G:B". Returns how many
// parameters it took; without a colour that is right, none is set.
std::size_t read_colour(std::span<const Parameter> rest, Sgr::Colour& to) {
  if (rest.empty()) return 0;
  std::size_t size = 1;
  const bool parts = rest[0].is_part;
  if (parts) {
    while (size < rest.size() && rest[size].is_part) ++size;
  } else {
    size = std::min<std::size_t>(rest.size(), rest[0].number == 5 ? 2 : rest[0].number == 2 ? 4 : 1);
  }
  const std::span<const Parameter> own = rest.first(size);
  if (own[0].number == 5 && own.size() >= 2 && own[1].number < 256) to = Sgr::palette | own[1].number;
  if (own[0].number == 2 && own.size() >= 4) {
    const std::span<const Parameter> rgb = own.subspan(parts && own.size() >= 5 ? 2 : 1, 3);
    if (rgb[0].number < 256 && rgb[1].number < 256 && rgb[2].number < 256)
      to = Sgr::direct | rgb[0].number << 16 | rgb[1].number << 8 | rgb[2].number;
  }
  return size;
}

// `base` is 30 of texts, 40 of backgrounds; 0 of lines below the text, which have no short forms.
void add_colour(std::string& code, Sgr::Colour colour, std::uint32_t base, std::uint32_t extended) {
  const std::uint32_t number = colour & 0xffffff;
  if (colour == 0) return;
  if ((colour & Sgr::direct) != 0)
    code += fmt::format(";{};2;{};{};{}", extended, number >> 16, number >> 8 & 0xff, number & 0xff);
  else if (base != 0 && number < 8)
    code += fmt::format(";{}", base + number);
  else if (base != 0 && number < 16)
    code += fmt::format(";{}", base + 60 + number - 8);
  else
    code += fmt::format(";{};5;{}", extended, number);
}

}  // namespace

std::string Sgr::code() const {
  std::string code = "\x1b[0";
  for (const Switch& s : switches)
    if ((attributes & s.attribute) != 0 && s.on != 6) code += fmt::format(";{}", s.on);
  add_colour(code, text, 30, 38);
  add_colour(code, background, 40, 48);
  add_colour(code, underline, 0, 58);
  return code + "m";
}

void Sgr::apply(std::string_view text_of_parameters) {
  std::array<Parameter, parameters_count_max> all;
  const std::span<const Parameter> parameters(all.data(), split(text_of_parameters, all));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::uint32_t number = parameters[i].number;
    if (parameters[i].is_part) continue;
    const bool is_off = number == 4 && i + 1 < parameters.size() && parameters[i + 1].is_part &&
                        parameters[i + 1].number == 0;  // "4:0", as "4:3" is a wavy line
    if (number == 0) *this = {};
    for (const Switch& s : switches) {
      if (s.off == number || (s.on == number && is_off)) attributes &= static_cast<std::uint16_t>(~s.attribute);
      if (s.on == number && !is_off) attributes |= s.attribute;
    }
    if (number >= 30 && number <= 37) text = palette | (number - 30);
    if (number >= 40 && number <= 47) background = palette | (number - 40);
    if (number >= 90 && number <= 97) text = palette | (number - 90 + 8);
    if (number >= 100 && number <= 107) background = palette | (number - 100 + 8);
    if (number == 39) text = 0;
    if (number == 49) background = 0;
    if (number == 59) underline = 0;
    if (number == 38) i += read_colour(parameters.subspan(i + 1), text);
    if (number == 48) i += read_colour(parameters.subspan(i + 1), background);
    if (number == 58) i += read_colour(parameters.subspan(i + 1), underline);
  }
}

bool SgrReader::take(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == escape_byte) {  // also in the middle of another one
    place_ = Place::escape;
    return false;
  }
  switch (place_) {
    case Place::text:
      return true;
    case Place::escape:
      if (c == '[') {
        place_ = Place::parameters;
        is_other_ = false;
        size_ = 0;
      } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
        place_ = Place::command;
      } else if (byte < 0x20 || byte > 0x2f) {  // those in between choose a set of characters, which ends one later
        place_ = Place::text;
      }
      return false;
    case Place::parameters:
      if (byte < 0x20 || byte > 0x7e) {  // no sequence at all: what is there already is lost, as in a terminal
        place_ = Place::text;
        return true;
      }
      if (byte >= 0x40) {
        if (c == 'm' && !is_other_) state_.apply({parameters_.data(), size_});
        place_ = Place::text;
      } else if ((byte >= '0' && byte <= '9') || c == ';' || c == ':') {
        if (size_ < parameters_.size())
          parameters_[size_++] = c;
        else
          is_other_ = true;
      } else {
        is_other_ = true;
      }
      return false;
    case Place::command:
      if (c == bell) place_ = Place::text;
      return false;
  }
  return true;
}

void SgrReader::read(std::string_view bytes) {
  while (!bytes.empty()) {
    if (place_ == Place::text) {
      const std::size_t begin = bytes.find(escape_byte);
      if (begin == std::string_view::npos) return;
      bytes.remove_prefix(begin);
    }
    take(bytes.front());
    bytes.remove_prefix(1);
  }
}

std::string_view without_escapes(std::string_view line, std::string& room) {
  std::size_t next = line.find(escape_byte);
  if (next == std::string_view::npos) return line;
  room.assign(line, 0, next);
  SgrReader reader;
  while (next < line.size()) {
    if (reader.take(line[next])) room += line[next];
    ++next;
    if (!reader.is_in_text()) continue;
    const std::size_t end = std::min(line.find(escape_byte, next), line.size());
    room.append(line, next, end - next);
    next = end;
  }
  return room;
}

}  // namespace open_cicd::logs
