#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

class ClaimTest : public JobsFixture {
 protected:
  Result<ClaimAnswer> claim(const ClaimRequest& request) { return run_alone(jobs.claim(request)); }
  std::string refusal(const ClaimRequest& request) {
    const auto reply = claim(request);
    return reply ? "accepted" : std::string(reply.error().code());
  }
};

TEST_F(ClaimTest, ARepeatGetsTheSameAnswer) {
  const ClaimRequest request = claim_of(given_queued_job());
  const auto first = claim(request), again = claim(request);
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->lease_token, again->lease_token);
  EXPECT_EQ(first->job_token, again->job_token);
  EXPECT_EQ(first->spec.text, again->spec.text);
  EXPECT_EQ(again->attempt, 1);
  EXPECT_EQ(detail(request.job).attempts.size(), 1U);
}

TEST_F(ClaimTest, TheAnswerIsTheProtocolsReply) {
  const auto answer = claim(claim_of(given_queued_job()));
  ASSERT_TRUE(answer);
  const std::string text = json::write_text(*answer);
  const auto reply = json::read<protocol::ClaimReply>(json::parse(text).value(), json::Unknown::reject);
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->lease_token, answer->lease_token);
  EXPECT_EQ(reply->spec.at("steps").as_array().size(), 2U);
  EXPECT_EQ(reply->timeout_s, 3600);
}

// The agent counts its fence from the try that was answered, and so must the server count its silence.
TEST_F(ClaimTest, ARepeatRenewsTheLease) {
  ClaimRequest request = claim_of(given_queued_job());
  request.start = true;
  const auto renewals = [&] { return run_alone(jobs.open_leases()).at(0).renew_seq; };
  const auto first = claim(request);
  ASSERT_TRUE(first);
  const std::int64_t before = renewals();
  ASSERT_TRUE(claim(request));
  EXPECT_EQ(renewals(), before + 1);
  const LeaseProof lease{.job = request.job, .agent = request.agent, .attempt = 1, .lease_token = first->lease_token};
  ASSERT_TRUE(run_alone(jobs.start(lease)));
  EXPECT_EQ(renewals(), before + 2) << "a start of what runs already";
}

// Otherwise two processes of one agent would run the job at the same time, with the same lease.
TEST_F(ClaimTest, ARepeatFromAnotherBootIsRefused) {
  ClaimRequest request = claim_of(given_queued_job());
  ASSERT_TRUE(claim(request));
  request.boot_id = "the next boot";
  EXPECT_EQ(refusal(request), "claim_used");
  request.boot_id = "a boot";
  EXPECT_EQ(refusal(request), "accepted") << "the refused one changed nothing";
}

TEST_F(ClaimTest, AClaimIdIsForOneAgentAndOneJob) {
  const ClaimRequest request = claim_of(given_queued_job());
  ASSERT_TRUE(claim(request));
  ClaimRequest of_another_agent = request, of_another_job = request;
  of_another_agent.agent = AgentId::make();
  of_another_job.job = given_queued_job();
  EXPECT_EQ(refusal(of_another_agent), "claim_used");
  EXPECT_EQ(refusal(of_another_job), "claim_used");
  EXPECT_EQ(name_of(detail(of_another_job.job).job.state), "queued");
}

TEST_F(ClaimTest, ARepeatAfterTheAttemptHasEndedIsRefused) {
  const ClaimRequest request = claim_of(given_queued_job());
  ASSERT_TRUE(claim(request));
  run_alone(jobs.expire(request.job, 1, ExpireCause::lease_lost));
  EXPECT_EQ(refusal(request), "claim_used");
  EXPECT_EQ(name_of(detail(request.job).job.state), "queued") << "its retry waits for another claim";
}

TEST_F(ClaimTest, AnAgentHoldsOneLease) {
  const ClaimRequest first = claim_of(given_queued_job());
  ASSERT_TRUE(claim(first));
  EXPECT_EQ(refusal(claim_of(given_queued_job(), first.agent)), "agent_busy");
}

TEST_F(ClaimTest, AnOfferThatIsBehindIsTakenBackAndAWrongAttemptIsNot) {
  ClaimRequest wrong = claim_of(given_queued_job());
  wrong.attempt = 2;
  EXPECT_EQ(refusal(wrong), "not_queued");
  EXPECT_EQ(queue.depth(), 1U) << "it is still queued";
  ASSERT_TRUE(claim(claim_of(wrong.job)));
  queue.jobs.push_back({.id = wrong.job});  // memory that is behind
  EXPECT_EQ(refusal(claim_of(wrong.job)), "not_queued");
  EXPECT_EQ(queue.depth(), 0U);
  queue.jobs.push_back({.id = wrong.job, .next_attempt = 2});  // its retry, queued since the claim looked
  EXPECT_EQ(refusal(claim_of(wrong.job)), "not_queued");
  EXPECT_EQ(queue.depth(), 1U);
}

}  // namespace
}  // namespace open_cicd::jobs
