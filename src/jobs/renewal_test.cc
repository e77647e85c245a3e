// Which writes of an agent show that its lease is held, and whose.
#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

class RenewalTest : public JobsFixture {
 protected:
  std::int64_t renewals(const LeaseProof& lease) {
    for (const OpenLease& open : run_alone(jobs.open_leases()))
      if (open.job == lease.job && open.attempt == lease.attempt) return open.renew_seq;
    return -1;
  }
  // What a heartbeat that names one lease hears of it.
  std::string beat(AgentId agent, JobId job, int attempt) {
    const auto states = run_alone(jobs.renew(agent, {{.job_id = job.str(), .attempt = attempt}}));
    EXPECT_EQ(states.size(), 1U);
    return states.empty() ? "" : states.at(0).state;
  }
};

// Otherwise any agent could keep the job of a dead one from being run again.
TEST_F(RenewalTest, AHeartbeatRenewsTheLeasesOfItsAgentOnly) {
  const LeaseProof lease = given_running_job();
  const std::int64_t before = renewals(lease);
  EXPECT_EQ(beat(AgentId::make(), lease.job, lease.attempt), "lost") << "it is not that agent's";
  EXPECT_EQ(beat(lease.agent, lease.job, lease.attempt + 1), "lost") << "there is no such attempt";
  EXPECT_EQ(renewals(lease), before);
  EXPECT_EQ(beat(lease.agent, lease.job, lease.attempt), "ok");
  EXPECT_EQ(renewals(lease), before + 1);
}

TEST_F(RenewalTest, AHeartbeatHearsHowItsLeaseStands) {
  const LeaseProof cancelled = given_running_job(), finished = given_running_job(no_retry()),
                   lost = given_running_job(no_retry()), released = given_assigned_job();
  ASSERT_TRUE(run_alone(jobs.cancel(cancelled.job, "a user")));
  ASSERT_TRUE(run_alone(jobs.finish(finished, {.status = "succeeded"})));
  run_alone(jobs.expire(lost.job, lost.attempt, ExpireCause::lease_lost));
  ASSERT_TRUE(run_alone(jobs.release(released, "drain")));
  const auto heard = [&](const LeaseProof& lease) { return beat(lease.agent, lease.job, lease.attempt); };
  EXPECT_EQ(heard(cancelled), "cancel");
  EXPECT_EQ(heard(finished), "finished");
  EXPECT_EQ(heard(lost), "lost");
  EXPECT_EQ(heard(released), "lost") << "it may run elsewhere";
}

TEST_F(RenewalTest, AStartAndAStepsReportRenewTheLease) {
  const LeaseProof lease = given_assigned_job();
  std::int64_t before = renewals(lease);
  ASSERT_TRUE(run_alone(jobs.start(lease)));
  EXPECT_GT(renewals(lease), before) << "the start";
  before = renewals(lease);
  ASSERT_TRUE(run_alone(jobs.update_step(lease, {.status = "running", .step = 0, .step_state = StepState::running})));
  EXPECT_GT(renewals(lease), before) << "a step that began";
}

// Its steps may have had effects: only what has not begun can be given to somebody else.
TEST_F(RenewalTest, AJobThatRunsIsNotGivenBack) {
  const LeaseProof lease = given_running_job();
  const auto refused = run_alone(jobs.release(lease, "drain"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "bad_transition");
  EXPECT_EQ(state_of(lease), "running");
}

}  // namespace
}  // namespace open_cicd::jobs
