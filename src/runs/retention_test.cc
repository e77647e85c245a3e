#include "runs/retention.h"

#include "runs/runs_fixture.h"

namespace open_cicd::runs {
namespace {

using std::chrono::hours;

class RunRetention : public RunsFixture {
 protected:
  RunId given_ended_run() {
    const RunId run = given_jobs({{"build", ""}, {"test", "needs: build"}});
    run_job(run, "build");
    run_job(run, "test");
    EXPECT_EQ(state(run), "succeeded");
    clock.advance(Milliseconds(1));
    return run;
  }
  std::int64_t cutoff(Milliseconds age) { return clock.unix_ms() - age.count(); }
  // The jobs that a pass deletes.
  std::vector<JobId> pass(Milliseconds age) {
    std::vector<JobId> all;
    jobs::RetentionBatch batch{.deleted = {}, .reached = {}, .more = true};
    while (batch.more) {
      batch = run_alone(Retention(session).delete_some(cutoff(age), batch.reached));
      all.insert(all.end(), batch.deleted.begin(), batch.deleted.end());
    }
    return all;
  }
  std::vector<JobId> pass_of_jobs(Milliseconds age) {
    const jobs::Retention retention({.age = age, .jobs = 0}, session, clock);
    return run_alone(retention.delete_some(run_alone(retention.cutoff()), {})).deleted;
  }
  bool exists(RunId run) { return run_alone(runs.get(run)).has_value(); }
  std::int64_t rows(std::string_view table) {
    const std::string sql = "SELECT count(*) FROM " + std::string(table);
    return run_alone(session.read({.name = "count", .sql = sql}, {})).integer(0, 0);
  }
};

INSTANTIATE_RUNS_ON_BOTH_DATABASES(RunRetention);

TEST_P(RunRetention, AnOldRunGoesWhole) {
  const RunId old = given_ended_run();
  const std::vector<JobId> its_jobs{job_of(old, "build").id, job_of(old, "test").id};
  clock.advance(hours(2));
  const RunId late = given_ended_run();
  EXPECT_TRUE(pass(hours(3)).empty());
  const std::vector<JobId> deleted = pass(hours(1));
  EXPECT_EQ(std::set(deleted.begin(), deleted.end()), std::set(its_jobs.begin(), its_jobs.end()));
  EXPECT_FALSE(exists(old));
  EXPECT_TRUE(exists(late));
  EXPECT_EQ(rows("jobs"), 2);
  EXPECT_EQ(rows("attempts"), 2);
  EXPECT_EQ(rows("rounds"), 1);
  EXPECT_EQ(rows("job_needs"), 1);
  EXPECT_EQ(run_of(given_ended_run()).number, 3) << "a number is not given again";
}

TEST_P(RunRetention, ARunOfWhichSomebodyIsToBeToldStays) {
  const RunId run = given_ended_run();
  execute(
      "INSERT INTO outbox (id, target_id, run_id, round, state, finished_at, created_at) VALUES ('m', 't', $1, 1, "
      "'succeeded', 1, 1)",
      {run.str()});
  clock.advance(hours(2));
  EXPECT_TRUE(pass(hours(1)).empty());
  execute("DELETE FROM outbox", {});
  EXPECT_EQ(pass(hours(1)).size(), 2u);
}

TEST_P(RunRetention, ItsJobsDoNotGoWithoutIt) {
  const RunId run = given_jobs({{"build", ""}, {"test", "needs: build"}});
  run_job(run, "build");
  clock.advance(hours(2));
  EXPECT_TRUE(pass_of_jobs(hours(1)).empty());
  EXPECT_TRUE(pass(hours(1)).empty()) << "it has not ended";
  run_job(run, "test");
  EXPECT_TRUE(pass(hours(1)).empty()) << "its age counts from its end";
  clock.advance(hours(2));
  EXPECT_TRUE(pass_of_jobs(hours(1)).empty()) << "a part of a run is nothing that anybody can read";
  EXPECT_EQ(pass(hours(1)).size(), 2u);
}

TEST_P(RunRetention, OneThatIsRunAgainStaysWithItsFirstRound) {
  const RunId run = given_jobs({{"build", ""}, {"test", ""}});
  run_job(run, "build");
  run_job(run, "test", "failed");
  clock.advance(hours(2));
  ASSERT_TRUE(run_alone(runs.rerun(run, {.which = RerunJobs::Which::failed, .named = {}}, "someone")));
  EXPECT_TRUE(pass(hours(1)).empty());
  run_job(run, "test");
  EXPECT_EQ(state(run), "succeeded");
  EXPECT_TRUE(pass(hours(1)).empty()) << "it ended anew";
  clock.advance(hours(2));
  EXPECT_EQ(pass(hours(1)).size(), 3u);
  EXPECT_EQ(rows("rounds"), 0);
}

TEST_P(RunRetention, WhatWasRepeatedGoesBeforeTheRunAndInBatches) {
  const RunId run = given_jobs({{"build", ""}, {"test", ""}});
  run_job(run, "build");
  run_job(run, "test", "failed");
  const JobId repeated = job_of(run, "test").id;
  ASSERT_TRUE(run_alone(runs.rerun(run, {.which = RerunJobs::Which::failed, .named = {}}, "someone")));
  run_job(run, "test");
  clock.advance(hours(2));
  const jobs::RetentionBatch first = run_alone(Retention(session).delete_some(cutoff(hours(1)), {}));
  EXPECT_EQ(first.deleted, std::vector{repeated});
  EXPECT_TRUE(first.more);
  EXPECT_EQ(states(run), "build succeeded, test succeeded") << "as it ended it is whole";
  const jobs::RetentionBatch second = run_alone(Retention(session).delete_some(cutoff(hours(1)), first.reached));
  EXPECT_EQ(second.deleted.size(), 2u);
  EXPECT_FALSE(exists(run));
}

TEST_P(RunRetention, OneWhoseJobStillHoldsItsSlotStays) {
  const RunId run = given_jobs({{"deploy", "concurrency: {group: deploy, limit: 1}"}});
  const jobs::LeaseProof lease = start(run, "deploy");
  run_alone(jobs.expire(lease.job, lease.attempt, jobs::ExpireCause::lease_lost));
  EXPECT_EQ(state(run), "failed");
  clock.advance(hours(2));
  EXPECT_TRUE(pass(hours(1)).empty());
  run_alone(jobs.free_exclusive(lease.job, lease.attempt));
  EXPECT_EQ(pass(hours(1)), std::vector{lease.job});
}

TEST_P(RunRetention, OneStaysAsLongAsItsKeyIsRemembered) {
  NewRun sent = planned("jobs: {a: {steps: [{run: \"true\"}]}}");
  sent.idempotency_key = "a key";
  sent.body_digest = "digest";
  const RunId run = run_alone(runs.create(runs.prepare(std::move(sent)))).value().id;
  run_job(run, "a");
  clock.advance(hours(2));
  EXPECT_TRUE(pass(hours(1)).empty()) << "a repeated submit has to find it";
  clock.advance(hours(23));
  run_alone(jobs.forget_old_keys());
  EXPECT_EQ(pass(hours(1)).size(), 1u);
}

TEST_P(RunRetention, EachIsDeletedForItselfAndPastWhatStays) {
  std::vector<RunId> ended;
  for (int i = 0; i < 3; ++i) ended.push_back(given_ended_run());
  execute("INSERT INTO idempotency_keys (owner, key, body_digest, made_id, created_at) VALUES ('o', 'k', 'd', $1, $2)",
          {ended[0].str(), clock.unix_ms()});
  clock.advance(hours(2));
  const jobs::RetentionBatch first = run_alone(Retention(session).delete_some(cutoff(hours(1)), {}));
  EXPECT_EQ(first.deleted.size(), 2u);
  EXPECT_TRUE(first.more);
  EXPECT_TRUE(exists(ended[0]));
  EXPECT_FALSE(exists(ended[1]));
  EXPECT_TRUE(exists(ended[2])) << "a crash now costs nothing";
  EXPECT_EQ(pass(hours(1)).size(), 2u);
  EXPECT_TRUE(exists(ended[0]));
  EXPECT_FALSE(exists(ended[2]));
}

}  // namespace
}  // namespace open_cicd::runs
