#include "adapters/git/git.h"

#include "base/json.h"
#include "scm/signature.h"

#include <array>

namespace open_cicd::git_remote {
namespace {

using scm::Happening;

constexpr std::array<std::string_view, 4> kept_headers{"webhook-id", "webhook-timestamp", "webhook-signature",
                                                       "content-type"};

struct Push {
  std::string ref, before, after;     // as git gives them to the hook
  std::optional<std::string> commit;  // of an annotated tag, whose `after` is the tag's object
  std::optional<std::string> message, pusher;
};
BOOST_DESCRIBE_STRUCT(Push, (), (ref, before, after, commit, message, pusher))

class GitWebhooks final : public scm::WebhookReader {
 public:
  std::span<const std::string_view> headers() const override { return kept_headers; }
  std::span<const std::string_view> id_headers() const override { return std::span(kept_headers).first(1); }
  bool names_repository() const override { return false; }

  bool is_signed(const scm::Delivery& delivery, const Secret& secret, std::int64_t now_s) const override {
    return scm::is_signed_as_standard(delivery, secret, now_s);
  }

  Result<Happening> read(const scm::Delivery& delivery) const override {
    auto push = json::read_text<Push>(delivery.body, json::Unknown::ignore);
    if (!push) return std::unexpected(std::move(push.error()));
    Happening happening;
    scm::set_push(happening, push->ref, push->before, push->after);
    if (happening.kind == scm::Kind::ignored) return happening;
    if (happening.kind == scm::Kind::tag && push->commit) happening.sha = *push->commit;
    happening.message = push->message.value_or("");
    happening.author = push->pusher.value_or("");
    return happening;
  }
};

}  // namespace

std::unique_ptr<scm::WebhookReader> make_git_webhooks() {
  return std::make_unique<GitWebhooks>();
}

}  // namespace open_cicd::git_remote
