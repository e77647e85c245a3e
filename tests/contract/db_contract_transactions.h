// Contract: transactions, alone and in a crowd.
#pragma once

#include "contract/db_contract_fixture.h"

namespace open_cicd::db {

inline constexpr Query kSetCounter{"set_counter", "UPDATE counters SET value = $1 WHERE id = 'a'"};
inline constexpr Query kAddToCounter{"add_to_counter", "UPDATE counters SET value = value + 1 WHERE id = $1"};
inline constexpr Query kGetCounter{"get_counter", "SELECT value FROM counters WHERE id = 'a'"};
inline constexpr Query kInsertCounter{"insert_counter", "INSERT INTO counters (id, value) VALUES ($1, $2)"};

TEST_P(DbContract, ABodyThatThrowsIsRolledBackAndItsExceptionArrives) {
  create_counters();
  auto body = [](Transaction& tx) -> Task<void> {
    co_await tx.run(kSetCounter, {7});
    throw std::logic_error("thrown by the body");
  };
  EXPECT_THROW(run([&]() -> Task<void> { co_await session_->transact(body); }), std::logic_error);
  EXPECT_EQ(counter(), 0);
}

TEST_P(DbContract, AnErrorOfWriteIsReturnedAndRolledBack) {
  create_counters();
  auto refuse = [](Transaction& tx) -> Task<Result<int>> {
    co_await tx.run(kSetCounter, {7});
    co_return fail(ErrorKind::conflict, "lost", "Somebody else was first.");
  };
  const auto refused = run([&]() -> Task<Result<int>> { co_return co_await session_->write<int>(refuse); });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), "lost");
  EXPECT_EQ(counter(), 0);

  auto accept = [](Transaction& tx) -> Task<Result<int>> {
    co_await tx.run(kSetCounter, {8});
    co_return 42;
  };
  EXPECT_EQ(run([&]() -> Task<Result<int>> { co_return co_await session_->write<int>(accept); }).value(), 42);
  EXPECT_EQ(counter(), 8);
}

TEST_P(DbContract, ATransactionSeesItsOwnWritesAndNobodyElseDoes) {
  create_counters();
  auto body = [this](Transaction& tx) -> Task<void> {
    co_await tx.run(kSetCounter, {5});
    const Rows own = co_await tx.run(kGetCounter, {});
    EXPECT_EQ(own.integer(0, 0), 5);
    EXPECT_EQ((co_await session_->read(kGetCounter, {})).integer(0, 0), 0);
  };
  run([&]() -> Task<void> { co_await session_->transact(body); });
  EXPECT_EQ(counter(), 5);
}

TEST_P(DbContract, AStatementForEachOfManyRowsGivesTheRowsOfAll) {
  create_counters();
  static constexpr int many = 250;
  static constexpr Query insert{"insert_each", "INSERT INTO counters (id, value) VALUES ($1, $2) RETURNING value, id"};
  auto body = [](Transaction& tx) -> Task<void> {
    EXPECT_TRUE((co_await tx.run_each(insert, {})).empty());
    std::vector<Params> rows;
    for (int i = 0; i < many; ++i) rows.push_back({fmt::format("row {}", i), std::int64_t{i}});
    const std::vector<Rows> all = co_await tx.run_each(insert, std::move(rows));
    EXPECT_EQ(all.size(), std::size_t{many});
    for (int i = 0; i < many; ++i) {
      EXPECT_EQ(all[i].integer(0, 0), i);
      EXPECT_EQ(all[i].text(0, 1), fmt::format("row {}", i));
    }
    co_await tx.run(kSetCounter, {many});
  };
  run([&]() -> Task<void> { co_await session_->transact(body); });
  EXPECT_EQ(counter(), many);
}

