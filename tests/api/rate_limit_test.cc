#include "api/rate_limit.h"

#include "support/fake_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace open_cicd::api {
namespace {

class RateLimitTest : public testing::Test {
 protected:
  static constexpr int per_minute = 6;
  // How many of so many requests in one moment are admitted.
  int admitted(int requests, const std::string& address = "192.0.2.1") {
    int count = 0;
    for (int i = 0; i < requests; ++i) count += limit.admit(address) ? 1 : 0;
    return count;
  }

  FakeClock clock;
  RateLimit limit{per_minute, clock};
};

TEST_F(RateLimitTest, AMinutesWorthMayComeAtOnceAndTheRestInItsTime) {
  EXPECT_EQ(admitted(100), per_minute);
  constexpr Milliseconds each(60'000 / per_minute);
  clock.advance(each / 2);
  EXPECT_EQ(admitted(100), 0);
  clock.advance(each / 2);
  EXPECT_EQ(admitted(100), 1) << "those that were refused meanwhile cost nothing";
  clock.advance(Milliseconds(30'000));
  EXPECT_EQ(admitted(100), per_minute / 2);
}

TEST_F(RateLimitTest, SilenceSavesUpNoMoreThanAMinutesWorth) {
  EXPECT_EQ(admitted(1), 1);
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(admitted(100), per_minute);
}

TEST_F(RateLimitTest, EachAddressHasItsOwn) {
  EXPECT_EQ(admitted(100), per_minute);
  EXPECT_EQ(admitted(100, "192.0.2.2"), per_minute);
  EXPECT_EQ(admitted(1), 0);
}

TEST_F(RateLimitTest, AWallClockThatJumpsChangesNothing) {
  EXPECT_EQ(admitted(100), per_minute);
  clock.jump_wall(std::chrono::hours(24));
  EXPECT_EQ(admitted(1), 0);
  clock.jump_wall(std::chrono::hours(-48));
  clock.advance(Milliseconds(60'000));
  EXPECT_EQ(admitted(100), per_minute);
}

}  // namespace
}  // namespace open_cicd::api
