// The server's HTTP API as the verbs use it: the address, the token, and errors that say what to do.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/secret.h"
#include "cli/context.h"
#include "http/client.h"

#include <boost/json/value.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace open_cicd::cli {

// The options of every verb that talks to a server.
struct ApiOptions {
  std::string server;      // --server
  std::string token_file;  // --token-file
  std::string ca_file;     // --ca-file
  bool insecure = false;   // --allow-insecure-http
  bool json = false;       // --json
};
void add_api_options(CLI::App& verb, ApiOptions& options);

using Headers = std::vector<std::pair<std::string, std::string>>;

// Not thread-safe: one executor.
class Api {
 public:
  // Server: --server, OPEN_CICD_SERVER, http://127.0.0.1:8080. Token: --token-file, OPEN_CICD_TOKEN, and for a server
  // on loopback
  // ./data/admin.token. Errors: invalid "bad_url", forbidden "insecure_server", not_found "no_token_file", invalid
  // "bad_ca_file".
  static Result<std::unique_ptr<Api>> make(asio::any_io_executor executor, const ApiOptions& options,
                                           const Context& context);

  // The JSON of a 2xx answer (null when empty). Errors: the server's, unavailable when it cannot be reached, and those
  // of foreign.h when something else answers. Redirects are told, never followed: the token is for one host.
  Task<Result<boost::json::value>> call(http::Method method, std::string target, std::string body = {},
                                        std::string_view content_type = "application/json", Headers headers = {});
  // A stream of a 2xx answer.
  Task<Result<std::unique_ptr<http::ResponseStream>>> open(std::string target, Headers headers = {});

  const std::string& server() const { return client_->base(); }

 private:
  Api(std::unique_ptr<http::Client> client, Secret token) : client_(std::move(client)), token_(std::move(token)) {}
  Headers with_token(Headers headers) const;
  Error unreachable(const Error& error) const;
  Error refused(std::string_view target, const http::ClientResponse& response) const;

  std::unique_ptr<http::Client> client_;
  Secret token_;
};

// "/api/v1/jobs/ID", escaped.
std::string job_target(std::string_view id, std::string_view rest = "");
std::string agent_target(std::string_view id, std::string_view rest = "");

// Makes the Api on an io_context of its own and runs `verb` there to its end; an error of making it is printed. With
// --json, errors are JSON from here on. `verb`
// is a named function or a lambda that only calls one: it outlives the coroutine.
int with_api(Context& context, const ApiOptions& options, const std::function<Task<int>(Api&)>& verb);

}  // namespace open_cicd::cli