TEST_P(DbContract, OneRowOfManyThatIsRefusedRollsAllBack) {
  create_counters();
  auto body = [](Transaction& tx) -> Task<void> {
    std::vector<Params> rows;
    for (int i = 0; i < 150; ++i) rows.push_back({fmt::format("row {}", i % 120), std::int64_t{i}});
    co_await tx.run_each(kInsertCounter, std::move(rows));
  };
  EXPECT_THROW(run([&]() -> Task<void> { co_await session_->transact(body); }), DatabaseError);
  static constexpr Query count{"count_counters", "SELECT count(*) FROM counters WHERE id LIKE 'row%'"};
  const Rows left = run([&]() -> Task<Rows> { co_return co_await session_->read(count, {}); });
  EXPECT_EQ(left.integer(0, 0), 0);
}

TEST_P(DbContract, AReadAfterACommitSeesIt) {
  create_counters();
  run_many(3, [&](std::size_t) -> Task<void> {
    for (int i = 0; i < 100; ++i) {
      std::int64_t written = 0;
      co_await session_->transact([&written](Transaction& tx) -> Task<void> {
        co_await tx.run(kAddToCounter, {std::string("a")});
        written = (co_await tx.run(kGetCounter, {})).integer(0, 0);
      });
      const Rows rows = co_await session_->read(kGetCounter, {});
      EXPECT_GE(rows.integer(0, 0), written);
    }
  });
  EXPECT_EQ(counter(), 300);
}

TEST_P(DbContract, BodiesOfACrowdRollBackAlone) {
  create_counters();
  run_many(90, [&](std::size_t i) -> Task<void> {
    auto body = [i](Transaction& tx) -> Task<void> {
      co_await tx.run(kInsertCounter, {fmt::format("crowd-{}", i), 1});
      if (i % 3 == 1) throw std::logic_error("rolled back");
      if (i % 3 == 2) co_await tx.run(kInsertCounter, {std::string("a"), 1});  // a duplicate key
    };
    bool thrown = false;
    try {
      co_await session_->transact(body);
    } catch (const std::exception&) {
      thrown = true;
    }
    EXPECT_EQ(thrown, i % 3 != 0);
  });
  EXPECT_EQ(read({"count", "SELECT count(*) FROM counters WHERE id <> 'a'"}).integer(0, 0), 30);
}

TEST_P(DbContract, AFailedStatementFailsTheTransactionEvenWhenTheBodyCatchesIt) {
  create_counters();
  auto body = [](Transaction& tx) -> Task<void> {
    co_await tx.run(kSetCounter, {7});
    bool failed = false;
    try {
      co_await tx.run({"bad", "SELECT * FROM missing"}, {});
    } catch (const DatabaseError&) {
      failed = true;
    }
    EXPECT_TRUE(failed);
  };
  EXPECT_EQ(failure_of([&] { run([&]() -> Task<void> { co_await session_->transact(body); }); }),
            DatabaseError::Kind::statement);
  EXPECT_EQ(counter(), 0);
}

TEST_P(DbContract, ACompareAndSetHasOneWinner) {
  create_counters();
  static constexpr Query claim{"claim", "UPDATE counters SET value = $1 WHERE id = 'a' AND value = 0"};
  std::atomic<int> winners = 0;
  run_many(60, [&](std::size_t i) -> Task<void> {
    auto body = [i](Transaction& tx) -> Task<Result<bool>> {
      co_return (co_await tx.run(claim, {static_cast<std::int64_t>(i) + 1})).affected() == 1;
    };
    const Result<bool> won = co_await session_->write<bool>(body);
    if (won.value()) ++winners;
  });
  EXPECT_EQ(winners, 1);
  EXPECT_GT(counter(), 0);
}

TEST_P(DbContract, OppositeOrdersDoNotDeadlockTheCallers) {
  create_counters();
  write(kInsertCounter, {std::string("b"), 0});
  constexpr std::size_t kCallers =
      4;  // more would spend their time limit in PostgreSQL's deadlock detection, a second each
  run_many(kCallers, [&](std::size_t i) -> Task<void> {
    auto body = [i](Transaction& tx) -> Task<void> {
      const std::string first = i % 2 == 0 ? "a" : "b";
      const std::string second = i % 2 == 0 ? "b" : "a";
      co_await tx.run(kAddToCounter, {first});
      co_await tx.run(kAddToCounter, {second});
    };
    co_await session_->transact(body);
  });
  EXPECT_EQ(read({"sum", "SELECT sum(value) FROM counters"}).integer(0, 0), 2 * kCallers);
}

