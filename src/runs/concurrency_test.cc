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

}  // namespace
}  // namespace open_cicd::runs
