// The stream of what changes.
#include "api/routes.h"
#include "api/streams.h"
#include "base/cancellation.h"
#include "base/counted.h"
#include "base/first_of.h"
#include "events/feed.h"
#include "http/sse.h"

#include <boost/json/serialize.hpp>
#include <prometheus/gauge.h>

#include <algorithm>

namespace open_cicd::api {

// With commas between.
struct TopicNames {
  std::string_view text;
};

// Found by the type of its last parameter, so it stands in its namespace.
static detail::Wrong read_value(std::string_view text, TopicNames& to) {
  to.text = text;  // what is wrong about it is said by the handler, which knows the caller
  return std::nullopt;
}

template <>
struct ParameterSchema<TopicNames> {
  static bj::object make() {
    const std::string one = "(runs|queue|agents|run:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})";
    return {{"type", "string"}, {"pattern", fmt::format("^{0}(,{0})*$", one)}};
  }
};

namespace {

using auth::Permission;
using events::Feed;
using events::Topic;

constexpr int events_retry_ms = 1'000;

// Who may see what a topic tells.
Permission permission_of(const Topic& topic) {
  switch (topic.kind) {
    case Topic::Kind::runs:
    case Topic::Kind::run:
      return Permission::run_read;
    case Topic::Kind::queue:
      return Permission::job_list;
    case Topic::Kind::agents:
      return Permission::agent_read;
  }
  return Permission::run_read;
}

struct FollowEvents {
  Query<TopicNames> topics;
  Header<std::optional<std::string_view>> last_event_id;
  static constexpr std::array notes{
      Note{"topics", "which, with commas between: runs, run:<id>, queue, agents"},
      Note{"last_event_id", "the id of the last event that arrived: the stream goes on after it"}};
};
BOOST_DESCRIBE_STRUCT(FollowEvents, (), (topics, last_event_id))

struct ChangeEvents {
  static void add(bj::object& operation) {
    const bj::object text{{"type", "string"}};
    const bj::object events{{"type", "string"}, {"enum", bj::array{"hello", "change", "reset"}}};
    add_answer(operation, 200, "events without an end; the schema is that of each", "text/event-stream",
               {{"type", "object"},
                {"required", bj::array{"event", "data", "id"}},
                {"properties", {{"event", events}, {"data", text}, {"id", text}}}});
  }
};

Result<std::vector<Topic>> topics_asked(std::string_view text, const Caller& caller, std::size_t most) {
  std::vector<Topic> topics;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    Result<Topic> topic = events::parse_topic(text.substr(from, comma - from));
    if (!topic) return std::unexpected(std::move(topic.error()));
    if (!caller.may(permission_of(*topic)))
      return fail(ErrorKind::forbidden, "wrong_token_kind",
                  fmt::format("This token may not follow \"{}\".", text_of(*topic)));
    if (std::ranges::find(topics, *topic) == topics.end()) topics.push_back(*topic);
    if (topics.size() > most) return invalid_fields({{"topics", fmt::format("are more than {}", most)}});
    from = comma + 1;
  }
  return topics;
}

// Who asks for a run that is not there would wait for ever.
Task<Result<void>> check_runs(Services& s, const std::vector<Topic>& topics) {
  std::vector<RunId> asked;
  for (const Topic& topic : topics)
    if (topic.kind == Topic::Kind::run) asked.push_back(topic.run);
  if (asked.empty()) co_return Result<void>{};
  const std::vector<runs::Run> found = co_await s.runs.some(asked);
  for (const RunId id : asked)
    if (std::ranges::find(found, id, &runs::Run::id) == found.end()) co_return not_found("run", id.str());
  co_return Result<void>{};
}

struct Followed {
  std::vector<Topic> topics;
  std::optional<std::string> last_event_id;
  std::shared_ptr<const auth::Principal> who;
  std::shared_ptr<void> place;  // among the streams
};

std::string greeting(const std::string& id, const std::vector<Topic>& topics) {
  bj::array names;
  for (const Topic& topic : topics) names.emplace_back(text_of(topic));
  return http::encode_retry(events_retry_ms) +
         http::encode_event("hello", id, bj::serialize(bj::object{{"topics", std::move(names)}}));
}

std::string frames(const std::vector<Feed::Subscription::Told>& told) {
  std::string text;
  for (const auto& [id, data] : told)
    text += data.empty() ? http::encode_event("reset", id, "{}") : http::encode_event("change", id, data);
  return text;
}

Task<bool> tell_all(Feed& feed, Followed followed, http::BodyWriter& writer) {
  using Clock = std::chrono::steady_clock;
  const auto may = [who = followed.who](const Topic& topic) { return who->may(permission_of(topic)); };
  Feed::Subscription subscription(feed, co_await asio::this_coro::executor, followed.topics, followed.last_event_id,
                                  may);
  std::string text = greeting(subscription.position(), followed.topics);
  Clock::time_point ping_due = Clock::now() + feed.settings().ping;
  for (;;) {
    if (feed.closing() || writer.shutting_down()) text += http::encode_retry(events_retry_ms);
    if (text.empty() && Clock::now() >= ping_due) text = http::sse_ping;
    if (!text.empty()) {
      if (!co_await writer.write(text) || feed.closing() || writer.shutting_down()) co_return true;
      ping_due = Clock::now() + feed.settings().ping;
    }
    text = frames(subscription.take());
    if (text.empty()) {
      co_await subscription.wait(ping_due);
      text = frames(subscription.take());
    }
  }
}

Task<bool> until_hung_up(Feed& feed, Followed followed, http::BodyWriter& writer) {
  co_await unless(tell_all(feed, std::move(followed), writer), writer.peer_closed());
  co_return true;
}

prometheus::Gauge& open_streams(prometheus::Registry& metrics) {
  return prometheus::BuildGauge()
      .Name("open_cicd_event_streams")
      .Help("Open streams of events.")
      .Register(metrics)
      .Add({});
}

Task<void> tell_while_allowed(Services& s, Followed followed, auth::Proof proof, http::BodyWriter& writer) {
  const Counted counted(open_streams(*s.metrics));
  co_await unless(until_hung_up(s.feed, std::move(followed), writer), until_revoked(s, std::move(proof)));
}

Task<Result<Raw<ChangeEvents>>> follow_events(Services& s, Caller caller, FollowEvents request) {
  Result<std::vector<Topic>> topics = topics_asked(request.topics->text, caller, s.feed.settings().topics_max);
  if (!topics) co_return std::unexpected(std::move(topics.error()));
  if (Result<void> known = co_await check_runs(s, *topics); !known) co_return std::unexpected(std::move(known.error()));
  auto place = s.feed.admit(caller.who().id + "@" + caller.address());
  if (!place)
    co_return std::unexpected(Error(ErrorKind::unavailable, "too_many_streams",
                                    "Too many streams of events are open: close one, or try later.")
                                  .with_retry_after(std::chrono::seconds(10)));
  const auto& last = *request.last_event_id;
  Followed followed{.topics = std::move(*topics),
                    .last_event_id = last ? std::optional<std::string>(*last) : std::nullopt,
                    .who = caller.who_for_long(),
                    .place = std::move(place)};
  http::Response response{.status = 200, .content_type = "text/event-stream"};
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = [&s, followed = std::move(followed),
                     proof = s.auth.proof_of(caller.request()).value_or(auth::Proof())](http::BodyWriter& writer) {
    return tell_while_allowed(s, followed, proof, writer);
  };
  co_return Raw<ChangeEvents>{std::move(response)};
}

}  // namespace

void add_event_routes(RouteRows& rows, Services& s) {
  add_route(rows, s, http::Method::get, "/api/v1/events",
            Permission::run_read | Permission::job_list | Permission::agent_read, follow_events,
            {.id = "followEvents",
             .summary = "Follow what changes as Server-Sent Events",
             .tag = "events",
             .refusals = {"not_found", "too_many_streams"}});
}

}  // namespace open_cicd::api
