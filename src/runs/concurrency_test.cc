#include "runs/runs_fixture.h"

namespace open_cicd::runs {
namespace {

class RunGroupTest : public RunsFixture {
 protected:
  RunId given_run_in_group(const std::string& concurrency) {
    return given_run("concurrency: " + concurrency +
                     "\njobs: {a: {retry: 0, steps: [{run: a}]}, b: {needs: a, steps: [{run: b}]}, "
                     "clean: {needs: a, if: always(), retry: 0, steps: [{run: c}]}}");
  }
  void end(RunId run) {
    run_job(run, "a", "failed");
    run_job(run, "clean");
  }
};

TEST_P(RunGroupTest, OneRunAfterTheOther) {
  const RunId first = given_run_in_group("deploy"), second = given_run_in_group("deploy"),
              third = given_run_in_group("deploy"), other = given_run_in_group("test");
  EXPECT_EQ(state(first), "queued");
  EXPECT_EQ(state(second) + " " + state(third), "pending pending");
  EXPECT_EQ(state(other), "queued");
  EXPECT_EQ(states(second), "a blocked, b blocked, clean blocked");
  EXPECT_EQ(run_of(second).reason, R"({"code":"waiting_for_concurrency","facts":{"group":"deploy"}})");
  end(first);
  EXPECT_EQ(state(second) + " " + state(third), "queued pending");
  EXPECT_EQ(states(second), "a queued, b blocked, clean blocked");
  end(second);
  EXPECT_EQ(state(third), "queued");
}

TEST_P(RunGroupTest, ALimitOfTwo) {
  const std::string two = "{group: g, limit: 2}";
  const RunId a = given_run_in_group(two), b = given_run_in_group(two), c = given_run_in_group(two);
  EXPECT_EQ(state(a) + " " + state(b) + " " + state(c), "queued queued pending");
  end(b);
  EXPECT_EQ(state(c), "queued");
}

TEST_P(RunGroupTest, ANewerRunReplacesThoseThatWait) {
  const std::string replace = "{group: g, on_conflict: replace_pending}";
  const RunId a = given_run_in_group(replace), b = given_run_in_group(replace), c = given_run_in_group(replace);
  EXPECT_EQ(state(a) + " " + state(b) + " " + state(c), "queued cancelled pending");
  EXPECT_EQ(boost::json::parse(*run_of(b).reason).at("code"), "superseded");
  EXPECT_EQ(boost::json::parse(*run_of(b).reason).at("facts").at("by"), boost::json::value(c.str()));
  EXPECT_EQ(states(b), "a cancelled, b cancelled, clean cancelled");
}

TEST_P(RunGroupTest, ANewerRunCancelsTheOneThatRunsAndWaitsForItsEnd) {
  const std::string cancel = "{group: g, on_conflict: cancel_running}";
  const RunId a = given_run_in_group(cancel);
  const jobs::LeaseProof lease = start(a, "a");
  const RunId b = given_run_in_group(cancel);
  EXPECT_EQ(states(a), "a cancelling, b cancelled, clean cancelled");
  EXPECT_EQ(state(b), "pending");
  finish(lease, "cancelled");
  EXPECT_EQ(state(a) + " " + state(b), "cancelled queued");
}

TEST_P(RunGroupTest, WhatACrashBeforeThePromotionLeftIsFoundByTheSweep) {
  const RunId first = given_run_in_group("g"), second = given_run_in_group("g");
  run_job(first, "a", "failed");
  const jobs::LeaseProof clean = start(first, "clean");
  session.writes_left = 1;  // the end, but not what follows
  finish(clean, "succeeded");
  session.writes_left.reset();
  ASSERT_EQ(state(second), "pending");
  run_alone(runs.sweep());
  EXPECT_EQ(state(second), "queued");
  EXPECT_EQ(states(second), "a queued, b blocked, clean blocked");
}

class JobGroupTest : public RunGroupTest {
 protected:
  // Two jobs of the group that wait for nothing else, and one that the run does without them.
  RunId given_run_with(const std::string& on_conflict) {
    return given_run("jobs:\n  a: &j {retry: 0, concurrency: {group: g, on_conflict: " + on_conflict +
                     "}, steps: [{run: a}]}\n  b: *j\n  other: {retry: 0, steps: [{run: o}]}\n");
  }
};

TEST_P(JobGroupTest, ANewerRunsJobReplacesThoseOfOlderRunsThatWait) {
  const RunId first = given_run_with("replace_pending");
  EXPECT_EQ(states(first), "a queued, b blocked, other queued");
  const RunId second = given_run_with("replace_pending");
  EXPECT_EQ(states(first), "a queued, b cancelled, other queued");
  EXPECT_EQ(states(second), "a blocked, b blocked, other queued");
  EXPECT_EQ(boost::json::parse(*job_of(first, "b").reason),
            boost::json::parse(R"({"code":"superseded","facts":{"by":")" + second.str() + R"(","group":"g"}})"));
  run_job(first, "a");
  EXPECT_EQ(states(second), "a queued, b blocked, other queued");
  run_job(first, "other");
  EXPECT_EQ(state(first), "cancelled");
}

TEST_P(JobGroupTest, ANewerRunsJobCancelsTheOneThatRunsAndWaitsForItsEnd) {
  const RunId first = given_run_with("cancel_running");
  const jobs::LeaseProof lease = start(first, "a");
  const RunId second = given_run_with("cancel_running");
  EXPECT_EQ(states(first), "a cancelling, b cancelled, other queued");
  EXPECT_EQ(states(second), "a blocked, b blocked, other queued");
  finish(lease, "cancelled");
  EXPECT_EQ(states(second), "a queued, b blocked, other queued");
}

TEST_P(JobGroupTest, OneThatHasASlotAndNoAgentYetIsCancelledAtOnce) {
  const RunId first = given_run_with("cancel_running"), second = given_run_with("cancel_running");
  EXPECT_EQ(states(first), "a cancelled, b cancelled, other queued");
  EXPECT_EQ(states(second), "a queued, b blocked, other queued");
}

TEST_P(JobGroupTest, ARerunEndsNothingOfANewerRun) {
  const RunId first = given_run_with("cancel_running"), second = given_run_with("cancel_running");
  ASSERT_TRUE(run_alone(runs.rerun(first, {.which = RerunJobs::Which::failed}, "me")));
  EXPECT_EQ(states(second), "a queued, b blocked, other queued");
  EXPECT_EQ(states(first), "a cancelled, b cancelled, other queued") << "the newer run's waits: it goes first";
}

TEST_P(JobGroupTest, WhatACrashBeforeTheReplacementLeftIsFoundByTheSweep) {
  const RunId first = given_run_with("cancel_running");
  const jobs::LeaseProof lease = start(first, "a");
  session.writes_left = 1;  // the new run, but not what follows
  const RunId second = given_run_with("cancel_running");
  session.writes_left.reset();
  ASSERT_EQ(states(first), "a running, b blocked, other queued");
  run_alone(runs.sweep());
  EXPECT_EQ(states(first), "a cancelling, b cancelled, other queued");
  finish(lease, "cancelled");
  EXPECT_EQ(states(second), "a queued, b blocked, other queued");
}

TEST_P(JobGroupTest, JobsThatQueueReplaceNothing) {
  const RunId first = given_run_with("cancel_running"), second = given_run_with("queue");
  EXPECT_EQ(states(first), "a queued, b blocked, other queued");
  EXPECT_EQ(states(second), "a blocked, b blocked, other queued");
}

TEST_P(RunGroupTest, AFullGroupIsLeftAlone) {
  given_run_in_group("g");
  given_run_in_group("g");
  session.writes_left = 0;
  run_alone(runs.sweep());
  EXPECT_EQ(session.writes_left, 0) << "a promotion would need a write";
}

TEST_P(RunGroupTest, AWaitingRunCanBeCancelled) {
  const RunId first = given_run_in_group("g"), second = given_run_in_group("g"), third = given_run_in_group("g");
  run_alone(runs.cancel(second, "someone"));
  run_alone(runs.cancel(second, "someone"));
  EXPECT_EQ(state(second), "cancelled");
  end(first);
  EXPECT_EQ(state(third), "queued");
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(RunGroupTest);
INSTANTIATE_RUNS_ON_BOTH_DATABASES(JobGroupTest);

}  // namespace
}  // namespace open_cicd::runs
