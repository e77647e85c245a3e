#include "sim/store.h"

namespace open_cicd::sim {
namespace {

using db::DatabaseError;

#define OPEN_STATES " IN ('blocked', 'queued', 'assigned', 'running', 'cancelling')"

[[noreturn]] void unavailable(const char* why) {
  throw DatabaseError(DatabaseError::Kind::unavailable, why);
}

bool is_probe(const Commit& commit) {
  return commit.contains("server.probe");
}

}  // namespace

// As the adapters': after a statement failed, further ones fail too.
class Store::Open final : public db::Transaction {
 public:
  // `seen_open`: of a mutant.
  Open(Store& store, const std::set<std::string>& seen_open) : store_(store), seen_open_(seen_open) {}

  Task<db::Rows> run(const db::Query& query, db::Params params) override {
    if (failure_) std::rethrow_exception(failure_);
    const auto* id = params.empty() ? nullptr : std::get_if<std::string>(&params.front());
    statements_[id != nullptr ? *id : std::string(query.name)].push_back(query.name);
    try {
      if (store_.runs_unlocked && query.name == "runs.open_job")
        co_return store_.connection_.run({.name = query.name, .sql = stale_open_jobs()}, params);
      co_return store_.connection_.run(store_.rewritten(query), params);
    } catch (const DatabaseError&) {
      failure_ = std::current_exception();
      throw;
    }
  }
  const Commit& statements() const { return statements_; }
  const std::exception_ptr& failure() const { return failure_; }

 private:
  std::string stale_open_jobs() const {
    std::string ids = "''";
    for (const std::string& id : seen_open_) {
      const auto own = statements_.find(id);
      if (own == statements_.end() || std::ranges::count(own->second, "jobs.settle") == 0)
        ids += fmt::format(", '{}'", id);
    }
    return fmt::format("SELECT 1 FROM jobs WHERE run_id = $1 AND (state" OPEN_STATES " OR id IN ({})) LIMIT 1", ids);
  }

  Store& store_;
  const std::set<std::string>& seen_open_;
  Commit statements_;
  std::exception_ptr failure_;
};

Store::Store(World& world, const std::string& path, StoreTroubles t, Rewrites rewrites)
    : troubles(t),
      world_(world),
      connection_({.path = path}, sqlite::Access::read_write),
      rewrites_(std::move(rewrites)) {
  connection_.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF");  // nobody else, and no disk
}

db::Query Store::rewritten(const db::Query& query) const {
  const auto found = rewrites_.find(query.name);
  return found == rewrites_.end() ? query : db::Query{.name = query.name, .sql = found->second};
}

Task<void> Store::delay() {
  if (troubles.latency_max == Time(0)) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  // Mostly quick, sometimes not: what overtakes what is the point.
  const std::int64_t most = troubles.latency_max.count();
  timer.expires_after(Time(world_.random.between(0, world_.random.chance(0.2) ? most : most / 20)));
  co_await timer.async_wait(asio::use_awaitable);
}

bool Store::strikes(double chance, std::string_view what) {
  if (!world_.random.chance(chance)) return false;
  world_.count(what);
  world_.trace("  database: {}", what);
  return true;
}

Task<db::Rows> Store::read(const db::Query& query, db::Params params) {
  co_await delay();
  if (outage == Outage::all) unavailable("the simulated database is away");
  db::Rows rows = connection_.run(rewritten(query), params);
  co_await delay();
  co_return rows;
}

Task<std::exception_ptr> Store::run_body(const std::function<Task<void>(db::Transaction&)>& body, Open& transaction) {
  connection_.execute("BEGIN IMMEDIATE");
  try {
    co_await body(transaction);
  } catch (...) {
    co_return std::current_exception();
  }
  co_return transaction.failure();
}

std::set<std::string> Store::open_jobs() {
  static constexpr db::Query query{.name = "sim.open_jobs",
                                   .sql = "SELECT id FROM jobs WHERE run_id IS NOT NULL AND state" OPEN_STATES};
  std::set<std::string> ids;
  const db::Rows rows = look(query);
  for (std::size_t i = 0; i < rows.size(); ++i) ids.insert(rows.text(i, 0));
  return ids;
}

Task<void> Store::transact(std::function<Task<void>(db::Transaction&)> body) {
  std::set<std::string> seen_open;
  if (runs_unlocked) seen_open = open_jobs();
  co_await delay();
  const bool down = outage != Outage::none;
  if (down && !probe_lies) unavailable("the simulated database takes no writes");
  if (strikes(troubles.refuse, "database: refused")) unavailable("the simulated database refuses");
  for (bool again = strikes(troubles.run_twice, "database: body ran twice");; again = false) {
    Open transaction(*this, seen_open);
    const std::exception_ptr failure = co_await run_body(body, transaction);
    if (down && !failure && is_probe(transaction.statements())) {
      connection_.execute("ROLLBACK");
      co_return;
    }
    const bool lost = down || (!failure && !again && strikes(troubles.roll_back, "database: commit failed"));
    if (failure || again || lost) connection_.execute("ROLLBACK");
    if (again) continue;
    if (failure) std::rethrow_exception(failure);
    if (lost) unavailable("the simulated commit failed");
    connection_.execute("COMMIT");
    if (committed) committed(transaction.statements());
    break;
  }
  if (strikes(troubles.crash, "server: died at a commit")) {
    crash();
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
  }
  if (strikes(troubles.lose_answer, "database: answer of a commit lost")) unavailable("the answer was lost");
  co_await delay();
}

Task<bool> Store::run_script(std::string_view script, const db::Query& mark, db::Params params) {
  connection_.execute("BEGIN IMMEDIATE");
  const bool wanted = connection_.run(mark, params).affected() > 0;
  if (wanted) connection_.execute(std::string(script).c_str());
  connection_.execute("COMMIT");
  co_return wanted;
}

}  // namespace open_cicd::sim
