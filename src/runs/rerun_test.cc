#include "runs/runs_fixture.h"

namespace open_cicd::runs {
namespace {

using Which = RerunJobs::Which;

class RerunTest : public RunsFixture {
 protected:
  Rerun rerun(RunId run, Which which = Which::all, std::vector<std::string> named = {}) {
    return run_alone(runs.rerun(run, {which, std::move(named)}, "another")).value();
  }
  std::string rounds(RunId run) {
    std::string text;
    for (const RunJob& job : run_alone(runs.get(run)).value().jobs)
      text += (text.empty() ? "" : ", ") + job.key + " " + std::to_string(job.round);
    return text;
  }
};

TEST_P(RerunTest, WhatFailedIsRepeatedWithAllThatDependsOnIt) {
  const RunId run = given_jobs({{"a", "outputs: [v]"},
                                {"b", "needs: a, env: {V: '${{ needs.a.outputs.v }}', R: '${{ run.round }}'}"},
                                {"c", "needs: b"},
                                {"d", ""}});
  run_job(run, "a", "succeeded", {{"v", "1"}});
  run_job(run, "d");
  run_job(run, "b", "failed");
  ASSERT_EQ(state(run), "failed");
  const Rerun again = rerun(run, Which::failed);
  EXPECT_EQ(again.round, 2);
  EXPECT_EQ(again.jobs, 2);
  EXPECT_EQ(rounds(run), "a 1, b 2, c 2, d 1");
  EXPECT_EQ(states(run), "a succeeded, b queued, c blocked, d succeeded");
  EXPECT_EQ(state(run), "queued") << "nothing of this round was started yet";
  EXPECT_FALSE(run_of(run).started_at);
  start(run, "b");
  EXPECT_EQ(state(run), "running");
  EXPECT_EQ(boost::json::parse(claimed.filled->text), boost::json::parse(R"({"env.V":"1","env.R":"2"})"));
}

TEST_P(RerunTest, AJobThatWaitsForItsEarlierRoundSaysSo) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  start(run, "a");
  rerun(run, Which::named, {"a"});
  EXPECT_EQ(reason(run, "a"),
            boost::json::parse(R"({"code":"waiting_for_needs","facts":{"jobs":["a"],"earlier_round":true}})"));
}

TEST_P(RerunTest, ARunThatHadEndedCountsAsANewOne) {
  Runs few{{.open_max = 1}, session, clock, jobs};
  const RunId ended = given_jobs({{"a", ""}, {"b", ""}});
  run_job(ended, "a", "failed");
  EXPECT_TRUE(run_alone(few.rerun(ended, {Which::named, {"a"}}, "another"))) << "it is open itself";
  run_job(ended, "a");
  run_job(ended, "b");
  const RunId open = given_jobs({{"a", ""}});
  const auto refused = run_alone(few.rerun(ended, {Which::all, {}}, "another"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), "too_many_runs");
  run_job(open, "a");
  EXPECT_TRUE(run_alone(few.rerun(ended, {Which::all, {}}, "another")));
}

TEST_P(RerunTest, TheRunEndsAgainAsItsNewestJobsDo) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  run_job(run, "a", "failed");
  ASSERT_EQ(state(run), "failed");
  rerun(run, Which::failed);
  EXPECT_FALSE(run_of(run).finished_at);
  run_job(run, "a");
  run_job(run, "b");
  EXPECT_EQ(state(run), "succeeded");
  const auto first = run_alone(runs.get(run, 1)).value();
  EXPECT_EQ(first.jobs.at(0).state, jobs::JobState::failed) << "as it stood in round 1";
  EXPECT_EQ(first.jobs.at(1).state, jobs::JobState::skipped);
  EXPECT_EQ(run_alone(runs.get(run, 2)).value().jobs.at(0).state, jobs::JobState::succeeded);
}

TEST_P(RerunTest, EachThingThatIsShownOfANewRoundHasAHigherVersion) {
  const RunId run = given_jobs({{"a", ""}});
  run_job(run, "a", "failed");
  const std::int64_t ended = run_of(run).version;
  rerun(run);
  const std::int64_t repeated = run_of(run).version;
  EXPECT_GT(repeated, ended);
  start(run, "a");
  EXPECT_GT(run_of(run).version, repeated);
}

TEST_P(RerunTest, ARunBeganWhenItsNewestRoundDid) {
  const RunId run = given_jobs({{"a", ""}, {"b", ""}});
  run_job(run, "a");
  run_job(run, "b", "failed");
  const auto first = run_of(run).started_at;
  clock.advance(Milliseconds(3'600'000));
  rerun(run, Which::failed);
  run_job(run, "b");
  ASSERT_TRUE(run_of(run).started_at);
  EXPECT_GE(*run_of(run).started_at - *first, 3'600'000);
}

TEST_P(RerunTest, AllIsEveryJobAgain) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  run_job(run, "a");
  run_job(run, "b");
  EXPECT_EQ(rerun(run).jobs, 2);
  EXPECT_EQ(states(run), "a queued, b blocked");
}

