#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

class ExpireTest : public JobsFixture {
 protected:
  void expire(const LeaseProof& lease, ExpireCause cause = ExpireCause::lease_lost) {
    run_alone(jobs.expire(lease.job, lease.attempt, cause));
  }
};

// A log that is only thawed stays in memory for as long as the server runs.
TEST_F(ExpireTest, TheLogOfAnAttemptThatHasEndedIsClosedByALateExpiry) {
  pipelines::JobSpec spec = no_retry();
  spec.retry = {.max = 1, .on = {"agent_lost", "exit"}};
  const LeaseProof lost = given_running_job(spec), finished = given_running_job(spec);
  expire(lost);
  ASSERT_TRUE(run_alone(jobs.finish(finished, {.status = "failed", .exit_code = 1, .cause = "exit"})));
  for (const LeaseProof& lease : {lost, finished}) {
    ASSERT_EQ(state_of(lease), "queued") << "its next attempt is not claimed yet";
    logs.closed.reset();
    expire(lease);
    EXPECT_EQ(logs.closed, true);
    EXPECT_EQ(state_of(lease), "queued");
  }
}

TEST_F(ExpireTest, AFinishThatCameWhileTheLogWasKeptIsTheEnd) {
  const LeaseProof lease = given_running_job(no_retry());
  logs.meanwhile = [&]() -> Task<void> {
    EXPECT_TRUE(co_await jobs.finish(lease, {.status = "succeeded"}));
    logs.closed.reset();
  };
  expire(lease);
  EXPECT_EQ(state_of(lease), "succeeded");
  EXPECT_EQ(logs.closed, true);
}

TEST_F(ExpireTest, AnExpiryOfAnEarlierAttemptLeavesTheLaterOneAlone) {
  pipelines::JobSpec spec = no_retry();
  spec.retry = {.max = 2, .on = {"agent_lost"}};
  const LeaseProof first = given_running_job(spec);
  expire(first);
  ASSERT_TRUE(run_alone(jobs.claim(claim_of(first.job))));
  expire(first);
  EXPECT_EQ(state_of(first), "assigned");
  EXPECT_EQ(detail(first.job).job.attempt, 2);
}

}  // namespace
}  // namespace open_cicd::jobs
