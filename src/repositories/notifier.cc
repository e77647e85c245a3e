#include "repositories/notifier.h"

#include "base/cancellation.h"
#include "base/json.h"
#include "base/log.h"
#include "db/row.h"
#include "notifications/limits.h"
#include "scm/signature.h"

#include <fmt/format.h>

namespace open_cicd::repositories {
namespace {

using notifications::Target;
namespace notify_limits = notifications::limits;

constexpr Milliseconds outbox_look{150};
constexpr std::size_t targets_at_once = 16;

#define TARGET_COLUMNS                                                                                                \
  "id, repository_id, kind, url, addresses, branches, events, told_on, created_by, created_at, version, last_error, " \
  "last_sent_at"

constexpr db::Query insert_target_query{
    .name = "notifications.insert",
    .sql =
        "INSERT INTO notifications (id, repository_id, kind, url, addresses, branches, events, told_on, created_by, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
constexpr db::Query count_targets_query{.name = "notifications.count",
                                        .sql = "SELECT count(*) FROM notifications WHERE repository_id = $1"};
constexpr db::Query is_connected_query{.name = "notifications.is_connected",
                                       .sql = "SELECT 1 FROM repositories WHERE id = $1"};
constexpr db::Query target_query{.name = "notifications.by_id",
                                 .sql = "SELECT " TARGET_COLUMNS " FROM notifications WHERE id = $1"};
constexpr db::Query list_targets_query{
    .name = "notifications.list",
    .sql = "SELECT " TARGET_COLUMNS
           ", (SELECT count(*) FROM outbox o WHERE o.target_id = notifications.id) AS waiting FROM notifications WHERE "
           "repository_id = $1 ORDER BY created_at, id"};
constexpr db::Query delete_target_query{.name = "notifications.delete",
                                        .sql = "DELETE FROM notifications WHERE id = $1 AND repository_id = $2"};
constexpr db::Query messages_of_target_query{.name = "outbox.of_target_gone",
                                             .sql = "DELETE FROM outbox WHERE target_id = $1"};
constexpr db::Query due_targets_query{
    .name = "outbox.due_targets",
    .sql =
        "SELECT target_id FROM outbox WHERE not_before <= $1 GROUP BY target_id ORDER BY min(not_before), target_id "
        "LIMIT 200"};
// One that is refused again and again stands behind those that were not tried.
constexpr db::Query due_messages_query{
    .name = "outbox.due",
    .sql =
        "SELECT id, run_id, round, state, previous_state, finished_at, body, tries, created_at FROM outbox WHERE "
        "target_id = $1 AND not_before <= $2 ORDER BY tries, created_at, id LIMIT 50"};
constexpr db::Query drop_message_query{.name = "outbox.drop", .sql = "DELETE FROM outbox WHERE id = $1"};
constexpr db::Query target_taken_query{
    .name = "notifications.taken",
    .sql = "UPDATE notifications SET last_sent_at = $2, last_error = NULL, version = version + 1 WHERE id = $1"};
constexpr db::Query target_failed_query{
    .name = "notifications.failed",
    .sql = "UPDATE notifications SET last_error = $2, version = version + 1 WHERE id = $1"};
constexpr db::Query message_later_query{
    .name = "outbox.later",
    .sql = "UPDATE outbox SET not_before = $2, tries = tries + 1, last_error = $3, body = $4 WHERE id = $1"};
constexpr db::Query rest_later_query{
    .name = "outbox.rest_later", .sql = "UPDATE outbox SET not_before = $2 WHERE target_id = $1 AND not_before < $2"};

std::string secret_name(NotificationId id) {
  return "@notify:" + id.str();
}

db::Value text_of(const std::vector<std::string>& list) {
  return json::write_text(list);
}

notifications::RunEnd example(const std::string& repository, const std::string& public_url, std::int64_t now) {
  return {.id = "00000000-0000-7000-8000-000000000000",
          .number = 1,
          .repository = repository,
          .pipeline = ".open-cicd.yml",
          .name = "example",
          .event = "push",
          .branch = "main",
          .sha = std::string(40, '0'),
          .title = "This is a test: nothing has ended",
          .author = std::nullopt,
          .state = "succeeded",
          .previous_state = "failed",
          .url = public_url,
          .round = 1,
          .started_at = format_rfc3339(now),
          .finished_at = format_rfc3339(now)};
}

std::vector<std::string> failed_jobs(const runs::RunDetail& detail) {
  std::vector<std::string> failed;
  for (const runs::RunJob& job : detail.jobs)
    if (!job.allowed && jobs::is_failure(job.state)) failed.push_back(job.name);
  return failed;
}

}  // namespace

struct Notifier::Waiting {
  std::string id, run_id;
  std::int64_t round = 1;
  std::string state;
  std::optional<std::string> previous_state;
  std::int64_t finished_at = 0;
  std::optional<std::string> body;
  std::int64_t tries = 0, created_at = 0;
  BOOST_DESCRIBE_CLASS(Waiting, (), (id, run_id, round, state, previous_state, finished_at, body, tries, created_at),
                       (), ())
};

void Notifier::stop() {
  for (notifications::Channel* channel : {channels_.webhook, channels_.email})
    if (channel != nullptr) channel->stop();
}

notifications::Channel* Notifier::channel_of(const Target& target) const {
  return target.kind == "webhook" ? channels_.webhook : channels_.email;
}

Milliseconds Notifier::pause_after(std::int64_t tries) const {
  Milliseconds pause = repositories_.settings().notify_retry;
  for (std::int64_t i = 0; i < tries && pause < notify_limits::retry_max; ++i) pause *= 2;
  return std::min(pause, notify_limits::retry_max);
}

Task<Result<AddedTarget>> Notifier::add(Target wanted) {
  if (Result<void> fine = notifications::check_target(wanted); !fine) co_return std::unexpected(fine.error());
  if (channel_of(wanted) == nullptr)
    co_return invalid_fields({{"kind", "e-mail is not set up: the server needs the settings smtp.url and smtp.from"}});
  AddedTarget added{.target = std::move(wanted), .secret = {}};
  Target& target = added.target;
  target.id = NotificationId::make();
  target.created_at = clock_.unix_ms();
  if (target.kind == "webhook") {  // before the row, so that no row lacks its secret
    added.secret = scm::new_standard_secret();
    co_await vault_.put_own(target.repository_id, secret_name(target.id), *added.secret, target.created_by);
  }
  auto body = [target](db::Transaction& tx) -> Task<Result<bool>> {
    if (!target.repository_id.empty() && (co_await tx.run(is_connected_query, {target.repository_id})).empty())
      co_return not_found("repository", target.repository_id);
    if ((co_await tx.run(count_targets_query, {target.repository_id})).integer(0, 0) >= notify_limits::targets_max)
      co_return fail(ErrorKind::conflict, "notification_limit",
                     fmt::format("There are {} notifications already: remove those that nobody needs.",
                                 notify_limits::targets_max));
    co_await tx.run(insert_target_query, {target.id.str(), target.repository_id, target.kind, target.url,
                                          text_of(target.addresses), text_of(target.branches), text_of(target.events),
                                          target.told_on, target.created_by, target.created_at});
    co_return true;
  };
  const Result<bool> stored = co_await db_.write<bool>(std::move(body));
  if (stored) co_return added;
  if (added.secret) (void)co_await vault_.remove(target.repository_id, secret_name(target.id));
  co_return std::unexpected(stored.error());
}

Task<std::vector<ListedTarget>> Notifier::list(std::string scope) {
  const db::Rows rows = co_await db_.read(list_targets_query, {std::move(scope)});
  const std::vector<Target> targets = db::read_all<Target>(rows);
  std::vector<ListedTarget> listed;
  for (std::size_t i = 0; i < targets.size(); ++i)
    listed.push_back({.target = targets[i], .waiting = db::read_column<std::int64_t>(rows, i, "waiting")});
  co_return listed;
}

Task<Result<void>> Notifier::remove(std::string scope, NotificationId id) {
  auto body = [scope, id](db::Transaction& tx) -> Task<Result<bool>> {
    if ((co_await tx.run(delete_target_query, {id.str(), scope})).affected() == 0) co_return false;
    co_await tx.run(messages_of_target_query, {id.str()});
    co_return true;
  };
  const Result<bool> removed = co_await db_.write<bool>(std::move(body));
  if (!removed.value()) co_return not_found("notification", id.str());
  (void)co_await vault_.remove(scope, secret_name(id));  // e-mail has none
  co_return Result<void>();
}

Task<std::optional<Target>> Notifier::target_of(std::string id) {
  co_return db::read_first<Target>(co_await db_.read(target_query, {std::move(id)}));
}

Task<Secret> Notifier::secret_of(const Target& target) {
  if (target.kind != "webhook") co_return Secret();
  Result<std::optional<Secret>> secret = co_await vault_.own(target.repository_id, secret_name(target.id));
  if (!secret) throw std::runtime_error(secret.error().message());
  co_return secret->value_or(Secret());
}

Task<Result<Tested>> Notifier::test(std::string scope, NotificationId id) {
  const std::optional<Target> target = co_await target_of(id.str());
  if (!target || target->repository_id != scope) co_return not_found("notification", id.str());
  notifications::Channel* channel = channel_of(*target);
  if (channel == nullptr) co_return Tested{.is_taken = false, .answer = "The server has no smtp.url and smtp.from."};
  const std::int64_t now = clock_.unix_ms();
  std::string repository = "all repositories";
  if (const auto repository_id = RepositoryId::parse(scope))
    if (const auto found = co_await repositories_.get(*repository_id)) repository = found->full_name;
  const notifications::RunEnd run = example(repository, repositories_.settings().public_url, now);
  const Secret secret = co_await secret_of(*target);
  const auto sent = co_await channel->send(
      *target, secret,
      {.id = "msg_test_" + format_uuid(make_uuid_v4()),
       .body = notifications::message_json(notifications::test_message, format_rfc3339(now), run),
       .letter = notifications::letter_of(notifications::test_message, run, {}),
       .time_ms = now});
  co_return Tested{.is_taken = sent.has_value(), .answer = sent ? *sent : sent.error().message()};
}

Task<void> Notifier::run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup workers(executor);
  asio::steady_timer timer(executor);
  std::exception_ptr ended;
  while (!ended) {
    try {
      try {
        const db::Rows due = co_await db_.read(due_targets_query, {clock_.unix_ms()});
        for (std::size_t i = 0; i < due.size() && busy_.size() < targets_at_once; ++i)
          if (std::string target = due.text(i, 0); busy_.insert(target).second)
            workers.spawn("notifications", send_all(std::move(target)));
      } catch (const db::DatabaseError& e) {
        log_warn("what is to be sent of ended runs cannot be read; trying again", {{"error", e.what()}});
      }
      timer.expires_after(outbox_look);
      co_await timer.async_wait(asio::use_awaitable);
    } catch (const std::exception& e) {
      if (is_cancellation(e)) break;
      ended = std::current_exception();
    }
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await workers.stop();
  if (ended) std::rethrow_exception(ended);
}

// One message after the other; the first that is not taken ends it, as the next would have the same fate.
Task<void> Notifier::send_due(std::string id) {
  const std::optional<Target> target = co_await target_of(id);
  if (!target) {
    auto body = [id](db::Transaction& tx) -> Task<void> { co_await tx.run(messages_of_target_query, {id}); };
    co_await db_.transact(std::move(body));
    co_return;
  }
  const Secret secret = co_await secret_of(*target);
  std::vector<Waiting> due = db::read_all<Waiting>(co_await db_.read(due_messages_query, {id, clock_.unix_ms()}));
  const std::int64_t most = due.empty() ? 0 : due.back().tries;
  for (Waiting& row : due)
    if (co_await send_one(*target, channel_of(*target), secret, row, most) == Sent::later) break;
}

Task<void> Notifier::send_all(std::string id) {
  try {
    bool failed = false;
    try {
      co_await send_due(id);
    } catch (const std::exception& e) {
      if (is_cancellation(e)) throw;
      log_error("notifications could not be sent; they are tried again", {{"notification", id}, {"error", e.what()}});
      failed = true;
    }
    if (failed) {  // not at once: what throws may go on throwing
      auto body = [id, at = clock_.unix_ms() + notify_limits::broken_pause.count()](db::Transaction& tx) -> Task<void> {
        co_await tx.run(rest_later_query, {id, at});
      };
      co_await db_.transact(std::move(body));
    }
  } catch (const std::exception& e) {
    if (is_cancellation(e)) throw;
    log_warn("notifications that could not be sent cannot be put off", {{"error", e.what()}});
  }
  busy_.erase(id);
}

Task<Notifier::Sent> Notifier::send_one(const Target& target, notifications::Channel* channel, const Secret& secret,
                                        Waiting& row, std::int64_t most_tries) {
  const auto detail = co_await runs_.get(RunId::parse(row.run_id).value(), static_cast<int>(row.round));
  if (!detail || !notifications::wants(target, {.state = row.state,
                                                .previous_state = row.previous_state,
                                                .event = detail->run.event,
                                                .branch = detail->run.branch})) {
    co_await drop(row.id);
    co_return Sent::done;
  }
  const runs::Run& run = detail->run;
  const std::string finished = format_rfc3339(row.finished_at);
  const notifications::RunEnd end{
      .id = row.run_id,
      .number = run.number,
      .repository = run.repository.value_or(""),
      .pipeline = run.pipeline,
      .name = run.name,
      .event = run.event,
      .branch = run.branch,
      .sha = run.sha,
      .title = run.title,
      .author = run.author,
      .state = row.state,
      .previous_state = row.previous_state,
      .url = fmt::format("{}/runs/{}", repositories_.settings().public_url, row.run_id),
      .round = row.round,
      .started_at = run.started_at ? std::optional(format_rfc3339(*run.started_at)) : std::nullopt,
      .finished_at = finished};
  if (!row.body) row.body = notifications::message_json(notifications::run_ended, finished, end);
  Result<std::string> sent = fail(ErrorKind::unavailable, "not_sent", "The server has no smtp.url and smtp.from.");
  if (channel != nullptr)
    sent =
        co_await channel->send(target, secret,
                               {.id = row.id,
                                .body = *row.body,
                                .letter = notifications::letter_of(notifications::run_ended, end, failed_jobs(*detail)),
                                .time_ms = clock_.unix_ms()});
  if (sent) {
    co_await taken(row.id, target.id.str());
    co_return Sent::done;
  }
  const std::string& why = sent.error().message();
  if (clock_.unix_ms() - row.created_at >= notify_limits::give_up_after.count()) {
    log_warn("a notification was given up: nobody took it for a day",
             {{"notification", target.id.str()}, {"run", row.run_id}, {"why", why}});
    co_await given_up(row.id, target.id.str(), why);
    co_return Sent::later;
  }
  Milliseconds pause = pause_after(most_tries);
  if (const auto after = sent.error().retry_after()) pause = std::max<Milliseconds>(pause, *after);
  pause = std::min(pause, notify_limits::asked_pause_max);
  log_warn("a notification could not be sent; it is tried again",
           {{"notification", target.id.str()}, {"run", row.run_id}, {"why", why}, {"after_ms", pause.count()}});
  auto body = [id = target.id.str(), row_id = row.id, at = clock_.unix_ms() + pause.count(), why,
               message = *row.body](db::Transaction& tx) -> Task<void> {
    co_await tx.run(target_failed_query, {id, why});
    co_await tx.run(message_later_query, {row_id, at, why, message});
    co_await tx.run(rest_later_query, {id, at});
  };
  co_await db_.transact(std::move(body));
  co_return Sent::later;
}

Task<void> Notifier::drop(std::string row) {
  auto body = [row](db::Transaction& tx) -> Task<void> { co_await tx.run(drop_message_query, {row}); };
  co_await db_.transact(std::move(body));
}

Task<void> Notifier::taken(std::string row, std::string target) {
  auto body = [row, target, now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
    co_await tx.run(target_taken_query, {target, now});
    co_await tx.run(drop_message_query, {row});
  };
  co_await db_.transact(std::move(body));
}

Task<void> Notifier::given_up(std::string row, std::string target, std::string why) {
  auto body = [row, target, why](db::Transaction& tx) -> Task<void> {
    co_await tx.run(target_failed_query, {target, why});
    co_await tx.run(drop_message_query, {row});
  };
  co_await db_.transact(std::move(body));
}

}  // namespace open_cicd::repositories
