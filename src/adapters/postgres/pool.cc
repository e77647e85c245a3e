#include "adapters/postgres/pool.h"

#include "base/log.h"

#include <boost/asio/use_future.hpp>

#include <pthread.h>
#include <random>

namespace open_cicd::postgres {
namespace {

using db::DatabaseError;
using std::chrono::milliseconds;

constexpr milliseconds kBackoffMin{50};
constexpr milliseconds kBackoffMax{2000};
constexpr milliseconds kTick{100};

// Half to one and a half times: servers that lost their database together do not come back together.
milliseconds jittered(milliseconds time) {
  thread_local std::minstd_rand random{std::random_device()()};
  return time / 2 + milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, time.count())(random));
}

std::exception_ptr unavailable(const std::string& what) {
  return std::make_exception_ptr(DatabaseError(DatabaseError::Kind::unavailable, what));
}

}  // namespace

Pool::Pool(const PostgresSettings& settings, db::Metrics* metrics, Admit admit)
    : settings_(settings), metrics_(metrics), admit_(std::move(admit)) {
  for (std::size_t i = 0; i < settings.readers_per_core; ++i)
    keepers_.spawn("postgres reader", keep_open(Access::read_only));
  for (std::size_t i = 0; i < settings.writers_per_core; ++i)
    keepers_.spawn("postgres writer", keep_open(Access::read_write));
  keepers_.spawn("postgres time limits", watch_time());
  thread_ = std::thread([this] { context_.run(); });
  pthread_setname_np(thread_.native_handle(), "postgres");
}

Pool::~Pool() {
  asio::co_spawn(context_, keepers_.stop(), asio::use_future).get();
  guard_.reset();
  thread_.join();
}

void Pool::wait_until_open() {
  std::unique_lock lock(mutex_);
  const bool open =
      opened_.wait_for(lock, settings_.connect_timeout, [this] { return reader_opened_ && writer_opened_; });
  if (open) return;
  throw DatabaseError(DatabaseError::Kind::unavailable,
                      connect_error_.empty() ? "PostgreSQL does not answer" : connect_error_);
}

Task<void> Pool::keep_open(Access access) {
  milliseconds backoff = kBackoffMin;
  asio::steady_timer timer(context_);
  for (;;) {
    co_await keep_once(access, backoff);
    timer.expires_after(jittered(backoff));
    co_await timer.async_wait(asio::use_awaitable);
    backoff = std::min(backoff * 2, kBackoffMax);
  }
}

Task<void> Pool::keep_once(Access access, milliseconds& backoff) {
  const auto connection = std::make_shared<Connection>(context_, settings_, access);
  const std::shared_ptr<void> closing(nullptr, [this, connection, access](void*) {  // also when the keeper is cancelled
    disconnected(access, connection);
    connection->close("the session ended");
  });
  try {
    co_await connection->open();
  } catch (const DatabaseError& e) {
    connect_failed(e.what());
    co_return;
  }
  backoff = kBackoffMin;
  connected(access, connection);
  co_await connection->until_closed();
  log_warn("a connection to PostgreSQL was lost", {{"reason", connection->close_reason()}});
}

Task<void> Pool::watch_time() {
  asio::steady_timer timer(context_);
  for (;;) {
    timer.expires_after(kTick);
    co_await timer.async_wait(asio::use_awaitable);
    const Time now = std::chrono::steady_clock::now();
    while (!waiting_reads_.empty() && waiting_reads_.front().deadline < now) {
      waiting_reads_.front().resume(unavailable("no connection to PostgreSQL became free to read"));
      waiting_reads_.pop_front();
    }
    while (!waiting_writers_.empty() && waiting_writers_.front().deadline < now) {
      waiting_writers_.front().resume(unavailable("no connection to PostgreSQL became free to write"));
      waiting_writers_.pop_front();
    }
    for (const ConnectionPtr& reader : std::vector(readers_)) reader->close_if_stuck(now);
    for (const auto& writer : writers_) {
      if (const auto open = writer.lock()) open->close_if_stuck(now);
    }
  }
}

