// Content-Encoding of request bodies: gzip and zstd, inflated as they arrive and never past a limit.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace open_cicd::http {

class BodyDecoder {
 public:
  enum class Status : unsigned char { more, end, too_large, corrupt };

  virtual ~BodyDecoder() = default;
  // Appends what `bytes` inflate to, at most until `out` holds `out_max` bytes; beyond that too_large. Anything after
  // `end` is corrupt.
  virtual Status feed(std::string_view bytes, std::string& out, std::size_t out_max) = 0;
};

bool needs_decoder(std::string_view encoding);   // neither absent nor "identity"
bool knows_encoding(std::string_view encoding);  // "gzip", "x-gzip", "zstd"; others are answered with 415
std::unique_ptr<BodyDecoder> make_decoder(std::string_view encoding);  // of a known one

}  // namespace open_cicd::http
