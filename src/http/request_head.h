// The header section of a request, parsed strictly: what a proxy in front of us could read differently is refused.
#pragma once

#include "http/message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::http {

struct HeadLimits {
  std::size_t header_bytes_max;
  std::size_t header_fields_max;
  std::size_t target_bytes_max;
};

// Views point into the bytes that were parsed.
struct RequestHead {
  enum class Expect : unsigned char { nothing, continue_, unknown };

  std::optional<Method> method;  // nothing: a valid token that no route knows
  std::string_view path;
  std::string_view query;
  std::string_view fields;  // the lines after the request line, each with its CRLF
  std::string_view content_encoding;
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool http_1_1 = true;
  bool keep_alive = true;
  Expect expect = Expect::nothing;

  bool has_body() const { return chunked || content_length > 0; }
  std::optional<std::string_view> field(std::string_view name) const;  // the first of that name, trimmed
  std::vector<std::string_view> all_fields(std::string_view name) const;
};

// Why a header section is refused: the status and, for the user, a sentence. Every refusal closes the connection.
struct HeadRefusal {
  int status;  // 400, 414 or 431
  std::string_view message;
};

// Finds the end of a header section as its bytes arrive: each byte is looked at once, however slowly they come.
class HeadScanner {
 public:
  enum class Status : unsigned char { incomplete, complete, refused };

  // `bytes` begins at the request line and has grown since the last call.
  Status scan(std::string_view bytes, const HeadLimits& limits);
  std::size_t size() const { return position_; }  // of the complete section, with its empty line
  const HeadRefusal& refusal() const { return refusal_; }

 private:
  Status refuse(int status, std::string_view message);

  std::size_t position_ = 0;  // of the first byte that was not looked at
  std::size_t line_ = 0;      // where the current line begins
  std::size_t lines_ = 0;
  HeadRefusal refusal_{};
};

// Parses a complete section. Nothing when `head` is filled.
std::optional<HeadRefusal> parse_request_head(std::string_view section, const HeadLimits& limits, RequestHead& head);

}  // namespace open_cicd::http
