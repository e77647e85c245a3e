#include "jobs/retention.h"

#include "jobs/jobs_fixture.h"

namespace open_cicd::jobs {
namespace {

using std::chrono::hours;

class RetentionTest : public JobsFixture {
 protected:
  JobId given_ended_job(std::optional<std::string> key = {}) {
    JobId job;
    if (key) {
      Submission submission{.spec = {}, .owner = "tests", .idempotency_key = std::move(key), .body_digest = "digest"};
      submission.spec.name = "a job";
      submission.spec.executor = "shell";
      submission.spec.steps = {{.name = "build", .run = {"true"}}};
      job = run_alone(jobs.submit(std::move(submission))).value().id;
      EXPECT_TRUE(run_alone(jobs.cancel(job, "tests")));
    } else {
      const LeaseProof lease = given_running_job(no_retry());
      EXPECT_TRUE(run_alone(jobs.finish(lease, {.status = "succeeded"})));
      job = lease.job;
    }
    clock.advance(Milliseconds(1));
    return job;
  }
  // Everything that a pass deletes.
  std::vector<JobId> pass(RetentionRule rule) {
    const Retention retention(rule, session, clock);
    const std::int64_t cutoff = run_alone(retention.cutoff());
    std::vector<JobId> all;
    RetentionBatch batch{.deleted = {}, .reached = {}, .more = true};
    while (batch.more) {
      batch = run_alone(retention.delete_some(cutoff, batch.reached));
      all.insert(all.end(), batch.deleted.begin(), batch.deleted.end());
    }
    return all;
  }
  bool exists(JobId job) { return run_alone(jobs.get(job)).has_value(); }
  std::int64_t rows(std::string_view sql) { return run_alone(session.read({"count", sql}, {})).integer(0, 0); }
};

TEST_F(RetentionTest, AJobGoesWhenItEndedLongAgo) {
  const JobId old = given_ended_job();
  clock.advance(hours(2));
  const JobId late = given_ended_job();
  EXPECT_TRUE(pass({.age = hours(3), .jobs = 0}).empty());
  EXPECT_EQ(pass({.age = hours(1), .jobs = 0}), std::vector{old});
  EXPECT_FALSE(exists(old));
  EXPECT_TRUE(exists(late));
  EXPECT_EQ(rows("SELECT count(*) FROM attempts"), 1) << "attempts go with their jobs";
}

TEST_F(RetentionTest, TheNewestStayHoweverOld) {
  std::vector<JobId> ended;
  for (int i = 0; i < 5; ++i) ended.push_back(given_ended_job());
  clock.advance(hours(24 * 365));
  EXPECT_TRUE(pass({.age = hours(1), .jobs = 5}).empty());
  EXPECT_EQ(pass({.age = hours(1), .jobs = 3}), (std::vector{ended[0], ended[1]}));
  EXPECT_TRUE(pass({.age = hours(1), .jobs = 3}).empty());
  EXPECT_TRUE(pass({.age = Milliseconds(0), .jobs = 0}).empty()) << "age 0 keeps everything";
  EXPECT_EQ(pass({.age = hours(1), .jobs = 0}), (std::vector{ended[2], ended[3], ended[4]}));
}

TEST_F(RetentionTest, AgeCountsFromTheEndAndWhatHasNotEndedStays) {
  const JobId queued = given_queued_job();
  const LeaseProof running = given_running_job(no_retry(hours(1000)));
  clock.advance(hours(500));
  EXPECT_TRUE(run_alone(jobs.finish(running, {.status = "succeeded"})));
  EXPECT_TRUE(pass({.age = hours(1), .jobs = 0}).empty());
  clock.advance(hours(2));
  EXPECT_EQ(pass({.age = hours(1), .jobs = 0}), std::vector{running.job});
  EXPECT_TRUE(exists(queued));
}

TEST_F(RetentionTest, ALostAttemptThatHoldsItsSlotStays) {
  pipelines::JobSpec spec = no_retry();
  spec.concurrency = pipelines::Concurrency{.group = "deploy", .limit = 1};
  const LeaseProof lease = given_running_job(std::move(spec));
  run_alone(jobs.expire(lease.job, lease.attempt, ExpireCause::lease_lost));
  EXPECT_EQ(state_of(lease), "lost");
  clock.advance(hours(2));
  EXPECT_TRUE(pass({.age = hours(1), .jobs = 0}).empty());
  run_alone(jobs.free_exclusive(lease.job, lease.attempt));
  EXPECT_EQ(pass({.age = hours(1), .jobs = 0}), std::vector{lease.job});
}

TEST_F(RetentionTest, AJobStaysAsLongAsItsKeyIsRemembered) {
  const JobId job = given_ended_job("a key");
  clock.advance(hours(2));
  EXPECT_TRUE(pass({.age = hours(1), .jobs = 0}).empty()) << "a repeated submit has to find it";
  clock.advance(hours(23));
  run_alone(jobs.forget_old_keys());
  EXPECT_EQ(pass({.age = hours(1), .jobs = 0}), std::vector{job});
}

TEST_F(RetentionTest, APassGoesInBatchesAndPastWhatStays) {
  const JobId kept = given_ended_job("a key");
  std::set<JobId> ended;
  for (std::int64_t i = 0; i < 2 * Retention::batch_jobs + 1; ++i) ended.insert(given_ended_job());
  clock.advance(hours(2));
  const Retention retention({.age = hours(1), .jobs = 0}, session, clock);
  const std::int64_t cutoff = run_alone(retention.cutoff());
  const RetentionBatch first = run_alone(retention.delete_some(cutoff, {}));
  EXPECT_EQ(std::ssize(first.deleted), Retention::batch_jobs - 1);
  EXPECT_TRUE(first.more);
  const std::vector<JobId> rest = pass({.age = hours(1), .jobs = 0});
  std::set<JobId> deleted(first.deleted.begin(), first.deleted.end());
  deleted.insert(rest.begin(), rest.end());
  EXPECT_EQ(deleted, ended);
  EXPECT_TRUE(exists(kept));
  EXPECT_EQ(run_alone(retention.known({kept, rest.front()})), std::set{kept});
}

TEST_F(RetentionTest, JobsOfOneMomentAreNotSkipped) {
  std::set<JobId> ended;
  for (std::int64_t i = 0; i < Retention::batch_jobs + 10; ++i) {
    const JobId job = given_queued_job();
    EXPECT_TRUE(run_alone(jobs.cancel(job, "tests")));
    ended.insert(job);
  }
  clock.advance(hours(2));
  const std::vector<JobId> deleted = pass({.age = hours(1), .jobs = 0});
  EXPECT_EQ(std::set<JobId>(deleted.begin(), deleted.end()), ended);
}

}  // namespace
}  // namespace open_cicd::jobs
