// The HTTP/1.1 client of the agent, the CLI, the Docker executor and the tests: keep-alive, deadlines, http, https and
// unix sockets.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "http/message.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::http {

struct ClientSettings {
  std::chrono::milliseconds connect_timeout{10'000};
  std::size_t response_body_max = 64 << 20;  // of send(); open() has no limit
  std::size_t response_header_max = 64 * 1024;
  std::string ca_file;  // https: empty means the system's store
};

struct ClientRequest {
  Method method = Method::get;
  std::string target;  // "/api/v1/jobs?limit=5", already encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string_view body_view = {};            // instead of `body`: bytes that outlive the call and are not copied
  std::string_view content_type = {};         // sent when there is a body
  std::string_view ends_header = {};          // of the connection's ends, for is_direct(); over plain TCP only
  std::chrono::milliseconds timeout{30'000};  // for the whole exchange; of open(): until the header section
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<std::string_view> header(std::string_view name) const;  // case-insensitive
};

// A response whose body is read piece by piece (SSE, artifacts, Docker logs), or an upgraded connection's raw stream
// (Docker attach). Owns its connection; destroy it to close.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  virtual const ClientResponse& head() const = 0;  // body empty
  // The next bytes of the body, decoded from chunks, at most `max`; empty at its end. Waits for `timeout` at most
  // (zero: for ever). Errors: unavailable "timeout", "connection_lost" (the body ended early).
  virtual Task<Result<std::string>> read(std::size_t max, std::chrono::milliseconds timeout) = 0;
  // Upgraded connections only.
  virtual Task<Result<void>> write(std::string_view bytes, std::chrono::milliseconds timeout) = 0;
  virtual Task<void> close_write() = 0;  // half close
};

// One server. Not thread-safe: use from one executor; calls may overlap (each takes an idle connection or opens one; at
// most 4 idle are kept). A request on a reused connection that the server had closed is sent again once, when nothing
// of an answer had come and it shows at once: later, the server may have begun to handle the request. Errors of the
// transport: ErrorKind::unavailable with code "connect_failed", "connection_lost", "timeout", "tls_failed";
// "bad_response". Any HTTP status is a success here.
class Client {
 public:
  // `base` is http://host[:port][/prefix], https://…, or unix:/path. Errors: invalid "bad_url".
  static Result<std::unique_ptr<Client>> make(asio::any_io_executor executor, std::string_view base,
                                              ClientSettings settings = {});
  virtual ~Client() = default;

  virtual Task<Result<ClientResponse>> send(ClientRequest request) = 0;
  virtual Task<Result<std::unique_ptr<ResponseStream>>> open(ClientRequest request) = 0;
  // Sends "Connection: Upgrade, Upgrade: tcp"; the answer may be 101 or 200 (Docker), then the stream is raw both ways.
  virtual Task<Result<std::unique_ptr<ResponseStream>>> upgrade(ClientRequest request) = 0;
  virtual const std::string& base() const = 0;
};

// The Error that a problem+json answer describes, for clients of our own API: kind by status, code and detail from the
// body.
Error error_of(const ClientResponse& response);

}  // namespace open_cicd::http
