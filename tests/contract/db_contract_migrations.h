// Contract: migrations run once, together with their mark, or not at all.
#pragma once

#include "contract/db_contract_fixture.h"

namespace open_cicd::db {

inline constexpr Migration kFirst{1, "first", R"(
CREATE TABLE things (id bigint PRIMARY KEY, name text NOT NULL);
-- a comment; with a semicolon
CREATE INDEX things_by_name ON things (name);
-- @sqlite
INSERT INTO things VALUES (1, 'made; for sqlite');
-- @end
-- @postgres
INSERT INTO things VALUES (1, 'made; for postgres');
-- @end
)"};
inline constexpr Migration kSecond{2, "second",
                                   "INSERT INTO things (id, name) SELECT max(id) + 1, 'second' FROM things;"};
inline constexpr Migration kBroken{2, "broken",
                                   "INSERT INTO things VALUES (2, 'half'); INSERT INTO missing VALUES (1);"};
inline constexpr Migration kEndless{1, "first", R"(
CREATE TABLE things (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO things VALUES (1, 'half');
-- @sqlite
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 100000000000) SELECT count(*) FROM c;
-- @end
-- @postgres
SELECT pg_sleep(600);
-- @end
)"};
inline constexpr std::array kOne = std::to_array<Migration>({kFirst});
inline constexpr std::array kTwo = std::to_array<Migration>({kFirst, kSecond});
inline constexpr std::array kWithBroken = std::to_array<Migration>({kFirst, kBroken});
inline constexpr std::array kWithEndless = std::to_array<Migration>({kEndless});
inline constexpr Query kThings{"things", "SELECT name FROM things ORDER BY id"};
inline constexpr Query kVersions{"versions",
                                 "SELECT version, name, applied_at FROM schema_migrations ORDER BY version"};

inline Task<int> migrated(Session& session, std::span<const Migration> newest) {
  co_return (co_await migrate(session, newest)).value();
}

TEST_P(DbContract, MigrationsRunOnceInOrder) {
  EXPECT_EQ(run([&] { return migrated(*session_, kOne); }), 1);
  EXPECT_EQ(read(kThings).text(0, 0), fmt::format("made; for {}", session_->engine()));
  EXPECT_EQ(run([&] { return migrated(*session_, kTwo); }), 1);
  EXPECT_EQ(run([&] { return migrated(*session_, kTwo); }), 0);
  EXPECT_EQ(read(kThings).size(), 2u);
  const Rows versions = read(kVersions);
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions.integer(1, 0), 2);
  EXPECT_EQ(versions.text(1, 1), "second");
  EXPECT_GT(versions.integer(1, 2), 1'700'000'000'000);
}

TEST_P(DbContract, ADatabaseAheadOfTheProgramIsRefused) {
  run([&] { return migrated(*session_, kTwo); });
  const auto refused = run([&] { return migrate(*session_, kOne); });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), "schema_too_new");
}

TEST_P(DbContract, AFailingMigrationIsUndone) {
  EXPECT_EQ(failure_of([&] { run([&] { return migrated(*session_, kWithBroken); }); }), DatabaseError::Kind::statement);
  EXPECT_EQ(read(kVersions).size(), 1u);
  EXPECT_EQ(read(kThings).size(), 1u);
  EXPECT_EQ(run([&] { return migrated(*session_, kTwo); }), 1);
}

TEST_P(DbContract, ServersThatStartTogetherMigrateOnce) {
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < 4; ++i) sessions.push_back(database_->open());
  std::atomic<int> ran = 0;
  run_many(sessions.size(), [&](std::size_t i) -> Task<void> { ran += co_await migrated(*sessions[i], kTwo); });
  EXPECT_EQ(ran, 2);
  EXPECT_EQ(read(kThings).size(), 2u);
}

TEST_P(DbContract, TheSecondMigrationKeepsTheTimeoutsOfOpenAttempts) {
  static constexpr Query add_job{
      "add_job",
      "INSERT INTO jobs (id, seq, name, state, spec, executor, runs_on, priority, created_by, "
      "created_at) VALUES ('j', 1, 'j', 'running', $1, 'shell', '[]', 0, 'u', 0)"};
  static constexpr Query add_attempt{"add_attempt",
                                     "INSERT INTO attempts (job_id, attempt, agent_id, boot_id, claim_id, state, open, "
                                     "exclusive, steps, claimed_at) VALUES ('j', 1, 'a', 'b', 'c', 'running', 1, 0, "
                                     "'[]', 0)"};
  static constexpr Query timeouts{"timeouts", "SELECT timeout_ms FROM attempts"};
  run([&] { return migrated(*session_, migrations().first(1)); });
  write(add_job, {std::string(R"({"timeout_ms": 1234})")});
  write(add_attempt, {});
  EXPECT_GE(run([&] { return migrated(*session_, migrations()); }), 1);
  EXPECT_EQ(read(timeouts).integer(0, 0), 1234);
}

TEST_P(DbContract, DISABLED_MigrateEndlessly) {
  run([&] { return migrated(*session_, kWithEndless); });
}

TEST_P(DbContract, AKilledMigrationIsUndone) {
  run([&] { return migrated(*session_, {}); });
  const std::string suite = testing::UnitTest::GetInstance()->current_test_info()->test_suite_name();
  {
    ChildTest child(suite + ".DISABLED_MigrateEndlessly/*", database_->address());
    ASSERT_TRUE(eventually([&] { return database_->is_script_running(); }));
    EXPECT_EQ(read(kVersions).size(), 0u);
    child.kill();
  }
  EXPECT_EQ(run([&] { return migrated(*session_, kOne); }), 1);
  EXPECT_EQ(read(kThings).size(), 1u);
  EXPECT_EQ(read(kThings).text(0, 0), fmt::format("made; for {}", session_->engine()));
}

TEST(MigrationScript, KeepsWhatIsForTheEngineAndTheLineNumbers) {
  EXPECT_EQ(script_for("a\n-- @sqlite\nb\n-- @end\nc", "sqlite"), "a\n\nb\n\nc");
  EXPECT_EQ(script_for("a\n-- @sqlite\r\nb\n-- @end\nc\n", "postgres"), "a\n\n\n\nc\n");
  EXPECT_EQ(script_for("-- @postgres\nb", "sqlite"), "\n");
  EXPECT_EQ(script_for("", "sqlite"), "");
}

}  // namespace open_cicd::db