TEST_P(RerunTest, AJobThatStillRunsIsCancelledAndItsSuccessorWaitsForThat) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}, {"c", "needs: b"}});
  const jobs::LeaseProof a = start(run, "a");
  rerun(run);
  EXPECT_EQ(states(run), "a blocked, b blocked, c blocked");
  finish(a, "cancelled");
  EXPECT_EQ(states(run), "a queued, b blocked, c blocked");
  run_job(run, "a");
  EXPECT_EQ(states(run), "a succeeded, b queued, c blocked");
  run_job(run, "b");
  run_job(run, "c");
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(RerunTest, AThirdRoundWaitsForTheFirst) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  const jobs::LeaseProof a = start(run, "a");
  rerun(run);
  rerun(run);
  EXPECT_EQ(states(run), "a blocked, b blocked") << "the second round's job has ended, the first one's has not";
  EXPECT_TRUE(run_alone(jobs.cancel(job_of(run, "a").id, "someone")));
  rerun(run, Which::failed);
  EXPECT_EQ(states(run), "a blocked, b blocked");
  finish(a, "cancelled");
  EXPECT_EQ(states(run), "a queued, b blocked");
  run_job(run, "a");
  run_job(run, "b");
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(RerunTest, OthersOfTheRunGoOnMeanwhile) {
  const RunId run = given_jobs({{"a", ""}, {"b", ""}, {"c", "needs: [a, b]"}});
  run_job(run, "a", "failed");
  const jobs::LeaseProof b = start(run, "b");
  rerun(run, Which::named, {"a"});
  EXPECT_EQ(states(run), "a queued, b running, c blocked");
  finish(b, "succeeded");
  EXPECT_EQ(state(run, "c"), "blocked") << "its count is of what its needs are now";
  run_job(run, "a");
  EXPECT_EQ(state(run, "c"), "queued");
  run_job(run, "c");
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(RerunTest, OneLegOfAMatrix) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2], fail_fast: false}"}, {"b", "needs: a"}});
  run_job(run, "a (1)");
  run_job(run, "a (2)", "failed");
  rerun(run, Which::failed);
  EXPECT_EQ(rounds(run), "a (1) 1, a (2) 2, b 2");
  run_job(run, "a (2)");
  EXPECT_EQ(state(run, "b"), "queued");
}

TEST_P(RerunTest, ACancelledRunRunsAgain) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  const jobs::LeaseProof a = start(run, "a");
  run_alone(runs.cancel(run, "someone"));
  const auto too_early = run_alone(runs.rerun(run, {}, "another"));
  ASSERT_FALSE(too_early);
  EXPECT_EQ(too_early.error().code(), "run_is_cancelled");
  finish(a, "cancelled");
  ASSERT_EQ(state(run), "cancelled");
  rerun(run, Which::failed);
  run_job(run, "a");
  EXPECT_EQ(states(run), "a succeeded, b queued");
}

TEST_P(RerunTest, WhatCannotBeRepeatedIsRefused) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  run_job(run, "a");
  run_job(run, "b");
  EXPECT_EQ(run_alone(runs.rerun(run, {.which = Which::failed}, "x")).error().code(), "nothing_to_rerun");
  EXPECT_EQ(run_alone(runs.rerun(run, {.which = Which::named, .named = {"nobody"}}, "x")).error().kind(),
            ErrorKind::invalid);
  EXPECT_FALSE(run_alone(runs.rerun(RunId::make(), {}, "x")));
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(RerunTest, ARerunEntersTheGroupOfItsRunAgain) {
  const std::string yaml = "concurrency: g\njobs: {a: {retry: 0, steps: [{run: a}]}}";
  const RunId first = given_run(yaml);
  run_job(first, "a", "failed");
  const RunId second = given_run(yaml);
  rerun(first);
  EXPECT_EQ(state(first) + " " + states(first), "pending a blocked");
  run_job(second, "a");
  EXPECT_EQ(states(first), "a queued");
}

TEST_P(RerunTest, SlotsOfAMatrixAreCountedAnew) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2, 3], max_parallel: 1, fail_fast: false}"}});
  run_job(run, "a (1)", "failed");
  run_job(run, "a (2)", "failed");
  EXPECT_EQ(states(run), "a (1) failed, a (2) failed, a (3) queued");
  rerun(run, Which::failed);
  EXPECT_EQ(states(run), "a (1) blocked, a (2) blocked, a (3) queued");
  run_job(run, "a (3)");
  run_job(run, "a (1)");
  run_job(run, "a (2)");
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(RerunTest, ALegThatIsRepeatedHasItsSlotUntilItEnds) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2, 3], max_parallel: 1, fail_fast: false}"}});
  run_job(run, "a (1)");
  const jobs::LeaseProof second = start(run, "a (2)");
  rerun(run);
  EXPECT_EQ(states(run), "a (1) blocked, a (2) blocked, a (3) blocked") << "the second leg of before still runs";
  finish(second, "cancelled");
  EXPECT_EQ(states(run), "a (1) queued, a (2) blocked, a (3) blocked");
  run_job(run, "a (1)");
  run_job(run, "a (2)");
  run_job(run, "a (3)");
  EXPECT_EQ(state(run), "succeeded");
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(RerunTest);

}  // namespace
}  // namespace open_cicd::runs
