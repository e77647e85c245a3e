#include "jobs/retry.h"

#include <gtest/gtest.h>

namespace open_cicd::jobs {
namespace {

const JobSettings settings{.image_retry_pause = Milliseconds(5'000),
                           .agent_errors_max = 4,
                           .agent_retry_pause = Milliseconds(2'000),
                           .agent_retry_pause_max = Milliseconds(10'000)};
const pipelines::Retry usual, never{.max = 0};

// "retry after 5000", "agent_error after 2000", "ends"
std::string decided(const pipelines::Retry& retry, const BadEnd& end, const JobRow& job = {}) {
  const std::optional<Again> again = try_again(retry, end, job, settings);
  if (!again) return "ends";
  const bool free = again->counts == Again::Counts::agent_error;
  return fmt::format("{} after {}", free ? "agent_error" : "retry", again->pause_ms);
}

TEST(Retry, TheAgentsTroubleCostsTheJobNothingAndPausesGrowToABound) {
  const BadEnd trouble{.cause = "agent", .untouched = true};
  EXPECT_EQ(decided(usual, trouble, {.retry_count = 2}), "agent_error after 2000");
  EXPECT_EQ(decided(usual, trouble, {.agent_errors = 1}), "agent_error after 4000");
  EXPECT_EQ(decided(usual, trouble, {.agent_errors = 2}), "agent_error after 8000");
  EXPECT_EQ(decided(usual, trouble, {.agent_errors = 3}), "agent_error after 10000");
  EXPECT_EQ(decided(usual, trouble, {.agent_errors = 4}), "ends");
}

TEST(Retry, AJobThatRunsAtMostOnceIsTriedAgainOnlyIfNothingOfItBegan) {
  EXPECT_EQ(decided(never, {.cause = "agent", .untouched = true}), "agent_error after 2000");
  EXPECT_EQ(decided(never, {.cause = "agent", .untouched = false}), "ends");
  EXPECT_EQ(decided(never, {.cause = "agent_lost", .untouched = true}), "agent_error after 0");
  EXPECT_EQ(decided(never, {.cause = "agent_lost", .untouched = false}), "ends");
}

TEST(Retry, OnceStepsHaveBegunTheListMustNameLostAgents) {
  const BadEnd midway{.cause = "agent"};
  EXPECT_EQ(decided(usual, midway), "agent_error after 2000");
  EXPECT_EQ(decided({.max = 2, .on = {"exit"}}, midway), "ends");
  EXPECT_EQ(decided({.max = 1, .on = {"agent_lost"}}, midway, {.retry_count = 1}), "agent_error after 2000")
      << "retries that exits have used up are none of the agent's";
}

TEST(Retry, AnAttemptLostBeforeItBeganIsFollowedAtOnceAndLaterOnesPause) {
  const BadEnd lost{.cause = "agent_lost", .untouched = true};
  EXPECT_EQ(decided(usual, lost), "agent_error after 0");
  EXPECT_EQ(decided(usual, lost, {.agent_errors = 1}), "agent_error after 2000");
  EXPECT_EQ(decided(usual, lost, {.agent_errors = 2}), "agent_error after 4000");
  EXPECT_EQ(decided(usual, lost, {.agent_errors = 4}), "ends");
}

TEST(Retry, ALostAttemptThatRanCounts) {
  EXPECT_EQ(decided(usual, {.cause = "agent_lost"}, {.retry_count = 1}), "retry after 0");
  EXPECT_EQ(decided(usual, {.cause = "agent_lost"}, {.retry_count = 2}), "ends");
  EXPECT_EQ(decided(usual, {.cause = "exit", .exit_code = 1}), "ends");
}

TEST(Retry, AnExitCodeMustBeListedIfAnyIs) {
  const pipelines::Retry on_exit{.max = 1, .on = {"exit"}, .exit_codes = {75}};
  EXPECT_EQ(decided(on_exit, {.cause = "exit", .exit_code = 75}), "retry after 0");
  EXPECT_EQ(decided(on_exit, {.cause = "exit", .exit_code = 1}), "ends");
  EXPECT_EQ(decided(on_exit, {.cause = "exit"}), "ends");
}

TEST(Retry, TheLongestOfThePausesCounts) {
  pipelines::Retry slow = usual;
  slow.delay_ms = 7'000;
  EXPECT_EQ(decided(slow, {.cause = "image_pull"}), "retry after 7000");
  EXPECT_EQ(decided(slow, {.cause = "image_pull"}, {.retry_count = 1}), "retry after 10000");
  EXPECT_EQ(decided(slow, {.cause = "agent", .untouched = true}), "agent_error after 7000");
  EXPECT_EQ(decided(slow, {.cause = "agent", .untouched = true}, {.agent_errors = 2}), "agent_error after 8000");
}

TEST(Retry, TheReasonTellsTheExactCause) {
  EXPECT_EQ(try_again(usual, {.cause = "agent_lost", .told = "agent_restarted"}, {}, settings)->cause,
            "agent_restarted");
  EXPECT_EQ(try_again(usual, {.cause = "agent_lost"}, {}, settings)->cause, "agent_lost");
}

}  // namespace
}  // namespace open_cicd::jobs