TEST_P(DbContract, ManyReadersAndAWriter) {
  create_counters();
  write(kInsertCounter, {std::string("b"), 0});
  constexpr Query both{"both", "SELECT sum(value) FROM counters"};
  run_many(30, [&](std::size_t i) -> Task<void> {
    for (int round = 0; round < 60; ++round) {
      if (i == 0) {
        co_await session_->transact([](Transaction& tx) -> Task<void> {
          co_await tx.run(kAddToCounter, {std::string("a")});
          co_await tx.run(kAddToCounter, {std::string("b")});
        });
      } else {
        const Rows rows = co_await session_->read(both, {});
        EXPECT_EQ(rows.integer(0, 0) % 2, 0);  // never half a transaction
      }
    }
  });
  EXPECT_EQ(counter(), 60);
}

TEST_P(DbContract, CallersResumeOnTheirOwnExecutor) {
  create_counters();
  run_many(12, [&](std::size_t) -> Task<void> {
    const auto here = std::this_thread::get_id();
    co_await session_->read(kGetCounter, {});
    EXPECT_EQ(std::this_thread::get_id(), here);
    co_await session_->transact(
        [](Transaction& tx) -> Task<void> { co_await tx.run(kAddToCounter, {std::string("a")}); });
    EXPECT_EQ(std::this_thread::get_id(), here);
  });
}

TEST_P(DbContract, CancelledCallersLeaveTheSessionWhole) {
  create_counters();
  std::atomic<int> acknowledged = 0;
  auto worker = [](Session& session, std::atomic<int>& count) -> Task<void> {
    for (;;) {
      co_await session.transact([](Transaction& tx) -> Task<void> {
        co_await tx.run(kAddToCounter, {std::string("a")});
        co_await tx.run(kGetCounter, {});
      });
      ++count;
      co_await session.read(kGetCounter, {});
    }
  };
  TaskGroup group(cores_.at(0));
  for (std::size_t i = 0; i < 40; ++i) group.spawn_on(cores_.at(i), "worker", worker(*session_, acknowledged));
  ASSERT_TRUE(eventually([&] { return acknowledged > 200; }));
  run([&]() -> Task<void> { co_await group.stop(); });
  EXPECT_GE(counter(), acknowledged);
  EXPECT_LE(counter(), acknowledged + 40);  // committed, but cancelled before it was counted
  EXPECT_EQ(write(kSetCounter, {1}).affected(), 1);
}

TEST_P(DbContract, DISABLED_WriteUntilKilled) {
  for (std::int64_t i = 0;; ++i) {
    write(kInsertCounter, {fmt::format("acknowledged-{}", i), i});
    ChildTest::report(std::to_string(i));
  }
}

TEST_P(DbContract, AcknowledgedWritesSurviveAKill) {
  create_counters();
  const std::string suite = testing::UnitTest::GetInstance()->current_test_info()->test_suite_name();
  ChildTest child(suite + ".DISABLED_WriteUntilKilled/*", database_->address());
  std::int64_t last = -1;
  for (int i = 0; i < 300; ++i) last = std::stoll(child.line().value_or("-1"));
  child.kill();
  while (const auto line = child.line()) last = std::stoll(*line);
  EXPECT_GE(last, 299);
  session_ = database_->open();
  const Rows rows = read({"acknowledged", "SELECT count(*) FROM counters WHERE id <> 'a' AND value <= $1"}, {last});
  EXPECT_EQ(rows.integer(0, 0), last + 1);
}

}  // namespace open_cicd::db
