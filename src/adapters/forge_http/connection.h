// One forge's API: one host, its token, JSON both ways, and what an answer that is no success means.
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "http/client.h"
#include "scm/forge.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace open_cicd::forge_http {

// How a forge says what its statuses leave open. `message` is what it says to people.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string_view forge() const = 0;  // "GitHub"
  // Beside 429.
  virtual bool is_limit(const http::ClientResponse&, std::string_view /*message*/) const { return false; }
  // The repository is there, and its commit is not.
  virtual bool lacks_commit(const http::ClientResponse&, std::string_view message) const = 0;
  // Of 403 and 404: what the token lacks, in the forge's words; empty: it does not say that.
  virtual std::string lacking(const http::ClientResponse&, std::string_view message) const = 0;
};

struct Request {
  http::Method method = http::Method::get;
  std::string path;  // below the API's address; what stands in it was checked
  std::string body = {};
  Secret hidden = {};  // stands in the body, and is never shown
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Not thread-safe: use from one executor; calls may overlap.
class Connection {
 public:
  // `api` is the API's address, `headers` go with each request; those that hold the token are made by the caller.
  // Errors: invalid "bad_url", "bad_token", "bad_proxy", "bad_ca_file".
  static Result<std::unique_ptr<Connection>> make(asio::any_io_executor executor, const scm::ForgeAccess& access,
                                                  std::string_view api, Headers headers,
                                                  std::unique_ptr<const Dialect> dialect);

  // Any answer of the API itself, an error of the port when there is none: redirects are none.
  Task<Result<http::ClientResponse>> exchange(Request request);
  // A 2xx answer; any other is an error of the port.
  Task<Result<http::ClientResponse>> ask(Request request);
  Error error_of(const Request& request, const http::ClientResponse& answer) const;

  // An answer that cannot be read is none: "forge_away".
  template <class T>
  Result<T> read(const http::ClientResponse& answer) const {
    Result<T> value = json::read_text<T>(answer.body, json::Unknown::ignore);
    if (!value) return std::unexpected(no_answer(value.error()));
    return value;
  }
  Error no_answer(const Error& why) const;

 private:
  Connection(std::unique_ptr<http::Client> http, const scm::ForgeAccess& access, Headers headers,
             std::unique_ptr<const Dialect> dialect);
  // Safe to show: one short line without the token and without `also`.
  std::string shown(std::string text, const Secret& also = {}) const;
  Error error(ErrorKind kind, std::string_view code, std::string message) const;

  std::unique_ptr<http::Client> http_;
  std::unique_ptr<const Dialect> dialect_;
  std::string url_;
  Secret token_;
  std::chrono::milliseconds timeout_;
  Headers headers_;
};

// What the forge says to people in the JSON of its answer; empty when it says nothing.
std::string message_in(const http::ClientResponse& answer);
// For members whose names are no names in C++, such as "private".
std::optional<bool> flag_in(const http::ClientResponse& answer, std::string_view member);

}  // namespace open_cicd::forge_http
