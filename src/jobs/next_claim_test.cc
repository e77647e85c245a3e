// A finish that claims the agent's next job in its transaction.
#include "jobs/jobs_fixture.h"

#include <algorithm>

namespace open_cicd::jobs {
namespace {

class NextClaimTest : public JobsFixture {
 protected:
  static NextClaim claim_of_next(std::optional<JobId> job, int attempt = 1) {
    return {.claim_id = JobId::make().str(), .boot_id = "a boot", .job = job, .attempt = attempt};
  }
  FinishAnswer finish(const LeaseProof& lease, NextClaim next) {
    return run_alone(jobs.finish(lease, {.status = "succeeded"}, std::move(next))).value();
  }
  JobState state(JobId job) { return detail(job).job.state; }
  bool offered(JobId job) { return std::ranges::find(queue.jobs, job, &QueuedJob::id) != queue.jobs.end(); }
};

TEST_F(NextClaimTest, EndsOneJobAndStartsTheOther) {
  const LeaseProof lease = given_running_job();
  const JobId second = given_queued_job();
  const FinishAnswer answer = finish(lease, claim_of_next(second));
  EXPECT_EQ(answer.reply.state, "succeeded");
  ASSERT_TRUE(answer.next);
  EXPECT_EQ(answer.next->job, second);
  EXPECT_TRUE(answer.next->claim.started);
  EXPECT_EQ(state(lease.job), JobState::succeeded);
  EXPECT_EQ(state(second), JobState::running);
  EXPECT_FALSE(offered(second));
  EXPECT_TRUE(queue.leases_changed.empty()) << "the agent is as busy as before";
  const LeaseProof next{
      .job = second, .agent = lease.agent, .attempt = 1, .lease_token = answer.next->claim.lease_token};
  EXPECT_EQ(finish(next, claim_of_next(std::nullopt)).next, std::nullopt);
  EXPECT_EQ(queue.leases_changed, std::vector{lease.agent});
}

TEST_F(NextClaimTest, AJobThatSomebodyElseTookIsNone) {
  const LeaseProof lease = given_running_job();
  const JobId second = given_queued_job();
  ASSERT_TRUE(run_alone(jobs.claim(claim_of(second))));
  queue.jobs.push_back({.id = second, .next_attempt = 1});  // memory is behind
  const FinishAnswer answer = finish(lease, claim_of_next(second));
  EXPECT_EQ(answer.reply.state, "succeeded");
  EXPECT_EQ(answer.next, std::nullopt);
  EXPECT_FALSE(offered(second)) << "it learns of it";
  EXPECT_EQ(queue.leases_changed, std::vector{lease.agent});
}

TEST_F(NextClaimTest, AnotherAttemptThanTheOfferedOneIsNone) {
  const LeaseProof lease = given_running_job();
  const JobId second = given_queued_job();
  EXPECT_EQ(finish(lease, claim_of_next(second, 2)).next, std::nullopt);
  EXPECT_EQ(state(lease.job), JobState::succeeded);
  EXPECT_EQ(state(second), JobState::queued);
  EXPECT_TRUE(offered(second));
}

TEST_F(NextClaimTest, AClaimIdThatWasUsedIsNone) {
  const LeaseProof lease = given_running_job(), other = given_running_job();
  const JobId second = given_queued_job(), third = given_queued_job();
  const NextClaim used = claim_of_next(second);
  ASSERT_TRUE(finish(other, used).next);
  EXPECT_EQ(finish(lease, {.claim_id = used.claim_id, .boot_id = used.boot_id, .job = third, .attempt = 1}).next,
            std::nullopt);
  EXPECT_EQ(state(lease.job), JobState::succeeded);
  EXPECT_EQ(state(third), JobState::queued);
}

TEST_F(NextClaimTest, ARepeatGetsTheSameJob) {
  const LeaseProof lease = given_running_job();
  const JobId second = given_queued_job(), third = given_queued_job();
  NextClaim next = claim_of_next(second);
  const FinishAnswer first = finish(lease, next);
  next.job = third;  // what a dispatcher that knew nothing would offer
  const FinishAnswer again = finish(lease, next);
  ASSERT_TRUE(again.next);
  EXPECT_EQ(again.next->job, second);
  EXPECT_EQ(json::write_text(again.next->claim), json::write_text(first.next->claim));
  EXPECT_EQ(state(third), JobState::queued);
  EXPECT_EQ(finish(lease, claim_of_next(third)).next, std::nullopt) << "a repeat claims nothing";
  EXPECT_EQ(state(third), JobState::queued);
}

TEST_F(NextClaimTest, ARepeatWhoseCommitGotNoAnswerGetsTheJob) {
  const LeaseProof lease = given_running_job();
  const NextClaim next = claim_of_next(given_queued_job());
  session.mute = true;
  EXPECT_THROW(finish(lease, next), db::DatabaseError);
  session.mute = false;
  const FinishAnswer again = finish(lease, next);
  ASSERT_TRUE(again.next);
  EXPECT_EQ(again.next->job, *next.job);
}

// What another process of the agent, or another agent, claimed is not handed on.
TEST_F(NextClaimTest, ARepeatFromAnotherBootGetsNone) {
  const LeaseProof lease = given_running_job();
  NextClaim next = claim_of_next(given_queued_job());
  ASSERT_TRUE(finish(lease, next).next);
  next.boot_id = "another boot";
  EXPECT_EQ(finish(lease, next).next, std::nullopt);
}

TEST_F(NextClaimTest, ARepeatAfterTheNextJobsEndGetsNone) {
  const LeaseProof lease = given_running_job();
  const NextClaim next = claim_of_next(given_queued_job(no_retry()));
  ASSERT_TRUE(finish(lease, next).next);
  run_alone(jobs.expire(*next.job, 1, ExpireCause::lease_lost));
  EXPECT_EQ(finish(lease, next).next, std::nullopt);
}

// The second of two at a time looks at its log while the first ends the job.
TEST_F(NextClaimTest, TheSecondOfTwoAtATimeGetsTheFirstsJob) {
  const LeaseProof lease = given_running_job();
  const JobId second = given_queued_job(), third = given_queued_job();
  NextClaim next = claim_of_next(second);
  logs.meanwhile = [&]() -> Task<void> {
    EXPECT_TRUE((co_await jobs.finish(lease, {.status = "succeeded"}, next))->next);
  };
  NextClaim late = next;
  late.job = third;
  const FinishAnswer answer = finish(lease, late);
  ASSERT_TRUE(answer.next);
  EXPECT_EQ(answer.next->job, second);
  EXPECT_EQ(state(third), JobState::queued);
}

TEST_F(NextClaimTest, AFinishIsKnownByWhatItSaysOfItsOwnJob) {
  const LeaseProof lease = given_running_job();
  protocol::StatusRequest request{.status = "succeeded"};
  request.next = protocol::NextClaim{.claim_id = JobId::make().str(), .boot_id = "a boot", .boot_seq = {}};
  ASSERT_TRUE(run_alone(jobs.finish(lease, request)));
  EXPECT_TRUE(run_alone(jobs.finish(lease, {.status = "succeeded"}))) << "a later process repeats it without";
}

// Its own job is queued again for a retry, and may be anybody's.
TEST_F(NextClaimTest, ComesAlsoWithAFinishThatIsRetried) {
  pipelines::JobSpec spec;
  spec.retry = {.max = 1, .on = {"exit"}, .exit_codes = {}, .delay_ms = 0};
  const LeaseProof lease = given_running_job(spec);
  const JobId second = given_queued_job();
  const auto answer =
      run_alone(jobs.finish(lease, {.status = "failed", .exit_code = 1, .cause = "exit"}, claim_of_next(second)));
  EXPECT_EQ(answer->reply.state, "queued");
  ASSERT_TRUE(answer->next);
  EXPECT_TRUE(offered(lease.job));
}

}  // namespace
}  // namespace open_cicd::jobs
