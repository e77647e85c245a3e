#include "adapters/docker/attach_stream.h"

#include <algorithm>
#include <cstring>

namespace open_cicd::docker {

Result<AttachDecoder::Piece> AttachDecoder::next(std::string_view& input) {
  while (!input.empty()) {
    if (payload_left_ > 0) {
      const std::string_view bytes = input.substr(0, payload_left_);
      input.remove_prefix(bytes.size());
      payload_left_ -= static_cast<std::uint32_t>(bytes.size());
      return Piece{static_cast<Stream>(header_[0]), bytes};
    }
    const std::size_t taken = std::min(sizeof header_ - header_size_, input.size());
    std::memcpy(header_ + header_size_, input.data(), taken);
    input.remove_prefix(taken);
    header_size_ += taken;
    if (header_size_ < sizeof header_) break;
    if (header_[0] > 2 || header_[1] != 0 || header_[2] != 0 || header_[3] != 0)
      return fail(ErrorKind::internal, "agent", "Docker's attached stream has an unknown frame.");
    header_size_ = 0;
    payload_left_ =
        std::uint32_t{header_[4]} << 24 | std::uint32_t{header_[5]} << 16 | std::uint32_t{header_[6]} << 8 | header_[7];
  }
  return Piece{};
}

}  // namespace open_cicd::docker
