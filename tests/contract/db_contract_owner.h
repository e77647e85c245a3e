// Contract: one session of a database works as a server.
#pragma once

#include "contract/db_contract_transactions.h"

namespace open_cicd::db {

TEST_P(DbContract, OnlyOneSessionOwnsADatabaseAndTheNextMayWhenItIsGone) {
  const auto own = [this](Database& session) {
    return run([&]() -> Task<Result<void>> { co_return co_await session.own([] {}); });
  };
  create_counters();
  ASSERT_TRUE(own(*session_));
  auto second = database_->open();
  const Result<void> refused = own(*second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::conflict);
  EXPECT_EQ(refused.error().code(), "database_in_use");
  EXPECT_TRUE(refused.error().message().contains("Stop it, or")) << refused.error().message();

  auto add = [](Transaction& tx) -> Task<void> { co_await tx.run(kAddToCounter, {std::string("a")}); };
  run([&]() -> Task<void> { co_await session_->transact(add); });
  run([&]() -> Task<void> { co_await second->transact(add); });  // `token reset` beside a server
  EXPECT_EQ(counter(), 2);

  second = nullptr;
  session_ = nullptr;
  session_ = database_->open();
  EXPECT_TRUE(own(*session_));
}

}  // namespace open_cicd::db
