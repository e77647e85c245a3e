#include "adapters/webhook/webhook.h"

#include "base/one_line.h"
#include "base/text.h"
#include "http/proxy.h"
#include "scm/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace open_cicd::webhook {
namespace {

namespace limits = notifications::limits;

struct SplitUrl {
  std::string base, target;
};

// "https://host:1/a?b" → "https://host:1", "/a?b"
SplitUrl split(const std::string& url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?", host), url.size());
  std::string target = url.substr(end);
  if (!target.starts_with('/')) target.insert(0, 1, '/');
  return {url.substr(0, end), std::move(target)};
}

std::optional<std::chrono::seconds> asked_wait(const http::ClientResponse& answer) {
  const auto text = answer.header("Retry-After");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (failure != std::errc() || end != text->data() + text->size() || seconds < 0) return std::nullopt;
  constexpr auto longest = std::chrono::duration_cast<std::chrono::seconds>(limits::asked_pause_max);
  return std::min(std::chrono::seconds(std::min<std::int64_t>(seconds, longest.count())), longest);
}

// One short line; a receiver that echoes what it got shows no secret, as none is sent.
std::string shown(const http::ClientResponse& answer) {
  const std::string text = to_one_line(to_valid_utf8(std::string_view(answer.body).substr(0, limits::shown_bytes_max)));
  return text.empty() ? fmt::format("{}", answer.status) : fmt::format("{}: {}", answer.status, text);
}

std::unexpected<Error> not_sent(std::string message) {
  return fail(ErrorKind::unavailable, "not_sent", std::move(message));
}

class WebhookChannel final : public notifications::Channel {
 public:
  explicit WebhookChannel(WebhookSettings settings) : settings_(std::move(settings)) {}

  Task<Result<std::string>> send(notifications::Target target, Secret secret, notifications::Message message) override {
    const SplitUrl url = split(target.url);
    auto client = http::make_client(co_await asio::this_coro::executor, url.base,
                                    {.connect_timeout = settings_.timeout,
                                     .response_body_max = limits::answer_bytes_max,
                                     .ca_file = settings_.ca_file},
                                    {.url = settings_.proxy.reveal(), .exempt = settings_.no_proxy});
    if (!client) co_return not_sent(client.error().message());
    const std::int64_t now_s = message.time_ms / 1000;
    http::ClientRequest request{
        .method = http::Method::post,
        .target = url.target,
        .headers = {{"User-Agent", "open-cicd"},
                    {"webhook-id", message.id},
                    {"webhook-timestamp", std::to_string(now_s)},
                    {"webhook-signature", scm::standard_signature(secret, message.id, now_s, message.body)}},
        .body = std::move(message.body),
        .content_type = "application/json",
        .timeout = settings_.timeout};
    const auto answer = co_await (*client)->send(std::move(request));
    if (!answer) co_return not_sent(answer.error().message());
    if (answer->status >= 200 && answer->status < 300) co_return shown(*answer);
    if (answer->status >= 300 && answer->status < 400)
      co_return not_sent(fmt::format("The receiver redirects ({}), and that is not followed: give the address itself.",
                                     answer->status));
    Error error(ErrorKind::unavailable, "not_sent", fmt::format("The receiver answers {}", shown(*answer)));
    if (const auto wait = asked_wait(*answer)) co_return std::unexpected(std::move(error).with_retry_after(*wait));
    co_return std::unexpected(std::move(error));
  }

 private:
  const WebhookSettings settings_;
};

}  // namespace

std::unique_ptr<notifications::Channel> make_webhook_channel(WebhookSettings settings) {
  return std::make_unique<WebhookChannel>(std::move(settings));
}

}  // namespace open_cicd::webhook
