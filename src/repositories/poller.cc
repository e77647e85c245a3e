#include "repositories/poller.h"

#include "base/cancellation.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "db/row.h"
#include "repositories/limits.h"

#include <boost/asio/steady_timer.hpp>

namespace open_cicd::repositories {
namespace {

constexpr Milliseconds poll_look{500};
constexpr std::int64_t failures_doubled_max = 5;  // a remote that is away is asked 32 times less often

// Between two polls of one repository; it is doubled with each failure.
constexpr db::Query to_poll_query{
    .name = "repositories.to_poll",
    .sql =
        "SELECT id FROM repositories WHERE active = 1 AND poll_ms > 0 AND polled_at + poll_ms * (1 << CASE WHEN "
        "poll_failures > 5 THEN 5 ELSE poll_failures END) <= $1 ORDER BY polled_at LIMIT $2",
    .postgres_sql =
        "SELECT id FROM repositories WHERE active = 1 AND poll_ms > 0 AND polled_at + poll_ms * (1 << (CASE WHEN "
        "poll_failures > 5 THEN 5 ELSE poll_failures END)::int) <= $1 ORDER BY polled_at LIMIT $2"};
constexpr db::Query refs_query{.name = "repositories.refs", .sql = "SELECT refs FROM repositories WHERE id = $1"};
constexpr db::Query saw_query{
    .name = "repositories.saw",
    .sql = "UPDATE repositories SET polled_at = $2, refs = $3, poll_error = NULL, poll_failures = 0 WHERE id = $1"};
constexpr db::Query missed_query{
    .name = "repositories.missed",
    .sql = "UPDATE repositories SET polled_at = $2, poll_error = $3, poll_failures = poll_failures + 1 WHERE id = $1"};

static_assert(failures_doubled_max == 5, "the statement says it too");

}  // namespace

std::vector<scm::Happening> changes_between(const Repository& repository, const git::Refs& before,
                                            const git::Refs& now) {
  std::vector<scm::Happening> changes;
  const std::string nothing(40, '0');
  const auto add = [&](const std::string& ref, const std::string& from, const std::string& to) {
    if (changes.size() == limits::polled_refs_max) return;
    scm::Happening happening{.repository = scm::Repository{.id = repository.forge_id.value_or(1),
                                                           .full_name = repository.full_name,
                                                           .default_branch = repository.default_branch}};
    scm::set_push(happening, ref, from, to);
    Result<scm::Happening> fine = scm::checked(std::move(happening));
    if (fine) changes.push_back(std::move(*fine));
  };
  for (const auto& [ref, sha] : now) {
    const auto old = before.find(ref);
    if (old == before.end())
      add(ref, nothing, sha);
    else if (old->second != sha)
      add(ref, old->second, sha);
  }
  for (const auto& [ref, sha] : before)
    if (!now.contains(ref)) add(ref, sha, nothing);
  return changes;
}

Task<void> Poller::run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup workers(executor);
  asio::steady_timer timer(executor);
  busy_.clear();
  std::exception_ptr ended;
  while (!ended) {
    try {
      try {
        const std::int64_t room = polls_at_once - std::ssize(busy_);
        db::Rows due;
        if (room > 0) due = co_await db_.read(to_poll_query, {clock_.unix_ms(), polls_at_once});
        for (std::size_t i = 0; i < due.size(); ++i) {
          const RepositoryId id = RepositoryId::parse(due.text(i, 0)).value();
          if (std::ssize(busy_) < polls_at_once && busy_.insert(id).second) workers.spawn("a poll", poll(id));
        }
      } catch (const db::DatabaseError& e) {
        log_warn("what is to be polled cannot be read; trying again", {{"error", e.what()}});
      }
      timer.expires_after(std::ssize(busy_) == polls_at_once ? Milliseconds(20) : poll_look);
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

Task<void> Poller::save(RepositoryId id, std::optional<std::string> refs, std::optional<std::string> error) {
  auto body = [id, refs = std::move(refs), error = std::move(error),
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
    if (refs)
      co_await tx.run(saw_query, {id.str(), now, *refs});
    else
      co_await tx.run(missed_query, {id.str(), now, error.value_or("")});
  };
  co_await db_.transact(std::move(body));
}

Task<Result<std::string>> Poller::look(const Repository& repository) {
  git::Remote remote = co_await repositories_.remote_of(repository);
  const db::Rows rows = co_await db_.read(refs_query, {repository.id.str()});
  const auto text = rows.empty() ? std::nullopt : rows.maybe_text(0, 0);
  const std::int64_t seen_at = clock_.unix_ms();
  auto seen = co_await offload(
      pool_, [mirror = repositories_.mirror_of(repository.id), remote] { return mirror.list_remote(remote); });
  if (!seen) co_return std::unexpected(std::move(seen.error()));
  if (!text) co_return json::write_text(*seen);  // the first look only learns where everything is
  git::Refs told = json::read_own<git::Refs>(*text);
  for (scm::Happening& happening : changes_between(repository, told, *seen)) {
    const std::string ref = happening.ref;
    std::string digest = sha256_hex(happening.event_key);
    const auto received = co_await deliveries_.receive({.repository = repository.id,
                                                        .source = "poll",
                                                        .forge_delivery = std::nullopt,
                                                        .digest = std::move(digest),
                                                        .happening = std::move(happening),
                                                        .headers = "{}",
                                                        .body = {},
                                                        .seen_at = seen_at});
    if (!received) break;
    if (received->unsettled) continue;
    if (const auto now = seen->find(ref); now != seen->end())
      told[ref] = now->second;
    else
      told.erase(ref);
  }
  co_return json::write_text(told);  // what was not told is seen again by the next poll
}

Task<void> Poller::poll(RepositoryId id) {
  std::string failed;
  try {
    if (const std::optional<Repository> repository = co_await repositories_.get(id)) {
      const Result<std::string> refs = co_await look(*repository);
      if (refs)
        co_await save(id, *refs, std::nullopt);
      else
        failed = refs.error().message();
    }
  } catch (const std::exception& e) {
    if (is_cancellation(e)) throw;
    failed = e.what();
  }
  if (!failed.empty()) {
    log_warn("a repository cannot be polled", {{"repository", id.str()}, {"why", failed}});
    try {
      co_await save(id, std::nullopt, failed);
    } catch (const db::DatabaseError& e) {
      log_warn("what a poll saw cannot be kept", {{"error", e.what()}});
    }
  }
  busy_.erase(id);
}

}  // namespace open_cicd::repositories
