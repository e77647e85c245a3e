// The two halves of an exchange on a client's connection: sending a request, and reading the answer's head and body.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "http/chunked.h"
#include "http/client_connection.h"
#include "http/response_head.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace open_cicd::http {

// The header section; error: invalid "bad_request" when the target or a header holds what would break it.
Result<std::string> encode_request_head(const ClientRequest& request, const ServerAddress& address, bool upgrade);

// Reads up to and with the final header section (informational ones are skipped, 101 is not). Errors: "timeout",
// "connection_lost", "bad_response".
Task<Result<ResponseHead>> read_response_head(ClientConnection& connection, std::size_t header_max);

// Where a response's body ends, and its bytes without the framing.
class ResponseBody {
 public:
  ResponseBody() = default;
  ResponseBody(const ResponseHead& head, Method method);
  static ResponseBody raw();  // an upgraded connection: until the peer closes

  bool ended() const { return kind_ == Kind::none; }
  bool is_delimited() const { return kind_ != Kind::until_close; }
  // Appends at least one byte to `out`, which may grow to `max`, unless the body ends. Waits under the connection's
  // read deadline.
  Task<Result<void>> read_some(ClientConnection& connection, std::string& out, std::size_t max);

 private:
  enum class Kind : unsigned char { none, length, chunked, until_close };
  Result<void> take(ClientConnection& connection, std::string& out, std::size_t max);

  Kind kind_ = Kind::none;
  std::uint64_t remaining_ = 0;
  ChunkDecoder chunks_;
};

}  // namespace open_cicd::http
