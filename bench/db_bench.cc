// The database adapters beside a bare loop of the C API, in one run on one disk.
//   db_bench sqlite FOLDER [small]        db_bench postgres URL [small]     (an empty database; its table bench is made
//   and dropped)
#include "adapters/postgres/postgres.h"
#include "adapters/sqlite/sqlite.h"
#include "client/row.h"

#include <boost/asio/use_future.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <list>
#include <thread>

namespace open_cicd {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kCallers = 256;
struct Sizes {
  int lone_writes = 1500;
  int reads = 50'000;
  int grouped_writes = 60'000;
};
Sizes sizes;  // set once by main
constexpr db::Query kDrop{"drop", "DROP TABLE IF EXISTS bench"};
constexpr db::Query kCreate{"create",
                            "CREATE TABLE bench (id bigint PRIMARY KEY, name text NOT NULL, data text NOT NULL)"};
constexpr db::Query kInsert{"insert", "INSERT INTO bench (id, name, data) VALUES ($1, $2, $3)"};
constexpr db::Query kSelect{"select", "SELECT id, name, data FROM bench WHERE id = $1"};
const std::string kData(120, 'd');

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median_us(std::vector<double> seconds) {
  std::ranges::nth_element(seconds, seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2));
  return seconds[seconds.size() / 2] * 1e6;
}

// What one engine can do without us.
struct Bare {
  double lone_insert_us;
  double grouped_per_second;  // 100 a commit
  double read_us;
};

db::Params row(std::int64_t id) {
  return {id, std::string("name"), kData};
}

Task<void> insert(db::Session& session, std::int64_t id) {
  co_await session.transact([id](db::Transaction& tx) -> Task<void> { co_await tx.run(kInsert, row(id)); });
}

Task<void> create(db::Session& session) {
  co_await session.transact([](db::Transaction& tx) -> Task<void> {
    co_await tx.run(kDrop, {});
    co_await tx.run(kCreate, {});
  });
}

Task<std::vector<double>> lone_inserts(db::Session& session) {
  std::vector<double> times;
  for (int i = 0; i < sizes.lone_writes; ++i) {
    const auto start = Clock::now();
    co_await insert(session, i);
    times.push_back(seconds_since(start));
  }
  co_return times;
}

Task<void> inserts(db::Session& session, std::int64_t first, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) co_await insert(session, first + i);
}

Task<void> reads(db::Session& session, int count) {
  for (int i = 0; i < count; ++i) co_await session.read(kSelect, {std::int64_t{i % sizes.lone_writes}});
}

