// The chunked transfer coding (RFC 9112, section 7.1), decoded strictly: what two parsers could read differently is
// refused.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace open_cicd::http {

// Incremental; feed bytes in any pieces. Extensions are bounded and ignored; trailer fields are checked and dropped.
// One body a decoder.
class ChunkDecoder {
 public:
  enum class Status : unsigned char { more, end, bad };

  // Consumes a prefix of `bytes` (removing it from there) and appends the data to `out` until `out` holds `out_max`
  // bytes, the input is used up, or the body ends. `more` with input left means that `out` is full.
  Status feed(std::string_view& bytes, std::string& out, std::size_t out_max);

 private:
  enum class State : unsigned char { size, extension, size_lf, data, data_cr, data_lf, trailer, end, bad };

  bool accept_framing(char c);
  bool accept_size(char c);
  bool accept_trailer(char c);
  void begin_chunk() { state_ = remaining_ == 0 ? State::trailer : State::data; }

  State state_ = State::size;
  int digits_ = 0;
  std::uint64_t remaining_ = 0;      // of the chunk's data
  std::size_t extension_bytes_ = 0;  // of the whole body
  std::size_t trailer_bytes_ = 0;
  std::string line_;  // of the trailer
};

}  // namespace open_cicd::http
