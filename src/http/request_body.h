// The body of a request: its framing and its Content-Encoding taken off, within its limits. Knows no socket.
#pragma once

#include "http/body_budget.h"
#include "http/chunked.h"
#include "http/content_encoding.h"
#include "http/request_head.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace open_cicd::http {

class RequestBody {
 public:
  enum class Status : unsigned char { more, end, too_large, no_room, bad_framing, bad_encoding };

  // `max` bounds the decoded bytes, which are of `asker`'s share. Content-Encoding must be one that make_decoder()
  // knows, or none.
  RequestBody(const RequestHead& head, std::size_t max, BodyBudget::Share& share, std::string_view asker);

  // Consumes a prefix of `bytes` and appends to `body`. What is left after `end` belongs to the next request.
  Status feed(std::string_view& bytes, std::string& body);
  std::uint64_t received() const { return received_; }  // bytes as sent

 private:
  Status feed_length(std::string_view& bytes, std::string& body);
  Status feed_chunks(std::string_view& bytes, std::string& body);
  Status append(std::string_view piece, std::string& body);
  Status finish() const { return decoder_ == nullptr || decoded_all_ ? Status::end : Status::bad_encoding; }

  std::size_t max_;
  BodyBudget::Share& share_;
  std::string_view asker_;
  std::uint64_t received_ = 0;
  std::uint64_t remaining_;
  bool chunked_;
  bool decoded_all_ = false;
  ChunkDecoder chunks_;
  std::unique_ptr<BodyDecoder> decoder_;
};

// The most bytes as sent that can make up a body of `max` bytes: an encoding may add a little to what it cannot
// compress.
inline std::size_t encoded_max(std::size_t max) {
  return max + max / 64 + 1024;
}

}  // namespace open_cicd::http
