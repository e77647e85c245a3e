#include "adapters/postgres/postgres.h"

#include "adapters/postgres/libpq.h"
#include "adapters/postgres/pool.h"
#include "contract/db_contract.h"
#include "support/postgres_fixture.h"

namespace open_cicd::postgres {
namespace {

using db::DatabaseError;
using db::DbContract;

class PostgresDatabase final : public db::TestDatabase {
 public:
  explicit PostgresDatabase(const std::string& address)
      : owned_(address.empty()), url_(owned_ ? PostgresFixture::instance().create_database() : address) {}
  ~PostgresDatabase() override {
    if (owned_) PostgresFixture::instance().drop_database(url_.substr(url_.rfind('/') + 1));
  }
  std::unique_ptr<db::Database> open(db::Metrics* metrics) override { return open_postgres({.url = url_}, metrics); }
  std::string address() const override { return url_; }
  bool is_script_running() override {
    return PostgresFixture::query(url_,
                                  "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                  " AND wait_event = 'PgSleep'") != "0";
  }

 private:
  bool owned_;
  std::string url_;
};

std::unique_ptr<db::TestDatabase> make_postgres_database(const std::string& address) {
  return std::make_unique<PostgresDatabase>(address);
}

TEST(Libpq, SaysWhatToInstallWhenItIsMissing) {
  // A process of its own: here the library may be loaded already.
  EXPECT_EXIT(
      {
        try {
          load_libpq("libpq.so.none");
        } catch (const DatabaseError& e) {
          fmt::print(stderr, "{}", e.what());
          std::exit(e.kind() == DatabaseError::Kind::statement ? 7 : 1);
        }
        std::exit(0);
      },
      testing::ExitedWithCode(7), "libpq\\.so\\.none.*install the package libpq5");
}

INSTANTIATE_TEST_SUITE_P(Postgres, DbContract, testing::Values(&make_postgres_database));

// What only PostgreSQL has: a server that can go away.
class PostgresTest : public DbContract {
 protected:
  std::unique_ptr<db::Database> open(PostgresSettings settings) {
    settings.url = database_->address();
    return open_postgres(settings);
  }

  // Adds to the counter until told to stop; counts what was acknowledged, and what has an unknown outcome.
  struct Load {
    std::atomic<bool> stop = false;
    std::atomic<int> acknowledged = 0;
    std::atomic<int> unknown = 0;
  };
  static Task<void> add_until_stopped(db::Session& session, Load& load) {
    while (!load.stop) {
      try {
        co_await session.transact([](db::Transaction& tx) -> Task<void> {
          co_await tx.run(db::kAddToCounter, {std::string("a")});
          co_await tx.run(db::kGetCounter, {});
        });
        ++load.acknowledged;
        co_await session.read(db::kGetCounter, {});
      } catch (const DatabaseError& e) {
        EXPECT_EQ(e.kind(), DatabaseError::Kind::unavailable) << e.what();
        ++load.unknown;
      }
    }
  }