// Runs `tasks` on one io_context, as one core of the server does; returns the seconds.
double on_one_core(std::vector<Task<void>> tasks) {
  asio::io_context context(1);
  for (auto& task : tasks) {
    asio::co_spawn(context, std::move(task), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  const auto start = Clock::now();
  context.run();
  return seconds_since(start);
}

void measure(db::Session& session, const Bare& bare) {
  asio::io_context context(1);
  auto times = asio::co_spawn(
      context,
      [](db::Session& s) -> Task<std::vector<double>> {
        co_await create(s);
        co_return co_await lone_inserts(s);
      }(session),
      asio::use_future);
  context.run();
  const auto id = [&](std::string_view what) { return fmt::format("db.{}_{}", session.engine(), what); };
  bench::emit(id("insert"), {median_us(times.get())}, {bare.lone_insert_us});

  std::vector<Task<void>> one;
  one.push_back(reads(session, sizes.reads));
  bench::emit(id("read"), {on_one_core(std::move(one)) / sizes.reads * 1e6}, {bare.read_us});

  std::vector<Task<void>> readers;
  for (int i = 0; i < kCallers; ++i) readers.push_back(reads(session, sizes.reads / kCallers));
  bench::emit(id("read_many"), {on_one_core(std::move(readers)) / sizes.reads * 1e6}, {bare.read_us});

  std::vector<Task<void>> writers;
  const int each = sizes.grouped_writes / kCallers;
  for (int i = 0; i < kCallers; ++i) writers.push_back(inserts(session, 1'000'000 + std::int64_t{i} * each, each));
  bench::emit(id("group"), {each * kCallers / on_one_core(std::move(writers))}, {bare.grouped_per_second});
}

// SQLite

void must(bool right, const char* what) {
  if (right) return;
  fmt::print(stderr, "{} failed\n", what);
  std::exit(1);
}

class BareSqlite {
 public:
  explicit BareSqlite(const std::string& path) {
    must(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK, "open");
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    run(std::string(kCreate.sql).c_str());
    sqlite3_prepare_v2(handle_, "INSERT INTO bench VALUES (?, ?, ?)", -1, &insert_, nullptr);
    sqlite3_prepare_v2(handle_, "SELECT id, name, data FROM bench WHERE id = ?", -1, &select_, nullptr);
  }
  ~BareSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(select_);
    sqlite3_close(handle_);
  }
  void run(const char* sql) { must(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql); }
  void insert(std::int64_t id) {
    sqlite3_bind_int64(insert_, 1, id);
    sqlite3_bind_text(insert_, 2, "name", 4, SQLITE_STATIC);
    sqlite3_bind_text(insert_, 3, kData.data(), static_cast<int>(kData.size()), SQLITE_STATIC);
    must(sqlite3_step(insert_) == SQLITE_DONE, "insert");
    sqlite3_reset(insert_);
  }
  void select(std::int64_t id) {
    sqlite3_bind_int64(select_, 1, id);
    must(sqlite3_step(select_) == SQLITE_ROW, "select");
    sqlite3_reset(select_);
  }

 private:
  sqlite3* handle_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
};

Bare measure_bare_sqlite(const std::string& path) {
  BareSqlite bare(path);
  std::vector<double> times;
  for (int i = 0; i < sizes.lone_writes; ++i) {
    const auto start = Clock::now();
    bare.insert(i);
    times.push_back(seconds_since(start));
  }
  auto start = Clock::now();
  for (int i = 0; i < sizes.reads; ++i) bare.select(i % sizes.lone_writes);
  const double read_us = seconds_since(start) / sizes.reads * 1e6;
  start = Clock::now();
  for (int i = 0; i < sizes.grouped_writes; ++i) {
    if (i % 100 == 0) bare.run("BEGIN IMMEDIATE");
    bare.insert(1'000'000 + i);
    if (i % 100 == 99) bare.run("COMMIT");
  }
  return {median_us(std::move(times)), sizes.grouped_writes / seconds_since(start), read_us};
}

// PostgreSQL: synchronous libpq on one connection; the grouped case pipelines 100 inserts in one transaction.

class BarePostgres {
 public:
  explicit BarePostgres(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    PQclear(PQexec(connection_, "DROP TABLE IF EXISTS bench"));
    PQclear(PQexec(connection_, std::string(kCreate.sql).c_str()));
    PQclear(PQprepare(connection_, "insert", std::string(kInsert.sql).c_str(), 0, nullptr));
    PQclear(PQprepare(connection_, "select", std::string(kSelect.sql).c_str(), 0, nullptr));
  }
  ~BarePostgres() { PQfinish(connection_); }

  void insert(std::int64_t id) {
    const std::string number = std::to_string(id);
    const char* values[] = {number.c_str(), "name", kData.c_str()};
    finish(PQexecPrepared(connection_, "insert", 3, values, nullptr, nullptr, 0), PGRES_COMMAND_OK);
  }
  void select(std::int64_t id) {
    const std::string number = std::to_string(id);
    const char* values[] = {number.c_str()};
    finish(PQexecPrepared(connection_, "select", 1, values, nullptr, nullptr, 1), PGRES_TUPLES_OK);
  }
  void insert_group(std::int64_t first, int count) {
    PQenterPipelineMode(connection_);
    PQsendQueryParams(connection_, "BEGIN", 0, nullptr, nullptr, nullptr, nullptr, 0);
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(first + i);
      const char* values[] = {number.c_str(), "name", kData.c_str()};
      PQsendQueryPrepared(connection_, "insert", 3, values, nullptr, nullptr, 0);
    }
    PQsendQueryParams(connection_, "COMMIT", 0, nullptr, nullptr, nullptr, nullptr, 0);
    PQpipelineSync(connection_);
    for (;;) {
      PGresult* result = PQgetResult(connection_);
      const bool last = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
      PQclear(result);
      if (last) break;
    }
    PQexitPipelineMode(connection_);
  }

 private:
  void finish(PGresult* result, ExecStatusType expected) {
    must(PQresultStatus(result) == expected, PQerrorMessage(connection_));
    PQclear(result);
  }
  PGconn* connection_;
};

Bare measure_bare_postgres(const std::string& url) {
  BarePostgres bare(url);
  std::vector<double> times;
  for (int i = 0; i < sizes.lone_writes; ++i) {
    const auto start = Clock::now();
    bare.insert(i);
    times.push_back(seconds_since(start));
  }
  auto start = Clock::now();
  for (int i = 0; i < sizes.reads; ++i) bare.select(i % sizes.lone_writes);
  const double read_us = seconds_since(start) / sizes.reads * 1e6;
  start = Clock::now();
  for (int i = 0; i < sizes.grouped_writes; i += 100) bare.insert_group(1'000'000 + i, 100);
  return {median_us(std::move(times)), sizes.grouped_writes / seconds_since(start), read_us};
}

}  // namespace
}  // namespace open_cicd

int main(int count, char** arguments) {
  using namespace open_cicd;
  const std::string engine = count >= 3 ? arguments[1] : "";
  if (count > 3) sizes = {.lone_writes = 20, .reads = 512, .grouped_writes = 512};
  if (engine == "sqlite") {
    const std::string folder = arguments[2];
    const Bare bare = measure_bare_sqlite(folder + "/bare.db");
    measure(*sqlite::open_sqlite({.path = folder + "/ours.db"}), bare);
  } else if (engine == "postgres") {
    const Bare bare = measure_bare_postgres(arguments[2]);
    measure(*postgres::open_postgres({.url = arguments[2]}), bare);
  } else {
    fmt::print(stderr, "usage: db_bench sqlite FOLDER [small] | db_bench postgres URL [small]\n");
    return 2;
  }
}
