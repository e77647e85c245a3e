// What a forge sends once it is signed, and when a schedule is due.
#include "adapters/gitea/gitea.h"
#include "adapters/github/github.h"
#include "adapters/gitlab/gitlab.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "scm/badge.h"
#include "scm/due.h"
#include "scm/skip.h"
#include "scm/status.h"
#include "scm/what_happened.h"

#include <array>
#include <string>

namespace open_cicd {
namespace {

constexpr std::array<const char*, 3> github_events{"push", "pull_request", "issues"};
constexpr std::array<const char*, 4> gitea_events{"push", "pull_request", "delete", "create"};
constexpr std::array<const char*, 3> gitlab_events{"Push Hook", "Merge Request Hook", "Tag Push Hook"};

struct Forge {
  std::unique_ptr<scm::WebhookReader> reader;
  scm::Delivery delivery;
};

Forge chosen_forge(fuzz::Choices& choices) {
  const std::size_t forge = choices.up_to(2), event = choices.up_to(3);
  const std::string body(choices.rest()), hex = to_hex(hmac_sha256("s", body));
  scm::Delivery delivery{.headers = {{"content-type", "application/json"}}, .body = body};
  if (forge == 0) {
    delivery.headers.push_back({"x-github-event", github_events[event % github_events.size()]});
    delivery.headers.push_back({"x-hub-signature-256", "sha256=" + hex});
    return {github::make_github_webhooks(), std::move(delivery)};
  }
  if (forge == 1) {
    delivery.headers.push_back({"x-gitea-event", gitea_events[event % gitea_events.size()]});
    delivery.headers.push_back({"x-gitea-signature", hex});
    return {gitea::make_gitea_webhooks(), std::move(delivery)};
  }
  delivery.headers.push_back({"x-gitlab-event", gitlab_events[event % gitlab_events.size()]});
  delivery.headers.push_back({"x-gitlab-token", "s"});
  return {gitlab::make_gitlab_webhooks(), std::move(delivery)};
}

// A result that is sound and can be stored, or an error that names fields.
FUZZ_TARGET(webhooks) {
  fuzz::Choices choices(bytes);
  const Forge forge = chosen_forge(choices);
  const auto happening = what_happened(*forge.reader, forge.delivery, {.secrets = {Secret("s")}});
  REQUIRE(!what_happened(*forge.reader, forge.delivery, {.secrets = {Secret("t")}}));
  if (!happening) {
    const Error& error = happening.error();
    REQUIRE(error.kind() == ErrorKind::malformed || (error.kind() == ErrorKind::invalid && !error.fields().empty()));
    return;
  }
  const std::string text = json::write_text(*happening);
  REQUIRE(is_valid_utf8(text));
  REQUIRE(json::read_own<scm::Happening>(text) == *happening);
  scm::asks_to_skip(happening->message);
  const auto event = event_of(*happening);
  if (!event) return;
  REQUIRE(scm::is_sha(event->sha) && !happening->event_key.empty());
  for (const auto& name : {event->branch, event->tag}) REQUIRE(!name || (!name->empty() && name->front() != '-'));
}

// A time that is found is a time of the schedule, and nothing but the clock's changes moves it.
FUZZ_TARGET(cron) {
  fuzz::Choices choices(bytes);
  const std::int64_t after = static_cast<std::int64_t>(choices.up_to(255)) * 8'000'000 + 13;
  const auto cron = workflows::parse_cron(choices.rest(), "seed");
  REQUIRE(cron.has_value() == workflows::wrong_cron(choices.rest()).empty());
  if (!cron) return;
  static const auto utc = scm::TimeZone::named("UTC"), berlin = scm::TimeZone::named("Europe/Berlin");
  REQUIRE(utc && berlin);
  const auto time = next_time(*cron, *utc, after);
  REQUIRE(time.has_value() == next_time(*cron, *berlin, after).has_value());
  if (!time) return;
  REQUIRE(*time > after && *time % 60 == 0);
  const auto minute = static_cast<unsigned>(*time / 60 % 60), hour = static_cast<unsigned>(*time / 3600 % 24);
  REQUIRE(cron->has_time(hour, minute));
}

// Names that people chose, on their way to a forge and into a page.
FUZZ_TARGET(forge_texts) {
  const std::string valid = to_valid_utf8(bytes);
  const std::string context = scm::status_context({.pipeline = valid, .event = "push", .job = valid});
  REQUIRE(is_valid_utf8(context) && context.size() <= 255);
  REQUIRE(context != scm::status_context({.pipeline = valid, .event = "push", .job = valid, .modified = true}));
  REQUIRE(is_valid_utf8(scm::status_description(bytes)));
  const std::string svg = scm::badge_svg(bytes, scm::BadgeState::passing);
  REQUIRE(is_valid_utf8(svg));
  std::size_t tags = 0;
  for (const char c : svg) tags += c == '<' ? 1 : 0;
  REQUIRE(tags == 12);
}

}  // namespace
}  // namespace open_cicd
