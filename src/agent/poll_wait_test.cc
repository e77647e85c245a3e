#include "agent/poll_wait.h"

#include "http/client.h"

#include <gtest/gtest.h>

namespace open_cicd::agent {
namespace {

constexpr Milliseconds patience{10 * 60'000};

// A path that ends each request at this age. Counts the polls that it broke.
int run_through(PollWait& wait, Milliseconds limit, PollBreak how, Milliseconds time) {
  int broken = 0;
  for (Milliseconds now{}; now < time;) {
    const Milliseconds asked(wait.seconds() * 1000);
    const Milliseconds took = std::min(asked, limit);
    now += took;
    if (asked < limit) {
      wait.answered(took);
    } else {
      wait.broke(how, took);
      ++broken;
    }
  }
  return broken;
}

TEST(PollWait, WithoutTroubleItIsTheServers) {
  PollWait wait(25);
  EXPECT_EQ(run_through(wait, Milliseconds(60'000), PollBreak::lost, 10 * patience), 0);
  EXPECT_EQ(wait.seconds(), 25);
}

TEST(PollWait, AGatewaysTimeOutIsLearntFromOnce) {
  for (const int limit_s : {5, 7, 10, 20}) {
    PollWait wait(25);
    EXPECT_EQ(run_through(wait, Milliseconds(limit_s * 1000), PollBreak::gateway_timeout, patience / 2), 1) << limit_s;
    EXPECT_LT(wait.seconds(), limit_s);
    EXPECT_GE(wait.seconds(), limit_s / 2) << "not shorter than it must be";
  }
}

TEST(PollWait, ConnectionsThatEndAtTheSameAgeAreLearntFrom) {
  PollWait wait(25);
  EXPECT_EQ(run_through(wait, Milliseconds(10'000), PollBreak::lost, patience / 2), 2);
  EXPECT_EQ(wait.seconds(), 7);
}

TEST(PollWait, ConnectionsThatEndAtAnyAgeAreNot) {
  PollWait wait(25);
  for (const int age : {3'000, 12'000, 5'000, 24'000, 9'000})
    EXPECT_FALSE(wait.broke(PollBreak::lost, Milliseconds(age))) << age;
  EXPECT_FALSE(wait.broke(PollBreak::gateway_timeout, Milliseconds(100))) << "this proxy finds no server";
  EXPECT_FALSE(wait.broke(PollBreak::gateway_timeout, Milliseconds(60'000)))
      << "the server was late, not the proxy early";
  EXPECT_FALSE(wait.broke(PollBreak::other, Milliseconds(9'000)));
  EXPECT_EQ(wait.seconds(), 25);
}

TEST(PollWait, SilenceHalvesItToFiveSeconds) {
  PollWait wait(25);
  for (const int next : {12, 6, 5, 5}) {
    wait.broke(PollBreak::silence, Milliseconds(35'000));
    EXPECT_EQ(wait.seconds(), next);
  }
}

TEST(PollWait, ItGrowsBackWhenTheLimitIsGone) {
  PollWait wait(25);
  run_through(wait, Milliseconds(5'000), PollBreak::gateway_timeout, Milliseconds(60'000));
  EXPECT_EQ(wait.seconds(), 3);
  EXPECT_EQ(run_through(wait, Milliseconds(60'000), PollBreak::lost, 12 * patience), 0);
  EXPECT_EQ(wait.seconds(), 25);
}

TEST(PollWait, TriesForMoreBecomeRareWhileTheLimitStays) {
  PollWait wait(25);
  const int broken = run_through(wait, Milliseconds(10'000), PollBreak::gateway_timeout, 24 * 6 * patience);
  EXPECT_LE(broken, 10) << "in a day";
  EXPECT_GE(wait.seconds(), 7);
  EXPECT_LT(wait.seconds(), 10);
}

TEST(PollWait, KnowsAProxysTimeOutByItsStatus) {
  const auto of_status = [](int status) { return break_of(http::error_of({.status = status, .body = "<html>"})); };
  EXPECT_EQ(of_status(504), PollBreak::gateway_timeout);
  EXPECT_EQ(of_status(408), PollBreak::gateway_timeout);
  EXPECT_EQ(of_status(502), PollBreak::lost);
  EXPECT_EQ(of_status(500), PollBreak::other);
  EXPECT_EQ(break_of(Error(ErrorKind::unavailable, "connection_lost", "x")), PollBreak::lost);
  EXPECT_EQ(break_of(Error(ErrorKind::unavailable, "timeout", "x")), PollBreak::silence);
}

}  // namespace
}  // namespace open_cicd::agent
