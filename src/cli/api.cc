#include "cli/api.h"

#include "base/json.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "http/client_url.h"
#include "http/foreign.h"
#include "http/percent.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace open_cicd::cli {
namespace {

constexpr std::string_view default_server = "http://127.0.0.1:8080";
constexpr const char* default_token_file = "data/admin.token";
constexpr http::ServerOptions told_by{.address = "--server, OPEN_CICD_SERVER",
                                      .ca_file = "--ca-file or OPEN_CICD_CA_FILE"};
constexpr std::size_t token_bytes_max = 4096;

bool is_local(const std::string& server) {
  const auto address = http::parse_server_address(server);
  return address && http::is_loopback(*address);
}

Result<Secret> read_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(token_bytes_max, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof())
    return fail(ErrorKind::not_found, "no_token_file",
                fmt::format("The token file {} cannot be read: {}.", path, std::strerror(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  const bool fine = !text.empty() && text.find_first_of(std::string_view(" \t\r\n\0", 5)) == std::string::npos;
  if (!fine) return fail(ErrorKind::invalid, "bad_token_file", fmt::format("The file {} holds no token.", path));
  return Secret(std::move(text));
}

Result<Secret> find_token(const ApiOptions& options, const Context& context, bool local) {
  if (!options.token_file.empty()) return read_token(options.token_file);
  if (auto token = context.variable("OPEN_CICD_TOKEN")) return Secret(std::move(*token));
  if (local && std::ifstream(default_token_file).is_open()) return read_token(default_token_file);
  return Secret();
}

Task<int> run_verb(std::function<Task<int>(Api&)> verb, Api& api, int& exit_code) {
  exit_code = co_await verb(api);
  co_return exit_code;
}

}  // namespace

void add_api_options(CLI::App& verb, ApiOptions& options) {
  verb.add_option("--server", options.server, "The server's URL [OPEN_CICD_SERVER; http://127.0.0.1:8080]");
  verb.add_option("--token-file", options.token_file,
                  "A file that holds the token [OPEN_CICD_TOKEN; data/admin.token for a local server]");
  verb.add_option("--ca-file", options.ca_file,
                  "Certificates (PEM) that an https server's is checked against, instead of the system's "
                  "[OPEN_CICD_CA_FILE]");
  verb.add_flag("--allow-insecure-http", options.insecure,
                "Send the token over plain http to another machine, on a network that you trust");
  verb.add_flag("--json", options.json, "Print one JSON document instead of text");
}

Result<std::unique_ptr<Api>> Api::make(asio::any_io_executor executor, const ApiOptions& options,
                                       const Context& context) {
  std::string server = options.server;
  if (server.empty()) server = context.variable("OPEN_CICD_SERVER").value_or(std::string(default_server));
  const bool local = is_local(server);
  const bool insecure = options.insecure || context.variable("OPEN_CICD_ALLOW_INSECURE_HTTP") == "true";
  if (server.starts_with("http://") && !local && !insecure)
    return fail(ErrorKind::forbidden, "insecure_server",
                fmt::format("{} is not encrypted, so the token would be readable on the way. Use https, or "
                            "--allow-insecure-http on a network that you trust.",
                            server));
  auto token = find_token(options, context, local);
  if (!token) return std::unexpected(std::move(token.error()));
  std::string ca_file = options.ca_file;
  if (ca_file.empty()) ca_file = context.variable("OPEN_CICD_CA_FILE").value_or(std::string());
  auto client = http::Client::make(std::move(executor), server, {.ca_file = std::move(ca_file)});
  if (!client) return std::unexpected(std::move(client.error()));
  return std::unique_ptr<Api>(new Api(std::move(*client), std::move(*token)));
}

Headers Api::with_token(Headers headers) const {
  if (!token_.empty()) headers.emplace_back("Authorization", "Bearer " + token_.reveal());
  return headers;
}

Error Api::unreachable(const Error& error) const {
  return http::explain_unreachable(server(), told_by, error);
}

Error Api::refused(std::string_view target, const http::ClientResponse& response) const {
  if (auto foreign = http::foreign_answer({.server = server(), .target = target, .options = told_by}, response))
    return std::move(*foreign);
  Error error = http::error_of(response);
  const bool none_given = error.kind() == ErrorKind::unauthenticated && token_.empty();
  return none_given ? Error(error.kind(), error.code(), "No token was given.") : error;
}

Task<Result<boost::json::value>> Api::call(http::Method method, std::string target, std::string body,
                                           std::string_view content_type, Headers headers) {
  http::ClientRequest request{
      .method = method, .target = target, .headers = with_token(std::move(headers)), .body = std::move(body)};
  if (!request.body.empty()) request.content_type = content_type;
  auto response = co_await client_->send(std::move(request));
  if (!response) co_return std::unexpected(unreachable(response.error()));
  if (response->status < 200 || response->status > 299) co_return std::unexpected(refused(target, *response));
  if (auto foreign = http::foreign_answer({.server = server(), .target = target, .options = told_by}, *response))
    co_return std::unexpected(std::move(*foreign));
  if (response->body.empty()) co_return boost::json::value();
  co_return json::parse(response->body).value();
}

Task<Result<std::unique_ptr<http::ResponseStream>>> Api::open(std::string target, Headers headers) {
  http::ClientRequest request{.target = target, .headers = with_token(std::move(headers))};
  auto stream = co_await client_->open(std::move(request));
  if (!stream) co_return std::unexpected(unreachable(stream.error()));
  http::ClientResponse head = (*stream)->head();
  if (head.status >= 200 && head.status <= 299 && http::is_our_stream(head)) co_return std::move(*stream);
  while (head.body.size() < 64 * 1024) {
    const auto piece = co_await (*stream)->read(16 * 1024, std::chrono::seconds(10));
    if (!piece || piece->empty()) break;
    head.body += *piece;
  }
  co_return std::unexpected(refused(target, head));
}

std::string job_target(std::string_view id, std::string_view rest) {
  return fmt::format("/api/v1/jobs/{}{}", http::percent_encode(id), rest);
}
std::string agent_target(std::string_view id, std::string_view rest) {
  return fmt::format("/api/v1/agents/{}{}", http::percent_encode(id), rest);
}

int with_api(Context& context, const ApiOptions& options, const std::function<Task<int>(Api&)>& verb) {
  context.json = options.json;
  asio::io_context io(1);
  auto api = Api::make(io.get_executor(), options, context);
  if (!api) {
    const int code = print_error(context, api.error());
    if (api.error().code() == "bad_url") return exit_usage;
    return api.error().code() == "bad_ca_file" ? exit_not_found : code;
  }
  int exit_code = exit_internal;
  std::exception_ptr failure;
  asio::co_spawn(io, run_verb(verb, **api, exit_code), [&failure, &io](std::exception_ptr thrown, int) {
    failure = thrown;
    io.stop();  // whatever else still waits is of no use
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return exit_code;
}

}  // namespace open_cicd::cli
