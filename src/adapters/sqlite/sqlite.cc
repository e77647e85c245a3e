#include "adapters/sqlite/sqlite.h"

#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/owner.h"
#include "adapters/sqlite/writer.h"

#include <mutex>

namespace open_cicd::sqlite {
namespace {

// Connections for reading: as many as threads ever read at the same time.
class Readers {
 public:
  explicit Readers(const SqliteSettings& settings) : settings_(settings) {}

  db::Rows run(const db::Query& query, const db::Params& params) {
    const Borrowed reader(*this);
    return reader.connection->run(query, params);
  }

 private:
  struct Borrowed {
    explicit Borrowed(Readers& readers) : owner(readers), connection(readers.take()) {}
    ~Borrowed() { owner.give_back(std::move(connection)); }
    Borrowed(const Borrowed&) = delete;
    Readers& owner;
    std::unique_ptr<Connection> connection;
  };

  std::unique_ptr<Connection> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    return std::make_unique<Connection>(settings_, Access::read_only);
  }

  void give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }

  const SqliteSettings& settings_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

// read() runs on the calling thread: a look-up by key takes 2 µs, less than handing it to another thread.
class SqliteSession final : public db::Database {
 public:
  SqliteSession(SqliteSettings settings, db::Metrics* metrics)
      : settings_(std::move(settings)), metrics_(metrics), writer_(settings_, metrics), readers_(settings_) {}

  Task<db::Rows> read(const db::Query& query, db::Params params) override {
    db::QueryTimer timer(metrics_, query.name);
    db::Rows rows = readers_.run(query, params);
    timer.ok();
    co_return rows;
  }

  Task<void> transact(std::function<Task<void>(db::Transaction&)> body) override {
    auto start = [this, body = std::move(body)](db::Resume resume) mutable {
      writer_.submit(std::move(body), std::move(resume));
    };
    co_await db::suspend_until(std::move(start));
  }

  Task<bool> run_script(std::string_view script, const db::Query& mark, db::Params params) override {
    bool ran = false;
    auto work = [&, text = std::string(script)](Connection& connection) {
      ran = run_marked(connection, text, mark, params);
    };
    auto start = [this, work = std::move(work)](db::Resume resume) mutable {
      writer_.submit_script(work, std::move(resume));
    };
    co_await db::suspend_until(std::move(start));
    co_return ran;
  }

  Task<Result<void>> own(std::function<void()>) override { co_return owner_.take(settings_.path); }

  Task<bool> give_back_space() override {
    bool more = false;
    auto work = [&more](Connection& connection) { more = connection.give_back_pages(); };
    auto start = [this, work = std::move(work)](db::Resume resume) mutable {
      writer_.submit_script(work, std::move(resume));
    };
    co_await db::suspend_until(std::move(start));
    co_return more;
  }

  std::string_view engine() const override { return "sqlite"; }

 private:
  static bool run_marked(Connection& connection, const std::string& script, const db::Query& mark,
                         const db::Params& params) {
    connection.execute("BEGIN IMMEDIATE");
    try {
      const bool wanted = connection.run(mark, params).affected() > 0;
      if (wanted) connection.execute(script.c_str());
      connection.execute("COMMIT");
      return wanted;
    } catch (const db::DatabaseError&) {
      if (connection.in_transaction()) connection.execute("ROLLBACK");
      throw;
    }
  }

  const SqliteSettings settings_;
  db::Metrics* metrics_;
  Owner owner_;  // outlives the connections
  Writer writer_;
  Readers readers_;
};

}  // namespace

std::unique_ptr<db::Database> open_sqlite(SqliteSettings settings, db::Metrics* metrics) {
  return std::make_unique<SqliteSession>(std::move(settings), metrics);
}

}  // namespace open_cicd::sqlite
