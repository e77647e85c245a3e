#include "adapters/postgres/postgres.h"

#include "adapters/postgres/owner.h"
#include "adapters/postgres/pool.h"
#include "base/offload.h"

#include <boost/asio/thread_pool.hpp>

#include <atomic>

namespace open_cicd::postgres {
namespace {

using db::DatabaseError;

// Migrations: the simple protocol takes several statements at once, and waiting for it may block a thread of its own.
class ScriptConnection {
 public:
  explicit ScriptConnection(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      throw DatabaseError(DatabaseError::Kind::unavailable,
                          fmt::format("cannot connect to PostgreSQL: {}", PQerrorMessage(connection_.get())));
    }
    // Debug only: scripts say "already exists, skipping" and the like.
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
  }

  void execute(const char* script) {
    check({.result = ResultPtr(PQexec(connection_.get(), script)), .lost = "no result"}, "migration");
  }

  std::int64_t execute(const db::Query& query, const db::Params& params) {
    const EncodedParams encoded(query.name, params);
    const std::string text(text_of(query));
    Outcome outcome{
        .result = ResultPtr(PQexecParams(connection_.get(), text.c_str(), encoded.size(), nullptr, encoded.values(),
                                         encoded.lengths(), encoded.formats(), kBinaryResults)),
        .lost = "no result"};
    check(outcome, query.name);
    return to_rows(query.name, outcome, 1 << 20).affected();
  }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  static void check(const Outcome& outcome, std::string_view name) {
    if (outcome.failed()) throw outcome.error(name);
  }
  std::unique_ptr<PGconn, Finish> connection_;
};

// The lock that db/migrator.cc takes too: servers that start together run one script after the other.
bool run_marked(const std::string& url, const std::string& script, const db::Query& mark, const db::Params& params) {
  ScriptConnection connection(url);
  connection.execute("SET client_connection_check_interval = '1s'; SET statement_timeout = 0; SET lock_timeout = 0");
  connection.execute("BEGIN; SELECT pg_advisory_xact_lock(7306086967523123561)");
  if (connection.execute(mark, params) == 0) return false;
  connection.execute(script.c_str());
  connection.execute("COMMIT");
  return true;
}

class PostgresSession final : public db::Database {
 public:
  PostgresSession(PostgresSettings settings, db::Metrics* metrics) : settings_(std::move(settings)), metrics_(metrics) {
    for (std::size_t i = 0; i < std::max<std::size_t>(settings_.cores, 1); ++i)
      pools_.push_back(std::make_unique<Pool>(settings_, metrics, [this] { return wait_for_lock(); }));
    for (const auto& pool : pools_) pool->wait_until_open();
  }

  Task<db::Rows> read(const db::Query& query, db::Params params) override {
    db::QueryTimer timer(metrics_, query.name);
    const EncodedParams encoded(query.name, params);
    const Outcome outcome = co_await pool().read(text_of(query), encoded);
    if (outcome.refused_to_write()) {
      throw DatabaseError(DatabaseError::Kind::statement, fmt::format("{}: read() is for SELECT", query.name));
    }
    db::Rows rows = to_rows(query.name, outcome, settings_.result_bytes_max);
    timer.ok();
    co_return rows;
  }

  Task<void> transact(std::function<Task<void>(db::Transaction&)> body) override {
    if (!may_write()) co_await wait_for_lock();  // before it takes a place among those who wait for a connection
    co_await pool().transact(std::move(body));
  }

  Task<bool> run_script(std::string_view script, const db::Query& mark, db::Params params) override {
    WorkerPool thread(1);
    auto work = [url = settings_.url, text = std::string(script), mark, params] {
      return run_marked(url, text, mark, params);
    };
    co_return co_await offload(thread, std::move(work));
  }

  Task<Result<void>> own(std::function<void()> lost) override {
    WorkerPool thread(1);
    auto work = [this, lost = std::move(lost)] { return owner_.take(lost); };
    co_return co_await offload(thread, std::move(work));
  }

  Task<bool> give_back_space() override { co_return false; }

  std::string_view engine() const override { return "postgres"; }

 private:
  static constexpr std::chrono::milliseconds kLockPoll{10};

  bool may_write() const { return owner_.state() == Owner::State::held || owner_.state() == Owner::State::unwanted; }

  // Nearly always the lock is back in a moment.
  Task<void> wait_for_lock() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    const auto give_up = std::chrono::steady_clock::now() + settings_.wait_timeout;
    while (!may_write()) {
      if (owner_.state() == Owner::State::lost || std::chrono::steady_clock::now() > give_up)
        throw DatabaseError(DatabaseError::Kind::unavailable, "this server does not hold its database's lock");
      timer.expires_after(kLockPoll);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  // Callers of one thread keep to one pool.
  Pool& pool() {
    static std::atomic<std::size_t> next = 0;
    thread_local const std::size_t mine = next++;
    return *pools_[mine % pools_.size()];
  }

  const PostgresSettings settings_;
  db::Metrics* metrics_;
  Owner owner_{settings_};  // lets go after the last transaction
  std::vector<std::unique_ptr<Pool>> pools_;
};

}  // namespace

std::unique_ptr<db::Database> open_postgres(PostgresSettings settings, db::Metrics* metrics) {
  load_libpq();
  return std::make_unique<PostgresSession>(std::move(settings), metrics);
}

}  // namespace open_cicd::postgres
