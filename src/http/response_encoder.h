// The header section of a response in one buffer: status line, security headers, date, framing.
#pragma once

#include "http/message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace open_cicd::http {

struct ResponseFraming {
  bool http_1_1 = true;
  bool keep_alive = true;
  bool chunked = false;
  std::string_view date;  // "Tue, 24 Nov 2026 17:05:31 GMT"
  std::string_view request_id;
};

// False when a header of the response holds what would break the section (CR, LF, NUL): the connection then answers
// 500.
bool headers_are_sound(const Response& response);
void append_response_head(std::string& out, const Response& response, const ResponseFraming& framing);
bool may_have_body(int status);

void append_number(std::string& out, std::uint64_t number);
std::string format_http_date(std::int64_t unix_s);

}  // namespace open_cicd::http
