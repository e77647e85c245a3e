// The framing of an attached container's output: Docker Engine API, "Attach to a container", stream format.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace open_cicd::docker {

enum class Stream : std::uint8_t { stdin_echo, stdout_, stderr_ };

// Takes the 8-byte headers {stream, 0, 0, 0, size: big-endian 32 bits} out of the bytes, however they are cut. Keeps no
// payload, so its memory does not depend on a frame's size. One connection each; not thread-safe.
class AttachDecoder {
 public:
  struct Piece {
    Stream stream = Stream::stdout_;
    std::string_view bytes;  // a view into `input`; empty: more input is needed
  };
  // The next piece of payload; removes what it consumed from `input`. Error: code "agent" when the bytes are not
  // frames.
  Result<Piece> next(std::string_view& input);

 private:
  unsigned char header_[8]{};
  std::size_t header_size_ = 0;
  std::uint32_t payload_left_ = 0;
};

}  // namespace open_cicd::docker
