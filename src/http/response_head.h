// The header section of a response, as the client reads it.
#pragma once

#include "base/error.h"
#include "http/client.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace open_cicd::http {

struct ResponseHead {
  ClientResponse response;  // body empty
  bool keep_alive = false;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
};

// `section` is everything up to and with the empty line. Error: "bad_response".
Result<ResponseHead> parse_response_head(std::string_view section);

}  // namespace open_cicd::http
