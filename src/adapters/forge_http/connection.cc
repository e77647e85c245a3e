#include "adapters/forge_http/connection.h"

#include "base/one_line.h"
#include "base/text.h"
#include "http/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace open_cicd::forge_http {
namespace {

constexpr std::size_t answer_bytes_max = 1 << 20, said_bytes_max = 200;
constexpr std::chrono::seconds usual_wait{60}, longest_wait{3600};
constexpr std::string_view json_type = "application/json";

std::optional<std::int64_t> number_in(const http::ClientResponse& answer, std::string_view header) {
  const auto text = answer.header(header);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc() || end != text->data() + text->size() || number < 0) return std::nullopt;
  return number;
}

std::optional<std::chrono::seconds> bounded(std::optional<std::int64_t> seconds) {
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 1, longest_wait.count()));
}

// "Retry-After" in seconds; else when the limit ends, in Unix time.
std::chrono::seconds wait_of(const http::ClientResponse& answer) {
  if (const auto told = bounded(number_in(answer, "Retry-After"))) return *told;
  for (const std::string_view header : {"X-RateLimit-Reset", "RateLimit-Reset"})
    if (const auto at = number_in(answer, header)) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      return *bounded(*at - std::chrono::duration_cast<std::chrono::seconds>(now).count());
    }
  return usual_wait;
}

void mask(std::string& text, const Secret& secret) {
  if (secret.empty()) return;
  for (std::size_t at = 0; (at = text.find(secret.reveal(), at)) != std::string::npos;)
    text.replace(at, secret.reveal().size(), "***");
}

bool is_away(int status) {
  return status >= 500 || status < 300 || status == 408 || status == 409 || status == 423 || status == 425;
}

Result<void> check_access(const scm::ForgeAccess& access) {
  // Not shown: somebody may have written the token into it.
  const bool is_web = access.url.starts_with("https://") || access.url.starts_with("http://");
  if (!is_web || access.url.contains('@') || access.url.ends_with('/'))
    return fail(ErrorKind::invalid, "bad_url",
                "A forge's address is https://host or http://host, without a user or token in it and without a slash "
                "at its end.");
  const auto fits = [](char c) { return c > ' ' && c < 0x7f; };
  if (access.token.empty() || !std::ranges::all_of(access.token.reveal(), fits))
    return fail(ErrorKind::invalid, "bad_token",
                "The forge's token is empty or holds what no token has, such as a line's end.");
  return {};
}

}  // namespace

std::string message_in(const http::ClientResponse& answer) {
  const auto body = json::parse(answer.body);
  if (!body || !body->is_object()) return {};
  for (const char* name : {"error_description", "message", "error"}) {
    const auto* said = body->get_object().if_contains(name);
    if (said == nullptr || said->is_null()) continue;
    return said->is_string() ? std::string(said->get_string()) : json::serialize(*said);
  }
  return {};
}

