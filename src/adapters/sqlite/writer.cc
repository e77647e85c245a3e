#include "adapters/sqlite/writer.h"

#include "base/log.h"

#include <pthread.h>

namespace open_cicd::sqlite {
namespace {

using db::DatabaseError;

constexpr db::Query kBegin{.name = "begin", .sql = "BEGIN IMMEDIATE"};
constexpr db::Query kCommit{.name = "commit", .sql = "COMMIT"};
constexpr db::Query kRollback{.name = "rollback", .sql = "ROLLBACK"};
constexpr db::Query kSavepoint{.name = "savepoint", .sql = "SAVEPOINT body"};
constexpr db::Query kRelease{.name = "release", .sql = "RELEASE body"};
constexpr db::Query kRollbackTo{.name = "rollback_to", .sql = "ROLLBACK TO body"};

}  // namespace

// After a statement failed, further ones of the same body fail too, and the body rolls back even if it caught the
// error: as in PostgreSQL.
class Writer::OpenTransaction final : public db::Transaction {
 public:
  OpenTransaction(Connection& connection, db::Metrics* metrics) : connection_(connection), metrics_(metrics) {}

  Task<db::Rows> run(const db::Query& query, db::Params params) override {
    if (failure_) std::rethrow_exception(failure_);
    db::QueryTimer timer(metrics_, query.name);
    try {
      db::Rows rows = connection_.run(query, params);
      timer.ok();
      co_return rows;
    } catch (const DatabaseError&) {
      failure_ = std::current_exception();
      throw;
    }
  }
  const std::exception_ptr& failure() const { return failure_; }

 private:
  Connection& connection_;
  db::Metrics* metrics_;
  std::exception_ptr failure_;
};

Writer::Writer(const SqliteSettings& settings, db::Metrics* metrics)
    : settings_(settings), metrics_(metrics), connection_(settings, Access::read_write), thread_([this] { loop(); }) {
  pthread_setname_np(thread_.native_handle(), "sqlite-writer");
}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void Writer::submit(Body body, db::Resume resume) {
  enqueue({.body = std::move(body), .resume = std::move(resume)});
}

void Writer::submit_script(std::function<void(Connection&)> script, db::Resume resume) {
  enqueue({.script = std::move(script), .resume = std::move(resume)});
}

void Writer::enqueue(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < settings_.waiting_writes_max && !stopping_) {
      waiting_.push_back(std::move(job));
      work_.notify_one();
      return;
    }
  }
  job.resume(std::make_exception_ptr(
      DatabaseError(DatabaseError::Kind::unavailable, "too many writes wait for the database")));
}

bool Writer::wait_for_work() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  return !waiting_.empty();
}

std::optional<Writer::Job> Writer::next_body() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty() || waiting_.front().script) return std::nullopt;
  std::optional<Job> job(std::move(waiting_.front()));
  waiting_.pop_front();
  return job;
}

void Writer::loop() {
  while (wait_for_work()) {
    run_group();
    std::unique_lock lock(mutex_);
    if (waiting_.empty() || !waiting_.front().script) continue;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    run_script(std::move(job));
  }
}

void Writer::run_script(Job job) {
  try {
    job.script(connection_);
  } catch (...) {
    job.failure = std::current_exception();
  }
  job.resume(job.failure);
}

void Writer::run_group() {
  std::optional<Job> job = next_body();
  if (!job) return;
  std::vector<Job> group;
  std::exception_ptr broken;
  const auto end = std::chrono::steady_clock::now() + settings_.group_time_max;
  try {
    connection_.run(kBegin, {});
    while (job) {
      group.push_back(std::move(*job));
      job.reset();
      run_body(group.back());
      if (group.size() < settings_.group_writes_max && std::chrono::steady_clock::now() < end) job = next_body();
    }
    connection_.run(kCommit, {});
    if (metrics_) metrics_->committed(group.size());
  } catch (const DatabaseError& e) {
    broken = std::current_exception();
    log_error("a commit failed", {{"transactions", group.size() + (job ? 1 : 0)}, {"error", e.what()}});
    if (job) group.push_back(std::move(*job));
    try {
      if (connection_.in_transaction()) connection_.run(kRollback, {});
    } catch (const DatabaseError& again) {
      log_error("a rollback failed", {{"error", again.what()}});
    }
  }
  for (Job& done : group) done.resume(done.failure ? done.failure : broken);
}

// Leaves the group's transaction open, with or without the body's changes; throws when the whole group is lost.
void Writer::run_body(Job& job) {
  connection_.run(kSavepoint, {});
  job.failure = run_to_end(job.body);
  if (!connection_.in_transaction()) {  // SQLite rolled everything back: the disk is full or broken
    if (job.failure) std::rethrow_exception(job.failure);
    throw DatabaseError(DatabaseError::Kind::unavailable, "the transaction was rolled back by the database");
  }
  if (job.failure) connection_.run(kRollbackTo, {});
  connection_.run(kRelease, {});
}

std::exception_ptr Writer::run_to_end(const Body& body) {
  OpenTransaction transaction(connection_, metrics_);
  auto run = [](const Body& call, db::Transaction& tx) -> Task<void> { co_await call(tx); };
  bool ended = false;
  std::exception_ptr failure;
  asio::co_spawn(context_, run(body, transaction), [&](std::exception_ptr thrown) {
    ended = true;
    failure = thrown;
  });
  context_.restart();
  // A statement completes at once, so one pass is the rule. A body that awaits anything else delays everybody, but
  // stays right.
  while (!ended && context_.run_one() > 0) {
  }
  if (!ended)
    return std::make_exception_ptr(DatabaseError(DatabaseError::Kind::statement, "a transaction's body never ends"));
  return failure ? failure : transaction.failure();
}

}  // namespace open_cicd::sqlite
