#include "agent/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace open_cicd::agent {
namespace {

TEST(Backoff, TheFirstTriesAreQuick) {
  Backoff backoff({});
  constexpr int middles[] = {0, 200, 500, 1000, 2000};
  for (const int middle : middles) {
    const Milliseconds wait = backoff.next();
    EXPECT_GE(wait.count(), middle * 3 / 4);
    EXPECT_LE(wait.count(), middle * 5 / 4);
  }
}

TEST(Backoff, ThenItGrowsWithFullJitterToTheMaximum) {
  Backoff backoff({.base = Milliseconds(500), .max = Milliseconds(30'000)});
  for (int i = 0; i < 10; ++i) backoff.next();
  std::set<std::int64_t> waits;
  for (int i = 0; i < 300; ++i) {
    const Milliseconds wait = backoff.next();
    EXPECT_LE(wait.count(), 30'000);
    waits.insert(wait.count() / 3'000);
  }
  EXPECT_GE(waits.size(), 9U) << "spread over the whole range";
}

TEST(Backoff, SuccessStartsAgain) {
  Backoff backoff({});
  for (int i = 0; i < 8; ++i) backoff.next();
  backoff.reset();
  EXPECT_EQ(backoff.next().count(), 0);
}

TEST(Backoff, TheServersWishIsALowerBound) {
  Backoff backoff({.max = Milliseconds(4'000)});
  EXPECT_EQ(backoff.next(std::chrono::seconds(3)).count(), 3'000);
  EXPECT_EQ(backoff.next(std::chrono::hours(1)).count(), 4'000);
}

}  // namespace
}  // namespace open_cicd::agent
