#include "runs/runs_fixture.h"

namespace open_cicd::runs {
namespace {

class EditTest : public RunsFixture {
 protected:
  Result<Rerun> edit(RunId run, const std::string& yaml) {
    NewRun edited = planned(yaml);
    edited.by = "an editor";
    return run_alone(runs.rerun_edited(run, runs.prepare(std::move(edited))));
  }
  static std::string file(const std::string& jobs) { return "jobs: {" + jobs + "}\n"; }
  std::string keys(RunId run, int round) {
    std::string text;
    for (const RunJob& job : run_alone(runs.get(run, round)).value().jobs)
      text += (text.empty() ? "" : ", ") + job.key + " " + std::to_string(job.round);
    return text;
  }
};

TEST_P(EditTest, TheNextRoundHasTheJobsOfTheEditedFileAndNoOthers) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  run_job(run, "a", "failed");
  ASSERT_EQ(state(run), "failed");
  const auto edited = edit(run, file("a: {steps: [{run: x}]}, c: {needs: a, steps: [{run: x}]}"));
  ASSERT_TRUE(edited) << edited.error().message();
  EXPECT_EQ(edited->round, 2);
  EXPECT_EQ(edited->jobs, 2);
  EXPECT_EQ(states(run), "a queued, c blocked");
  EXPECT_EQ(keys(run, 1), "a 1, b 1") << "as it stood in round 1";
  EXPECT_EQ(keys(run, 2), "a 2, c 2");
  run_job(run, "a");
  run_job(run, "c");
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(EditTest, TheRunIsModifiedFromThenOn) {
  const RunId run = given_jobs({{"a", ""}});
  run_job(run, "a", "failed");
  EXPECT_FALSE(run_of(run).modified);
  ASSERT_TRUE(edit(run, file("a: {retry: 0, steps: [{run: x}]}")));
  run_job(run, "a", "failed");
  ASSERT_TRUE(run_alone(runs.rerun(run, {}, "another")));
  const auto detail = run_alone(runs.get(run)).value();
  EXPECT_TRUE(detail.run.modified);
  ASSERT_EQ(detail.rounds.size(), 3u);
  EXPECT_FALSE(detail.rounds[0].edited);
  EXPECT_TRUE(detail.rounds[1].edited);
  EXPECT_EQ(detail.rounds[1].asked_by, "an editor");
  EXPECT_TRUE(detail.rounds[1].finished_at);
  EXPECT_FALSE(detail.rounds[2].edited);
  EXPECT_EQ(run_alone(runs.workflow(run, 3)).value(), file("a: {retry: 0, steps: [{run: x}]}"))
      << "a later round repeats what was edited";
  EXPECT_NE(run_alone(runs.workflow(run, 1)).value(), run_alone(runs.workflow(run, 2)).value());
}

TEST_P(EditTest, ARunThatHasNotEndedIsNotEdited) {
  const RunId run = given_jobs({{"a", ""}});
  const jobs::LeaseProof a = start(run, "a");
  const std::string yaml = file("b: {steps: [{run: x}]}");
  EXPECT_EQ(edit(run, yaml).error().code(), "run_is_open");
  finish(a, "succeeded");
  EXPECT_TRUE(edit(run, yaml));
  EXPECT_EQ(edit(RunId::make(), yaml).error().kind(), ErrorKind::not_found);
}

TEST_P(EditTest, ItsRoundsAndOpenRunsCountAsThoseOfAnyOther) {
  Runs few{{.open_max = 1, .rounds_max = 2}, session, clock, jobs};
  const std::string yaml = file("a: {retry: 0, steps: [{run: x}]}");
  const RunId run = given_jobs({{"a", ""}});
  run_job(run, "a");
  const RunId open = given_jobs({{"a", ""}});
  EXPECT_EQ(run_alone(few.rerun_edited(run, few.prepare(planned(yaml)))).error().code(), "too_many_runs");
  run_job(open, "a");
  ASSERT_TRUE(run_alone(few.rerun_edited(run, few.prepare(planned(yaml)))));
  run_job(run, "a");
  EXPECT_EQ(run_alone(few.rerun_edited(run, few.prepare(planned(yaml)))).error().code(), "too_many_rounds");
}

TEST_P(EditTest, TheGroupIsThatOfTheEditedFile) {
  const RunId run = given_jobs({{"a", ""}});
  run_job(run, "a");
  const std::string yaml = "concurrency: g\njobs: {a: {retry: 0, steps: [{run: x}]}}";
  const RunId holder = given_run(yaml);
  ASSERT_TRUE(edit(run, yaml));
  EXPECT_EQ(state(run) + " " + states(run), "pending a blocked");
  run_job(holder, "a");
  EXPECT_EQ(states(run), "a queued");
}

TEST_P(EditTest, WhatItIsMadeFromIsTheNewestRound) {
  const RunId run = given_jobs({{"a", ""}});
  run_job(run, "a");
  const std::string yaml = file("b: {retry: 0, steps: [{run: x}]}");
  ASSERT_TRUE(edit(run, yaml));
  const auto basis = run_alone(runs.basis(run));
  ASSERT_TRUE(basis);
  EXPECT_EQ(basis->workflow, yaml);
  EXPECT_EQ(basis->contexts.at("event").at("name"), "api");
  EXPECT_FALSE(basis->checkout);
  EXPECT_FALSE(run_alone(runs.basis(RunId::make())));
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(EditTest);

}  // namespace
}  // namespace open_cicd::runs