void Pool::connected(Access access, ConnectionPtr connection) {
  {
    const std::lock_guard lock(mutex_);
    (access == Access::read_only ? reader_opened_ : writer_opened_) = true;
    if (!connect_error_.empty()) log_info("connected to PostgreSQL again", {});
    connect_error_.clear();
  }
  opened_.notify_all();
  if (access == Access::read_only) {
    readers_.push_back(std::move(connection));
    dispatch_reads();
  } else {
    std::erase_if(writers_, [](const auto& writer) { return writer.expired(); });
    writers_.push_back(connection);
    lend_writer(std::move(connection));
  }
}

void Pool::disconnected(Access access, const ConnectionPtr& connection) {
  std::erase(access == Access::read_only ? readers_ : idle_writers_, connection);
}

void Pool::connect_failed(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (connect_error_ != reason) log_warn("PostgreSQL is not reachable", {{"error", reason}});
  connect_error_ = reason;
}

// Reads. One that loses its connection is sent once more: it changed nothing.

Task<Outcome> Pool::read(std::string_view sql, const EncodedParams& params) {
  Outcome outcome;
  co_await db::suspend_until([&, this](db::Resume resume) {
    Read read{.sql = sql, .params = &params, .outcome = &outcome, .resume = std::move(resume)};
    asio::post(context_, [this, read = std::move(read)]() mutable { start_read(std::move(read)); });
  });
  co_return outcome;
}

void Pool::start_read(Read read) {
  if (waiting_reads_.size() >= settings_.waiting_max) {
    read.resume(unavailable("too many reads wait for PostgreSQL"));
    return;
  }
  read.deadline = std::chrono::steady_clock::now() + settings_.wait_timeout;
  waiting_reads_.push_back(std::move(read));
  dispatch_reads();
}

void Pool::dispatch_reads() {
  while (!waiting_reads_.empty()) {
    const auto least =
        std::ranges::min_element(readers_, {}, [](const ConnectionPtr& reader) { return reader->in_flight(); });
    if (least == readers_.end() || (*least)->in_flight() >= kPipelineMax) return;
    const ConnectionPtr connection = *least;
    Read read = std::move(waiting_reads_.front());
    waiting_reads_.pop_front();
    send_read(*connection, std::move(read));
    if (!connection->is_open()) std::erase(readers_, connection);
  }
}

void Pool::send_read(Connection& connection, Read read) {
  Command command{.sql = read.sql, .params = read.params};
  command.done = [this, read = std::move(read)](Outcome outcome) mutable {
    if (!outcome.result && !read.repeated) {
      read.repeated = true;
      asio::post(context_, [this, again = std::move(read)]() mutable { start_read(std::move(again)); });
      return;
    }
    *read.outcome = std::move(outcome);
    read.resume(nullptr);
    if (!waiting_reads_.empty()) dispatch_reads();
  };
  connection.send(std::move(command));
}

// Writers.

Task<Pool::ConnectionPtr> Pool::borrow_writer() {
  while (!idle_writers_.empty()) {
    ConnectionPtr connection = std::move(idle_writers_.back());
    idle_writers_.pop_back();
    if (connection->is_open()) co_return connection;
  }
  ConnectionPtr connection;
  co_await db::suspend_until([&, this](db::Resume resume) {
    if (waiting_writers_.size() >= settings_.waiting_max) {
      resume(unavailable("too many transactions wait for PostgreSQL"));
      return;
    }
    waiting_writers_.push_back(
        {&connection, std::move(resume), std::chrono::steady_clock::now() + settings_.wait_timeout});
  });
  co_return connection;
}

void Pool::lend_writer(ConnectionPtr connection) {
  if (!connection->is_open()) return;  // its keeper brings another
  if (waiting_writers_.empty()) {
    idle_writers_.push_back(std::move(connection));
    return;
  }
  WriterWait next = std::move(waiting_writers_.front());
  waiting_writers_.pop_front();
  *next.connection = std::move(connection);
  next.resume(nullptr);
}

