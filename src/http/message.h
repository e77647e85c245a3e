// One HTTP exchange as handlers see it.
#pragma once

#include "base/asio.h"
#include "base/error.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_ };
std::string_view name_of(Method);

// Who is asking; made by a route's gate. auth::Principal derives from it.
class Identity {
 public:
  virtual ~Identity() = default;
  // Names the asker where each may hold only a part of a resource. All that are empty count as one.
  virtual std::string_view name() const { return {}; }
};

// The two ends of a connection: "192.0.2.7:40112", "[2001:db8::1]:443"; empty when they are not known.
struct SocketEnds {
  std::string client, server;
};

// A request whose body has been read and decoded. Lives in its connection's coroutine: valid until the handler returns.
class Request {
 public:
  virtual ~Request() = default;

  Method method = Method::get;
  std::string_view path;                                   // "/api/v1/jobs/0192…", undecoded, without the query
  std::vector<std::string> captures;                       // the {…} of the route's pattern, percent-decoded
  std::vector<std::pair<std::string, std::string>> query;  // percent-decoded, in order
  std::string body;                                        // after Content-Encoding
  std::string peer_address;                                // without port; of the client where a trusted proxy names it
  bool is_https = false;                                   // to a trusted proxy, as that says
  std::string_view request_id;
  std::shared_ptr<const Identity> identity;  // what the gate returned

  std::optional<std::string_view> query_value(std::string_view name) const;
  virtual std::optional<std::string_view> header(
      std::string_view name) const = 0;  // case-insensitive; the first, trimmed
  // All of that name; for whom one that comes twice is not what it seems.
  virtual std::vector<std::string_view> headers(std::string_view name) const {
    const auto first = header(name);
    return first ? std::vector{*first} : std::vector<std::string_view>();
  }

  virtual SocketEnds ends() const { return {}; }  // of the connection that it came on

  // Calls `then` once, on the request's executor, when the peer has closed its connection or shutting_down() has turned
  // true while the handler runs. Data of a pipelined next request is no reason.
  virtual void on_peer_closed(std::function<void()> then) = 0;
  // The server asks long requests to end: long polls answer 204, streams send their hint.
  virtual bool shutting_down() const = 0;
};

// Where a streamed body goes. Every write is bounded in time (Settings::write_timeout); false means the peer is gone:
// return.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual Task<bool> write(std::string_view bytes) = 0;  // the bytes live until the await returns
  virtual Task<bool> write_shared(std::shared_ptr<const std::string> bytes) = 0;  // one encoding shared by many viewers
  // Completes when the peer has closed its connection, or when shutting_down() turns true; never throws for that;
  // cancel it (operator||) when it no longer matters.
  virtual Task<void> peer_closed() = 0;
  virtual bool shutting_down() const = 0;
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // a literal
  std::string body;
  std::vector<std::pair<std::string, std::string>>
      headers;  // extra ones; values must not hold CR or LF (the connection refuses them)

  // A streamed body instead of `body`. With content_length the response carries it, otherwise it is chunked.
  std::function<Task<void>(BodyWriter&)> stream;
  std::optional<std::uint64_t> content_length;

  static Response json(int status, std::string text) { return {.status = status, .body = std::move(text)}; }
  static Response empty(int status) { return {.status = status, .content_type = {}}; }
};

// application/problem+json (RFC 9457) with `code`, `detail`, `request_id`, `errors` [{field, message, line, column}]
// and the error's facts.
Response problem(const Error& error, std::string_view request_id);
int status_of(ErrorKind);

}  // namespace open_cicd::http
