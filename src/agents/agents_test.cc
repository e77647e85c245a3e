#include "agents/agents.h"

#include "base/stop.h"
#include "jobs/jobs_fixture.h"

namespace open_cicd::agents {
namespace {

using jobs::LeaseProof;

// Agents on a real database, with the dispatcher and the clock of the tests.
class AgentsTest : public jobs::JobsFixture {
 protected:
  AgentsTest() { jobs.connect(dispatcher, logs, runs); }

  static protocol::RegisterRequest process(const std::string& boot_id, std::int64_t boot_seq) {
    return {.name = "an agent",
            .boot_id = boot_id,
            .boot_seq = boot_seq,
            .labels = {},
            .version = "1.0.0",
            .os = "linux",
            .arch = "x86_64",
            .executors = {"shell"},
            .ext = {}};
  }
  Result<Registration> enroll(std::optional<AgentId> self = {}, const std::string& boot_id = "a boot",
                              std::int64_t boot_seq = 1) {
    const std::string token = JobId::make().str();
    return run_alone(agents.enroll(process(boot_id, boot_seq), self, token, "the hash of " + token));
  }
  AgentId given_agent() { return enroll().value().id; }
  LeaseProof given_running_job_of(AgentId agent) {
    const jobs::ClaimRequest request = claim_of(given_queued_job(no_retry()), agent);
    const jobs::ClaimAnswer claim = run_alone(jobs.claim(request)).value();
    LeaseProof lease{.job = request.job, .agent = agent, .attempt = claim.attempt, .lease_token = claim.lease_token};
    EXPECT_TRUE(run_alone(jobs.start(lease)));
    return lease;
  }
  // "ok", or the code of the refusal.
  std::string beat(AgentId agent, const std::string& boot_id, std::int64_t boot_seq,
                   std::vector<protocol::HeldLease> leases = {}) {
    const auto reply = run_alone(agents.heartbeat(
        agent, {.boot_id = boot_id, .seq = 1, .boot_seq = boot_seq, .leases = std::move(leases), .load = {}}));
    return reply ? "ok" : std::string(reply.error().code());
  }
  bool is_known(AgentId agent) { return run_alone(agents.get(agent)).has_value(); }

  AgentSettings settings{.agents_max = 2};
  Dispatcher dispatcher{settings, clock};
  Presence presence{settings, clock};
  Agents agents{settings, session, clock, jobs, dispatcher, presence, bus};
};

TEST_F(AgentsTest, NoMoreRegisterThanMay) {
  const AgentId first = given_agent(), second = given_agent();
  const auto third = enroll();
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), "too_many_agents");
  EXPECT_TRUE(third.error().retry_after());
  EXPECT_TRUE(enroll(second, "the next boot", 2)) << "one that is known comes back";
  EXPECT_TRUE(run_alone(agents.remove(first)));
  EXPECT_TRUE(enroll()) << "there is room again";
  EXPECT_FALSE(enroll());
}

// A process that was replaced may still run, and believe that the lease is its own.
TEST_F(AgentsTest, AProcessThatWasReplacedIsToldSoWhateverItAsks) {
  const AgentId agent = given_agent();
  ASSERT_TRUE(enroll(agent, "the next boot", 2));
  const LeaseProof lease = given_running_job_of(agent);
  const auto renewals = [&] { return run_alone(jobs.open_leases()).at(0).renew_seq; };
  const std::int64_t before = renewals();
  const std::vector<protocol::HeldLease> held{{.job_id = lease.job.str(), .attempt = lease.attempt}};
  EXPECT_EQ(beat(agent, "a boot", 1, held), "superseded");
  EXPECT_EQ(beat(agent, "another boot with its number", 2, held), "superseded");
  EXPECT_EQ(renewals(), before) << "it keeps no lease alive";
  Stop stop;
  const auto poll = run_alone(
      agents.poll({.agent = agent, .boot_id = "a boot", .boot_seq = 1, .seen = {}, .wait = Milliseconds(0)}, stop));
  ASSERT_FALSE(poll);
  EXPECT_EQ(poll.error().code(), "superseded");
  const auto claim = run_alone(agents.admit_claim(agent, lease.job, "a boot", 1));
  ASSERT_FALSE(claim);
  EXPECT_EQ(claim.error().code(), "superseded");
  EXPECT_EQ(beat(agent, "the next boot", 2, held), "ok");
  EXPECT_GT(renewals(), before);
}

TEST_F(AgentsTest, WhoWasNotHeardForLongIsForgottenAndNobodyElse) {
  const AgentId silent = given_agent(), heard = given_agent();
  run_alone(agents.save_last_seen());
  clock.advance(settings.forget_offline - Milliseconds(1));
  EXPECT_EQ(beat(heard, "a boot", 1), "ok");
  run_alone(agents.save_last_seen());
  run_alone(agents.forget_offline());
  EXPECT_TRUE(is_known(silent)) << "a moment is left";
  clock.advance(Milliseconds(2));
  run_alone(agents.forget_offline());
  EXPECT_FALSE(is_known(silent));
  EXPECT_TRUE(is_known(heard));
}

// When it was heard is written now and then only.
TEST_F(AgentsTest, WhoIsHeardIsNotForgottenAlthoughTheDatabaseHasNotHeardOfItYet) {
  const AgentId agent = given_agent();
  clock.advance(settings.forget_offline + Milliseconds(1));
  EXPECT_EQ(beat(agent, "a boot", 1), "ok");
  run_alone(agents.forget_offline());
  EXPECT_TRUE(is_known(agent));
}

TEST_F(AgentsTest, WhoHoldsALeaseIsNotForgotten) {
  const AgentId agent = given_agent();
  const LeaseProof lease = given_running_job_of(agent);
  clock.advance(settings.forget_offline + Milliseconds(1));
  run_alone(agents.forget_offline());
  EXPECT_TRUE(is_known(agent)) << "the reaper ends its lease first";
  EXPECT_EQ(state_of(lease), "running");
  run_alone(jobs.expire(lease.job, lease.attempt, jobs::ExpireCause::lease_lost));
  run_alone(agents.forget_offline());
  EXPECT_FALSE(is_known(agent));
}

TEST_F(AgentsTest, WhenAnAgentWasHeardIsWritten) {
  const AgentId agent = given_agent();
  const std::int64_t registered = run_alone(agents.get(agent)).value().last_seen_at;
  run_alone(agents.save_last_seen());
  clock.advance(Milliseconds(5000));
  run_alone(agents.save_last_seen());
  EXPECT_EQ(run_alone(agents.get(agent)).value().last_seen_at, registered) << "nothing was heard since";
  EXPECT_EQ(beat(agent, "a boot", 1), "ok");
  run_alone(agents.save_last_seen());
  EXPECT_EQ(run_alone(agents.get(agent)).value().last_seen_at, registered + 5000);
}

TEST_F(AgentsTest, ARemovedAgentsLeaseIsLostAtOnceAndItsPollIsRefused) {
  const AgentId agent = given_agent();
  const LeaseProof lease = given_running_job_of(agent);
  EXPECT_TRUE(run_alone(agents.remove(agent)));
  EXPECT_EQ(state_of(lease), "lost");
  EXPECT_TRUE(reason_of(lease).contains("agent_removed")) << reason_of(lease);
  EXPECT_EQ(beat(agent, "a boot", 1), "unauthenticated");
}

}  // namespace
}  // namespace open_cicd::agents