  // Runs the load, does `harm` in the middle, and expects it to go on and every acknowledged addition to be there.
  void survive(const std::function<void()>& harm) {
    create_counters();
    Load load;
    std::vector<std::future<void>> workers;
    for (std::size_t i = 0; i < 8; ++i)
      workers.push_back(asio::co_spawn(cores_.at(i), add_until_stopped(*session_, load), asio::use_future));
    EXPECT_TRUE(db::eventually([&] { return load.acknowledged > 100; }));
    harm();
    const int before = load.acknowledged;
    EXPECT_TRUE(db::eventually([&] { return load.acknowledged > before + 100; }));
    load.stop = true;
    for (auto& worker : workers) worker.get();
    EXPECT_GE(counter(), load.acknowledged);
    EXPECT_LE(counter(), load.acknowledged + load.unknown);
  }
};

INSTANTIATE_TEST_SUITE_P(Own, PostgresTest, testing::Values(&make_postgres_database));

TEST_P(PostgresTest, SurvivesACrashOfTheServer) {
  auto& server = PostgresFixture::instance();
  if (!server.owns_server()) GTEST_SKIP() << "NOT TESTED: the server is not ours to kill";
  survive([&] {
    server.kill_server();
    server.start_server();
  });
}

TEST_P(PostgresTest, ACommitIsOnTheDiskAlsoWhereTheDatabaseSaysOtherwise) {
  const std::string name = database_->address().substr(database_->address().rfind('/') + 1);
  for (const auto& [said, used] : {std::pair("off", "on"), std::pair("local", "local"), std::pair("on", "on")}) {
    PostgresFixture::query(database_->address(),
                           fmt::format("ALTER DATABASE \"{}\" SET synchronous_commit = {}", name, said));
    session_ = open({});
    constexpr db::Query shown{"shown", "SELECT current_setting('synchronous_commit')"};
    EXPECT_EQ(read(shown).text(0, 0), used);
    EXPECT_EQ(write(shown).text(0, 0), used);
  }
}

TEST_P(PostgresTest, SurvivesTerminatedConnections) {
  survive([&] {
    PostgresFixture::query(database_->address(),
                           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                           " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  });
}

TEST_P(PostgresTest, ATransactionThatLosesItsConnectionRunsAgain) {
  create_counters();
  auto runs = std::make_shared<std::atomic<int>>(0);
  auto body = [runs](db::Transaction& tx) -> Task<void> {
    co_await tx.run(db::kAddToCounter, {std::string("a")});
    if ((*runs)++ == 0) co_await tx.run({"suicide", "SELECT pg_terminate_backend(pg_backend_pid())"}, {});
  };
  run([&]() -> Task<void> { co_await session_->transact(body); });
  EXPECT_EQ(*runs, 2);
  EXPECT_EQ(counter(), 1);
}

// What became of it nobody knows, so it is the caller's to ask: a body that ran again could do its work twice.
TEST_P(PostgresTest, ATransactionWhoseCommitIsNotAnsweredDoesNotRunAgain) {
  if (!PostgresFixture::instance().owns_server()) GTEST_SKIP() << "NOT TESTED: the server is not ours to kill";
  create_counters();
  // Runs within COMMIT: the connection ends there without a word. The server then starts anew by itself.
  write({"killer",
         "CREATE FUNCTION kill_own_process() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
         "EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'kill -9 ' || pg_backend_pid()); RETURN NULL; END $$"});
  write({"deferred",
         "CREATE CONSTRAINT TRIGGER deadly AFTER UPDATE ON counters DEFERRABLE INITIALLY DEFERRED "
         "FOR EACH ROW EXECUTE FUNCTION kill_own_process()"});
  std::atomic<int> runs = 0;
  auto body = [&runs](db::Transaction& tx) -> Task<void> {
    ++runs;
    co_await tx.run(db::kAddToCounter, {std::string("a")});
  };
  std::string said;
  try {
    run([&]() -> Task<void> { co_await session_->transact(body); });
  } catch (const DatabaseError& e) {
    EXPECT_EQ(e.kind(), DatabaseError::Kind::unavailable);
    said = e.what();
  }
  EXPECT_TRUE(said.contains("lost during COMMIT")) << said;
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(db::eventually([&] {
    try {
      return counter() == 0;
    } catch (const DatabaseError&) {
      return false;  // it is still starting
    }
  }));
}

// A pool whose right to write ends when `may_write` is told so.
struct RevocablePool {
  explicit RevocablePool(std::string url) : settings{.url = std::move(url), .writers_per_core = 1} {
    pool.wait_until_open();
  }
  PostgresSettings settings;
  std::atomic<bool> may_write = true;
  Pool pool{settings, nullptr, [this]() -> Task<void> {
              if (!may_write) throw DatabaseError(DatabaseError::Kind::unavailable, "no lock");
              co_return;
            }};
};

TEST_P(PostgresTest, ATransactionThatGetsItsConnectionAfterTheLockWasLostDoesNotRun) {
  create_counters();
  RevocablePool revocable(database_->address());
  std::atomic<int> late_runs = 0;
  std::future<void> late;
  const auto body_of_late = [&late_runs](db::Transaction& tx) -> Task<void> {
    ++late_runs;
    co_await tx.run(db::kAddToCounter, {std::string("a")});
  };
  run([&]() -> Task<void> {
    co_await revocable.pool.transact([&](db::Transaction& tx) -> Task<void> {
      co_await tx.run(db::kAddToCounter, {std::string("a")});  // now it has the only connection
      late = asio::co_spawn(cores_.at(1), revocable.pool.transact(body_of_late), asio::use_future);
      revocable.may_write = false;
    });
  });
  EXPECT_EQ(failure_of([&] { late.get(); }), DatabaseError::Kind::unavailable);
  EXPECT_EQ(late_runs, 0);
  EXPECT_EQ(counter(), 1);
  revocable.may_write = true;  // the connection was given back
  run([&]() -> Task<void> { co_await revocable.pool.transact(body_of_late); });
  EXPECT_EQ(counter(), 2);
}

TEST_P(PostgresTest, ATransactionIsNotRepeatedAfterTheLockWasLost) {
  create_counters();
  RevocablePool revocable(database_->address());
  std::atomic<int> runs = 0;
  const auto body = [&](db::Transaction& tx) -> Task<void> {
    ++runs;
    co_await tx.run(db::kAddToCounter, {std::string("a")});
    if (!revocable.may_write.exchange(false)) co_return;
    co_await tx.run({"suicide", "SELECT pg_terminate_backend(pg_backend_pid())"}, {});
  };
  const auto transact = [&] { run([&]() -> Task<void> { co_await revocable.pool.transact(body); }); };
  EXPECT_EQ(failure_of(transact), DatabaseError::Kind::unavailable);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(counter(), 0);
}

TEST_P(PostgresTest, ADeadlockRunsTheBodyAgain) {
  create_counters();
  write(db::kInsertCounter, {std::string("b"), 0});
  std::atomic<int> runs = 0;
  std::atomic<int> first_locks = 0;
  run_many(2, [&](std::size_t i) -> Task<void> {
    auto body = [i, &runs, &first_locks](db::Transaction& tx) -> Task<void> {
      ++runs;
      co_await tx.run(db::kAddToCounter, {std::string(i == 0 ? "a" : "b")});
      ++first_locks;
      // Only when both hold their first row do they reach for the other's.
      while (first_locks < 2) co_await tx.run(db::kGetCounter, {});
      co_await tx.run(db::kAddToCounter, {std::string(i == 0 ? "b" : "a")});
    };
    co_await session_->transact(body);
  });
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(read({"sum", "SELECT sum(value) FROM counters"}).integer(0, 0), 4);
}

TEST_P(PostgresTest, M3_ASlowStatementIsStopped) {
  session_ = open({.statement_timeout = std::chrono::milliseconds(50)});
  constexpr db::Query slow{"slow", "SELECT 1 FROM pg_sleep(60)"};
  EXPECT_EQ(failure_of([&] { read(slow); }), DatabaseError::Kind::unavailable);
  EXPECT_EQ(failure_of([&] { write(slow); }), DatabaseError::Kind::unavailable);
  create_counters();
  EXPECT_EQ(counter(), 0);
}

TEST_P(PostgresTest, M3_ALockThatIsHeldIsUnavailable) {
  create_counters();
  session_ = open({.lock_timeout = std::chrono::milliseconds(50)});
  auto body = [this](db::Transaction& tx) -> Task<void> {
    co_await tx.run(db::kAddToCounter, {std::string("a")});
    bool refused = false;
    try {
      co_await session_->transact(
          [](db::Transaction& inner) -> Task<void> { co_await inner.run(db::kAddToCounter, {std::string("a")}); });
    } catch (const DatabaseError& e) {
      refused = e.kind() == DatabaseError::Kind::unavailable;
    }
    EXPECT_TRUE(refused);
  };
  run([&]() -> Task<void> { co_await session_->transact(body); });
  EXPECT_EQ(counter(), 1);
}

TEST_P(PostgresTest, WaitsAreBounded) {
  create_counters();
  session_ = open(
      {.readers_per_core = 1, .writers_per_core = 1, .waiting_max = 3, .wait_timeout = std::chrono::milliseconds(200)});
  std::atomic<int> refused = 0;
  run_many(40, [&](std::size_t) -> Task<void> {
    try {
      co_await session_->transact([](db::Transaction& tx) -> Task<void> {
        co_await tx.run({"hold", "SELECT 1 FROM pg_sleep(0.15)"}, {});
        co_await tx.run(db::kAddToCounter, {std::string("a")});
      });
    } catch (const DatabaseError& e) {
      EXPECT_EQ(e.kind(), DatabaseError::Kind::unavailable);
      ++refused;
    }
  });
  EXPECT_EQ(counter() + refused, 40);
  EXPECT_GT(counter(), 0);
  EXPECT_GT(refused, 30);
}

// Long before their time to wait is over.
TEST_P(PostgresTest, ACrowdThatWouldWaitIsRefusedAtOnce) {
  create_counters();
  session_ =
      open({.readers_per_core = 1, .writers_per_core = 1, .waiting_max = 3, .wait_timeout = std::chrono::seconds(60)});
  std::atomic<int> refused = 0;
  run_many(40, [&](std::size_t) -> Task<void> {
    try {
      co_await session_->transact(
          [](db::Transaction& tx) -> Task<void> { co_await tx.run({"hold", "SELECT 1 FROM pg_sleep(0.15)"}, {}); });
    } catch (const DatabaseError&) {
      ++refused;
    }
  });
  EXPECT_GT(refused, 20);
}

TEST_P(PostgresTest, ConcurrentReadsOfOneConnectionGetTheirOwnAnswers) {
  session_ = open({.readers_per_core = 1});
  std::atomic<int> in_order = 0;
  run_many(64, [&](std::size_t i) -> Task<void> {
    const db::Rows rows =
        co_await session_->read({"echo", "SELECT CAST($1 AS bigint)"}, {static_cast<std::int64_t>(i)});
    if (rows.integer(0, 0) == static_cast<std::int64_t>(i)) ++in_order;
  });
  EXPECT_EQ(in_order, 64);
}

TEST_P(PostgresTest, AServerThatIsNotThereIsUnavailable) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(
      open_postgres({.url = "postgres://postgres@127.0.0.1:1/x", .connect_timeout = std::chrono::milliseconds(200)}),
      DatabaseError);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace open_cicd::postgres
