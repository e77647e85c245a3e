#include "jobs/step_starts.h"

#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

using Starts = std::vector<std::optional<std::int64_t>>;

StepRecord ended(int step, std::int64_t duration_ms) {
  return {.step = step, .name = "a step", .state = StepState::succeeded, .duration_ms = duration_ms};
}
StepRecord in_background(StepRecord record) {
  record.background = true;
  return record;
}
StepRecord heard(StepRecord record, std::int64_t started_at) {
  record.started_at = started_at;
  return record;
}

TEST(StepStarts, StepsFollowEachOtherWhereNothingWasHeard) {
  EXPECT_EQ(step_starts({ended(-1, 50), ended(0, 200), ended(1, 10)}, 1000), (Starts{1000, 1050, 1250}));
}

TEST(StepStarts, WhatWasHeardCounts) {
  EXPECT_EQ(step_starts({ended(-1, 0), heard(ended(0, 200), 1400), ended(1, 10)}, 1000), (Starts{1000, 1400, 1600}));
  EXPECT_EQ(step_starts({heard(ended(-1, 300), 1200), ended(0, 1)}, 1000), (Starts{1000, 1300}))
      << "the first line of the setup is not its beginning";
}

TEST(StepStarts, NobodyWaitsForAStepInTheBackground) {
  EXPECT_EQ(step_starts({in_background(ended(0, 60'000)), ended(1, 100), ended(2, 1)}, 1000),
            (Starts{1000, 1000, 1100}));
}

TEST(StepStarts, WhatDidNotBeginHasNone) {
  StepRecord skipped{.step = 1, .name = "a step", .state = StepState::skipped};
  StepRecord pending{.step = 3, .name = "a step"};
  StepRecord running{.step = 2, .name = "a step", .state = StepState::running};
  EXPECT_EQ(step_starts({ended(0, 200), skipped, running, pending}, 1000), (Starts{1000, {}, 1200, {}}));
  EXPECT_EQ(step_starts({running}, std::nullopt), Starts{std::nullopt}) << "an attempt that never began";
}

class StepStartsTest : public JobsFixture {
 protected:
  void tell(const LeaseProof& lease, int step, StepState state, std::optional<std::int64_t> duration_ms = {}) {
    EXPECT_TRUE(run_alone(
        jobs.update_step(lease, {.status = "running", .step = step, .step_state = state, .duration_ms = duration_ms})));
  }
  Starts starts_of(const LeaseProof& lease) {
    const Attempt attempt = detail(lease.job).attempts.back();
    return step_starts(attempt.steps, attempt.started_at);
  }
};

TEST_F(StepStartsTest, AreWhenTheServerHeardOfThem) {
  const LeaseProof lease = given_running_job();
  const std::int64_t began = clock.unix_ms();
  clock.advance(Milliseconds(4000));
  tell(lease, 0, StepState::running);
  clock.advance(Milliseconds(700));
  tell(lease, 0, StepState::succeeded, 650);
  clock.advance(Milliseconds(20));
  EXPECT_TRUE(run_alone(jobs.admit_append(lease, 1))) << "its first bytes come before word of it";
  EXPECT_EQ(starts_of(lease), (Starts{began + 4000, began + 4720}));
  clock.advance(Milliseconds(30));
  tell(lease, 1, StepState::running);
  EXPECT_EQ(starts_of(lease), (Starts{began + 4000, began + 4720})) << "the first word counts";
  ASSERT_TRUE(run_alone(jobs.finish(lease, {.status = "succeeded"}, std::nullopt)));
  EXPECT_EQ(starts_of(lease), (Starts{began + 4000, began + 4720})) << "it stays so when the job has ended";
}

}  // namespace
}  // namespace open_cicd::jobs
