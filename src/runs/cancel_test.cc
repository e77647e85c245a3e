#include "runs/runs_fixture.h"

namespace open_cicd::runs {
namespace {

class CancelTest : public RunsFixture {
 protected:
  std::string cancel(RunId run) { return run_alone(runs.cancel(run, "someone")).value(); }
};

TEST_P(CancelTest, WhatWaitsEndsAtOnceAndWhatRunsIsAskedToStop) {
  const RunId run = given_jobs({{"a", ""}, {"b", ""}, {"c", "needs: a"}});
  const jobs::LeaseProof a = start(run, "a");
  EXPECT_EQ(cancel(run), "queued");
  EXPECT_EQ(states(run), "a cancelling, b cancelled, c cancelled");
  EXPECT_TRUE(queue.jobs.empty());
  EXPECT_EQ(reason(run, "c"), boost::json::parse(R"({"code":"cancelled","facts":{"by":"someone"}})"));
  finish(a, "succeeded");
  EXPECT_EQ(state(run), "cancelled");
  EXPECT_EQ(run_of(run).reason, R"({"code":"cancelled","facts":{"by":"someone"}})");
  EXPECT_FALSE(run_alone(runs.cancel(run, "someone"))) << "it has ended";
}

TEST_P(CancelTest, ARunWithoutAnythingUnderWayEndsAtOnce) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  EXPECT_EQ(cancel(run), "cancelled");
  EXPECT_EQ(states(run), "a cancelled, b cancelled");
}

TEST_P(CancelTest, CleanUpRunsAfterACancel) {
  const RunId run = given_jobs({{"a", ""},
                                {"clean", "needs: a, if: always()"},
                                {"tell", "needs: a, if: cancelled()"},
                                {"last", "needs: clean"}});
  const jobs::LeaseProof a = start(run, "a");
  cancel(run);
  EXPECT_EQ(states(run), "a cancelling, clean blocked, tell blocked, last cancelled");
  finish(a, "cancelled");
  EXPECT_EQ(states(run), "a cancelled, clean queued, tell queued, last cancelled");
  run_job(run, "clean");
  run_job(run, "tell");
  EXPECT_EQ(state(run), "cancelled");
}

TEST_P(CancelTest, ASecondCancelEndsCleanUp) {
  const RunId run = given_jobs({{"a", ""}, {"clean", "needs: a, if: always()"}, {"more", "needs: a, if: always()"}});
  cancel(run);
  EXPECT_EQ(states(run), "a cancelled, clean queued, more queued");
  const jobs::LeaseProof clean = start(run, "clean");
  cancel(run);
  EXPECT_EQ(states(run), "a cancelled, clean cancelling, more cancelled");
  finish(clean, "cancelled");
  EXPECT_EQ(state(run), "cancelled");
}

TEST_P(CancelTest, AJobThatIsReleasedAfterACancelIsCancelled) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  const jobs::LeaseProof a = start(run, "a");
  // As a cancel finds it that comes between two transactions: b is put back by hand.
  cancel(run);
  execute("UPDATE jobs SET state = 'blocked', finished_at = NULL WHERE id = $1", {job_of(run, "b").id.str()});
  finish(a, "cancelled");
  EXPECT_EQ(state(run, "b"), "cancelled");
  EXPECT_EQ(state(run), "cancelled");
}

TEST_P(CancelTest, AFailureBeforeTheCancelCountsMore) {
  const RunId run = given_jobs({{"a", ""}, {"b", ""}});
  run_job(run, "a", "failed");
  EXPECT_EQ(cancel(run), "failed");
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(CancelTest);

class MatrixTest : public RunsFixture {};

TEST_P(MatrixTest, AFailedLegCancelsTheOthers) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2, 3]}"}, {"b", "needs: a, if: always()"}});
  const jobs::LeaseProof one = start(run, "a (1)"), two = start(run, "a (2)");
  finish(two, "failed");
  EXPECT_EQ(states(run), "a (1) cancelling, a (2) failed, a (3) cancelled, b blocked");
  EXPECT_EQ(reason(run, "a (3)"), boost::json::parse(R"-({"code":"sibling_failed","facts":{"job":"a (2)"}})-"));
  finish(one, "cancelled");
  EXPECT_EQ(state(run, "b"), "queued");
  run_job(run, "b");
  EXPECT_EQ(state(run), "failed");
}

TEST_P(MatrixTest, WithoutFailFastTheyGoOn) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2], fail_fast: false}"}});
  run_job(run, "a (1)", "failed");
  EXPECT_EQ(state(run, "a (2)"), "queued");
}

TEST_P(MatrixTest, AnAllowedFailureCancelsNoSibling) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2]}, allow_failure: true"}});
  run_job(run, "a (1)", "failed");
  EXPECT_EQ(state(run, "a (2)"), "queued");
}

TEST_P(MatrixTest, NoMoreLegsThanMaxParallelRunAtOnce) {
  const RunId run =
      given_jobs({{"z", ""}, {"a", "needs: z, matrix: {n: [1, 2, 3, 4], max_parallel: 2, fail_fast: false}"}});
  EXPECT_EQ(reason(run, "a (4)").at("code"), "waiting_for_needs");
  run_job(run, "z");
  EXPECT_EQ(states(run), "z succeeded, a (1) queued, a (2) queued, a (3) blocked, a (4) blocked");
  EXPECT_EQ(reason(run, "a (4)"),
            boost::json::parse(R"({"code":"waiting_for_concurrency","facts":{"group":"a","max_parallel":2}})"));
  run_job(run, "a (2)", "failed");
  EXPECT_EQ(states(run), "z succeeded, a (1) queued, a (2) failed, a (3) queued, a (4) blocked");
  run_job(run, "a (1)");
  run_job(run, "a (3)");
  run_job(run, "a (4)");
  EXPECT_EQ(state(run), "failed");
}

TEST_P(MatrixTest, ALegThatIsCancelledBeforeItsTurnGivesNoSlotAway) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2, 3], max_parallel: 1, fail_fast: false}"}});
  EXPECT_TRUE(run_alone(jobs.cancel(job_of(run, "a (2)").id, "someone")));
  EXPECT_EQ(states(run), "a (1) queued, a (2) cancelled, a (3) blocked");
  run_job(run, "a (1)");
  EXPECT_EQ(state(run, "a (3)"), "queued");
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(MatrixTest);

}  // namespace
}  // namespace open_cicd::runs