Task<void> Pool::transact(Body body) {
  co_await db::suspend_until([this, body = std::move(body)](db::Resume resume) mutable {
    asio::co_spawn(context_, run_transaction(std::move(body)), std::move(resume));
  });
}

// BEGIN travels with the first statement. As in SQLite, a failed statement fails the transaction whatever the body
// makes of it.
class Pool::OpenTransaction final : public db::Transaction {
 public:
  OpenTransaction(Connection& connection, const PostgresSettings& settings, db::Metrics* metrics)
      : connection_(connection), settings_(settings), metrics_(metrics) {}

  Task<db::Rows> run(const db::Query& query, db::Params params) override {
    if (failure_) std::rethrow_exception(failure_);
    db::QueryTimer timer(metrics_, query.name);
    try {
      const bool begin = !std::exchange(begun_, true);
      const Outcome outcome = co_await connection_.execute(query, params, begin);
      again_ = !outcome.result || outcome.worth_another_try();
      db::Rows rows = to_rows(query.name, outcome, settings_.result_bytes_max);
      timer.ok();
      co_return rows;
    } catch (const DatabaseError&) {
      failure_ = std::current_exception();
      throw;
    }
  }

  Task<std::vector<db::Rows>> run_each(const db::Query& query, std::vector<db::Params> rows) override {
    std::vector<db::Rows> all;
    if (rows.empty()) co_return all;
    if (failure_) std::rethrow_exception(failure_);
    db::QueryTimer timer(metrics_, query.name);
    try {
      const bool begin = !std::exchange(begun_, true);
      const std::vector<Outcome> outcomes = co_await connection_.execute_each(query, rows, begin);
      for (const Outcome& outcome : outcomes) {  // after one that failed the others only say that they were too late
        again_ = !outcome.result || outcome.worth_another_try();
        all.push_back(to_rows(query.name, outcome, settings_.result_bytes_max));
      }
      timer.ok();
      co_return all;
    } catch (const DatabaseError&) {
      failure_ = std::current_exception();
      throw;
    }
  }

  bool begun() const { return begun_; }
  bool again() const { return again_; }
  const std::exception_ptr& failure() const { return failure_; }

 private:
  Connection& connection_;
  const PostgresSettings& settings_;
  db::Metrics* metrics_;
  bool begun_ = false;
  bool again_ = false;
  std::exception_ptr failure_;
};

Task<void> Pool::run_transaction(Body body) {
  asio::steady_timer timer(context_);
  for (int attempts = 1;; ++attempts) {
    const ConnectionPtr connection = co_await borrow_writer();
    const Attempt result = co_await attempt(*connection, body);
    lend_writer(connection);
    if (!result.failure) co_return;
    if (!result.again || attempts >= settings_.body_attempts_max) std::rethrow_exception(result.failure);
    timer.expires_after(jittered(milliseconds(2 << attempts)));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<Pool::Attempt> Pool::attempt(Connection& connection, const Body& body) {
  OpenTransaction transaction(connection, settings_, metrics_);
  Attempt result;
  try {
    co_await admit_();  // the right to write may have been lost while this waited, or since the last attempt
    co_await body(transaction);
  } catch (...) {
    result.failure = std::current_exception();
  }
  if (!result.failure) result.failure = transaction.failure();
  if (!transaction.begun()) co_return result;
  if (!result.failure) co_return co_await commit(connection);
  result.again = transaction.again();
  const Outcome rolled_back = co_await connection.control("ROLLBACK");
  if (rolled_back.failed()) connection.close("a rollback failed");
  co_return result;
}

Task<Pool::Attempt> Pool::commit(Connection& connection) {
  const Outcome outcome = co_await connection.control("COMMIT");
  if (!outcome.result) {
    co_return Attempt{
        unavailable(fmt::format("PostgreSQL was lost during COMMIT, whose outcome is unknown: {}", outcome.lost))};
  }
  if (outcome.failed())
    co_return Attempt{std::make_exception_ptr(outcome.error("commit")), outcome.worth_another_try()};
  if (metrics_) metrics_->committed(1);
  co_return Attempt{};
}

}  // namespace open_cicd::postgres