std::optional<bool> flag_in(const http::ClientResponse& answer, std::string_view member) {
  const auto body = json::parse(answer.body);
  const auto* value = body && body->is_object() ? body->get_object().if_contains(member) : nullptr;
  return value != nullptr && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

Connection::Connection(std::unique_ptr<http::Client> http, const scm::ForgeAccess& access, Headers headers,
                       std::unique_ptr<const Dialect> dialect)
    : http_(std::move(http)),
      dialect_(std::move(dialect)),
      url_(access.url),
      token_(access.token),
      timeout_(access.timeout),
      headers_(std::move(headers)) {
  headers_.emplace_back("User-Agent", "open-cicd");
}

Result<std::unique_ptr<Connection>> Connection::make(asio::any_io_executor executor, const scm::ForgeAccess& access,
                                                     std::string_view api, Headers headers,
                                                     std::unique_ptr<const Dialect> dialect) {
  if (Result<void> fine = check_access(access); !fine) return std::unexpected(std::move(fine.error()));
  auto http = http::make_client(
      std::move(executor), api,
      {.connect_timeout = access.timeout, .response_body_max = answer_bytes_max, .ca_file = access.ca_file},
      {.url = access.proxy, .exempt = access.no_proxy});
  if (!http) return std::unexpected(std::move(http.error()));
  return std::unique_ptr<Connection>(new Connection(std::move(*http), access, std::move(headers), std::move(dialect)));
}

std::string Connection::shown(std::string text, const Secret& also) const {
  mask(text, token_);
  mask(text, also);
  text = to_one_line(text);
  if (text.size() > said_bytes_max) text.resize(utf8_complete_prefix(std::string_view(text).substr(0, said_bytes_max)));
  return text;
}

Error Connection::error(ErrorKind kind, std::string_view code, std::string message) const {
  return {kind, code, std::move(message)};
}

Error Connection::no_answer(const Error& why) const {
  return error(ErrorKind::unavailable, "forge_away",
               fmt::format("What answers at {} does not speak {}'s API: check the address, and what stands before it.",
                           url_, dialect_->forge()))
      .with_detail(shown(why.message()));
}

Task<Result<http::ClientResponse>> Connection::exchange(Request request) {
  auto answer = co_await http_->send({.method = request.method,
                                      .target = request.path,
                                      .headers = headers_,
                                      .body = request.body,
                                      .content_type = json_type,
                                      .timeout = timeout_});
  if (!answer)
    co_return std::unexpected(
        error(ErrorKind::unavailable, "forge_away",
              fmt::format("There was no answer of {} at {}: {}", dialect_->forge(), url_,
                          shown(answer.error().message(), request.hidden)))
            .with_detail(fmt::format("{} {}: {}", name_of(request.method), request.path, answer.error().code())));
  if (answer->status >= 300 && answer->status < 400) {
    const std::string to = shown(std::string(answer->header("Location").value_or("somewhere else")), request.hidden);
    co_return std::unexpected(
        error(ErrorKind::invalid, "forge_moved",
              fmt::format("{} at {} sends on to {}, where the token does not go: give the new address if it has "
                          "moved, and the repository's new name if that was changed.",
                          dialect_->forge(), url_, to)));
  }
  co_return std::move(*answer);
}

Task<Result<http::ClientResponse>> Connection::ask(Request request) {
  auto answer = co_await exchange(request);
  if (answer && (answer->status < 200 || answer->status > 299)) co_return std::unexpected(error_of(request, *answer));
  co_return answer;
}

Error Connection::error_of(const Request& request, const http::ClientResponse& answer) const {
  const std::string message = message_in(answer), said = shown(message, request.hidden);
  const std::string_view forge = dialect_->forge();
  const int status = answer.status;
  const std::string in_its_words = said.empty() ? fmt::format("status {}", status) : fmt::format("\"{}\"", said);
  const auto because = [&](Error&& what) {
    return std::move(what).with_detail(
        fmt::format("{} {}: {} {}", name_of(request.method), request.path, status, said));
  };
  if (status == 429 || dialect_->is_limit(answer, message))
    return because(
        error(ErrorKind::too_many, "forge_limit",
              fmt::format("{} takes no more requests with this token for now; they go on by themselves.", forge))
            .with_retry_after(wait_of(answer)));
  if (status == 401)
    return because(error(ErrorKind::unauthenticated, "forge_token",
                         fmt::format("{} does not take the token: it is wrong, was revoked or has expired. Make a new "
                                     "one there and give it to this repository.",
                                     forge)));
  if (status == 403 || status == 404) {
    const std::string lacking = shown(dialect_->lacking(answer, message), request.hidden);
    if (!lacking.empty())
      return because(error(ErrorKind::forbidden, "forge_scope",
                           fmt::format("The token may not do this at {}: it lacks {}.", forge, lacking))
                         .with_fact("scope", boost::json::string(lacking)));
    if (status == 403)
      return because(error(ErrorKind::forbidden, "forge_scope",
                           fmt::format("The token may not do this at {}, which says {}.", forge, in_its_words)));
  }
  if (dialect_->lacks_commit(answer, message))
    return because(error(ErrorKind::invalid, "forge_refused",
                         fmt::format("{} has no such commit in this repository (any more).", forge)));
  if (status == 404 || status == 410)
    return because(error(ErrorKind::not_found, "forge_repository",
                         fmt::format("{} shows this token no such repository: its name is another one, it is gone, "
                                     "or the token may not see it.",
                                     forge)));
  if (!is_away(status))
    return because(
        error(ErrorKind::invalid, "forge_refused", fmt::format("{} refuses it and says {}.", forge, in_its_words)));
  Error away = because(error(ErrorKind::unavailable, "forge_away",
                             fmt::format("{} at {} cannot do it now and says {}.", forge, url_, in_its_words)));
  const auto after = bounded(number_in(answer, "Retry-After"));
  return after ? std::move(away).with_retry_after(*after) : away;
}

}  // namespace open_cicd::forge_http
