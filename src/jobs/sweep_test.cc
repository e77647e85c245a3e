// What a crash, a database that goes away, or an answer that is lost leaves between an end and what follows it.
#include "jobs/jobs_fixture.h"
#include "pipelines/limits.h"

namespace open_cicd::jobs {
namespace {

class SweepTest : public JobsFixture {
 protected:
  static pipelines::JobSpec in_group(int limit = 1) {
    pipelines::JobSpec spec = no_retry();
    spec.concurrency = {.group = "deploy", .limit = limit};
    return spec;
  }
  static pipelines::JobSpec retried_after(Milliseconds delay) {
    pipelines::JobSpec spec;
    spec.retry = {.max = 1, .on = {"exit"}, .exit_codes = {}, .delay_ms = delay.count()};
    return spec;
  }
  std::string state(JobId job) { return std::string(name_of(detail(job).job.state)); }
  void finish(const LeaseProof& lease, std::string status) {
    EXPECT_TRUE(run_alone(jobs.finish(lease, {.status = std::move(status)})));
  }
  void lose_answer_of(const std::function<void()>& write) {
    session.mute = true;
    EXPECT_THROW(write(), db::DatabaseError);
    session.mute = false;
  }
  // As the next life of the server finds the queue.
  std::vector<QueuedJob> after_restart() {
    QueueOfTests found;
    Jobs next{{}, session, clock, bus, LeaseKey(Secret("a key of the tests"))};
    next.connect(found, logs, runs);
    run_alone(next.load_queue());
    return found.jobs;
  }
};

TEST_F(SweepTest, TheEndOfAJobQueuesTheNextOfItsGroup) {
  const LeaseProof first = given_running_job(in_group());
  const JobId second = given_queued_job(in_group()), third = given_queued_job(in_group());
  EXPECT_EQ(state(second), "blocked");
  finish(first, "succeeded");
  EXPECT_EQ(state(second), "queued");
  EXPECT_EQ(state(third), "blocked");
}

TEST_F(SweepTest, AfterARestartTheQueueIsToldAsItIsToRun) {
  auto urgent = no_retry();
  urgent.priority = 9;
  const JobId first = given_queued_job(no_retry()), second = given_queued_job(no_retry()),
              third = given_queued_job(urgent);
  std::vector<JobId> told;
  for (const QueuedJob& job : after_restart()) told.push_back(job.id);
  EXPECT_EQ(told, (std::vector{third, first, second})) << "a waiting agent takes the first that it hears of";
}

TEST_F(SweepTest, AWaiterWhoseTurnWasNotCommittedIsQueuedByTheNextSweep) {
  const LeaseProof first = given_running_job(in_group());
  const JobId second = given_queued_job(in_group()), third = given_queued_job(in_group());
  session.writes_left = 1;  // the end, but not what follows
  finish(first, "succeeded");
  session.writes_left.reset();
  ASSERT_EQ(state(second), "blocked");
  run_alone(jobs.sweep());
  EXPECT_EQ(state(second), "queued");
  EXPECT_EQ(state(third), "blocked") << "the slot is taken again";
  ASSERT_EQ(queue.jobs.size(), 1U);
  EXPECT_EQ(queue.jobs.at(0).id, second);
}

TEST_F(SweepTest, AllFreeSlotsAreFilledInTheOrderOfTheJobs) {
  const LeaseProof a = given_running_job(in_group(2)), b = given_running_job(in_group(2));
  const JobId c = given_queued_job(in_group(2)), d = given_queued_job(in_group(2)), e = given_queued_job(in_group(2));
  for (const LeaseProof* lease : {&a, &b}) {
    session.writes_left = 1;
    finish(*lease, "failed");
    session.writes_left.reset();
  }
  run_alone(jobs.sweep());
  EXPECT_EQ(state(c) + " " + state(d) + " " + state(e), "queued queued blocked");
}

TEST_F(SweepTest, AFullGroupIsLeftAlone) {
  given_running_job(in_group());
  const JobId second = given_queued_job(in_group());
  session.writes_left = 0;  // a promotion would need a write
  run_alone(jobs.sweep());
  EXPECT_EQ(session.writes_left, 0);
  session.writes_left.reset();
  EXPECT_EQ(state(second), "blocked");
}

TEST_F(SweepTest, AJobWhoseCommitGotNoAnswerIsOffered) {
  lose_answer_of([&] { given_queued_job(); });
  EXPECT_EQ(queue.depth(), 0U);
  run_alone(jobs.sweep());
  EXPECT_EQ(queue.depth(), 1U);
  run_alone(jobs.sweep());
  EXPECT_EQ(queue.depth(), 1U) << "the queue is read once, not at every tick";
}

TEST_F(SweepTest, AQueueThatCouldNotBeReadIsReadAgain) {
  lose_answer_of([&] { given_queued_job(); });
  session.deaf = true;
  EXPECT_THROW(run_alone(jobs.sweep()), db::DatabaseError);
  session.deaf = false;
  run_alone(jobs.sweep());
  EXPECT_EQ(queue.depth(), 1U);
}

TEST_F(SweepTest, ARestartForgetsNoPauseOfARetry) {
  const LeaseProof lease = given_running_job(retried_after(Milliseconds(60'000)));
  finish(lease, "failed");
  EXPECT_EQ(state_of(lease), "queued");
  EXPECT_TRUE(reason_of(lease).contains(R"("at":")")) << reason_of(lease);
  EXPECT_EQ(queue.jobs.at(0).delay_ms, 60'000);
  clock.advance(Milliseconds(20'000));
  ASSERT_EQ(after_restart().size(), 1U);
  EXPECT_EQ(after_restart().at(0).delay_ms, 40'000);
  clock.advance(Milliseconds(50'000));
  EXPECT_EQ(after_restart().at(0).delay_ms, 0);
}

TEST_F(SweepTest, AWallClockThatWasSetBackHoldsNoRetryForEver) {
  const LeaseProof lease = given_running_job(retried_after(Milliseconds(60'000)));
  finish(lease, "failed");
  clock.jump_wall(std::chrono::hours(-24 * 365));
  EXPECT_LE(after_restart().at(0).delay_ms, pipelines::limits::retry_delay_ms_max);
}

TEST_F(SweepTest, AClaimEndsThePause) {
  const LeaseProof lease = given_running_job(retried_after(Milliseconds(60'000)));
  finish(lease, "failed");
  const ClaimRequest request = claim_of(lease.job);
  const auto again = run_alone(jobs.claim(request));
  ASSERT_TRUE(again);
  const LeaseProof second{.job = request.job, .agent = request.agent, .attempt = 2, .lease_token = again->lease_token};
  ASSERT_TRUE(run_alone(jobs.release(second, "drain")));
  EXPECT_EQ(after_restart().at(0).delay_ms, 0);
}

}  // namespace
}  // namespace open_cicd::jobs
