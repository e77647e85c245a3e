// The colours and attributes that escape sequences put in force (SGR: ECMA-48, 8.3.117, and what terminals added), and
// text without them. Pure: bytes in, bytes out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::logs {

struct Sgr {
  // 0: the default. palette | n: one of 256 colours. direct | 0xRRGGBB.
  using Colour = std::uint32_t;
  static constexpr Colour palette = 1u << 24, direct = 2u << 24;

  std::uint16_t attributes = 0;  // bits, see sgr.cc
  Colour text = 0, background = 0, underline = 0;

  bool operator==(const Sgr&) const = default;
  // The sequence that makes exactly this state, whatever is in force before it: "\x1b[0;1;31m".
  std::string code() const;
  // What "\x1b[" parameters "m" does.
  void apply(std::string_view parameters);
};

// Follows escape sequences through bytes that come in any pieces. A sequence does not go on in the next line.
class SgrReader {
 public:
  explicit SgrReader(Sgr state = {}) : state_(state) {}

  void read(std::string_view bytes);
  void end_line() { place_ = Place::text; }
  const Sgr& state() const { return state_; }

  // True if `c` is shown, and no part of a sequence.
  bool take(char c);
  bool is_in_text() const { return place_ == Place::text; }

 private:
  // `command` is of the sequences that end with a BEL or ESC \, such as titles and links.
  enum class Place : unsigned char { text, escape, parameters, command };
  static constexpr std::size_t parameters_max = 128;  // bytes; a longer sequence changes nothing

  Sgr state_;
  Place place_ = Place::text;
  bool is_other_ = false;  // no SGR: it has what SGR does not have, or is too long
  std::size_t size_ = 0;
  std::array<char, parameters_max> parameters_{};
};

// The text of one line without escape sequences; points into `line` if it has none, else into `room`.
std::string_view without_escapes(std::string_view line, std::string& room);

}  // namespace open_cicd::logs
