#include "repositories/repositories_fixture.h"

namespace open_cicd::repositories {
namespace {

class EditedTest : public RepositoriesFixture {
 protected:
  runs::Run failed_run(const Repository& repository, const std::string& sha) {
    deliver(repository, push("main", first, sha));
    const auto made = runs_after(repository);
    run_job(made.at(0).id, "a", "failed");
    return made.at(0);
  }
  Result<runs::Rerun> edit(RunId run, std::optional<std::string> workflow,
                           std::optional<workflows::InputTexts> inputs = {}) {
    return run_alone(intake.rerun_edited(
        {.run = run, .workflow = std::move(workflow), .inputs = std::move(inputs), .by = "an editor"}));
  }
  boost::json::value inputs_of(RunId run) { return boost::json::parse(run_alone(runs.plan(run)).value()).at("inputs"); }
};

TEST_P(EditedTest, AnEditedFileRunsForTheSameCommitAndIsToldUnderAContextOfItsOwn) {
  const Repository repository = connect();
  const runs::Run run = failed_run(repository, commit({{"x", "1"}}, "m"));
  ASSERT_TRUE(until([&] { return played.last(*run.sha, "open-cicd/" + run.name + "/push") == "failure"; }));
  const auto edited = edit(run.id, "jobs:\n  a: {retry: 0, steps: [{run: \"true\"}]}\n");
  ASSERT_TRUE(edited) << edited.error().message();
  EXPECT_EQ(edited->jobs, 1);
  start(run.id, "a");
  EXPECT_EQ(boost::json::parse(claimed.spec.text).at("checkout").at("ref").as_string(), *run.sha);
  const std::string modified = "open-cicd/modified/" + run.name + "/push";
  EXPECT_TRUE(until([&] { return played.last(*run.sha, modified) == "pending"; }));
  EXPECT_EQ(played.last(*run.sha, "open-cicd/" + run.name + "/push"), "failure");
}

TEST_P(EditedTest, TheForgeIsToldHowTheRoundBeforeEndedThoughTheRunGoesOn) {
  const Repository repository = connect();
  const std::string sha = commit({{"x", "1"}}, "m");
  deliver(repository, push("main", first, sha));
  const runs::Run run = runs_after(repository).at(0);
  const std::string context = "open-cicd/" + run.name + "/push";
  ASSERT_TRUE(until([&] { return played.last(sha, context + "/a") == "pending"; }));
  run_job(run.id, "a", "failed");  // nobody tells the forge before the edit
  ASSERT_TRUE(edit(run.id, "jobs:\n  a: {steps: [{run: \"true\"}]}\n"));
  EXPECT_TRUE(until([&] {
    return played.last(sha, context) == "failure" && played.last(sha, context + "/a") == "failure" &&
           played.last(sha, context + "/b") == "error";  // a failure left it out
  }));
}

TEST_P(EditedTest, InputsStayAsTheyWereUnlessOthersAreGiven) {
  const std::string file =
      "on: [push]\ninputs: {one: {default: 1st}, two: {default: 2nd}}\njobs:\n  a: {retry: 0, steps: [{run: x}]}\n";
  const Repository repository = connect();
  const runs::Run run = failed_run(repository, commit({{".open-cicd.yml", file}}, "m"));
  ASSERT_TRUE(edit(run.id, std::nullopt, workflows::InputTexts{{"one", "other"}}));
  EXPECT_EQ(inputs_of(run.id), boost::json::parse(R"({"one":"other","two":"2nd"})"));
  run_job(run.id, "a");
  ASSERT_TRUE(edit(run.id, "inputs: {one: {}}\njobs:\n  a: {retry: 0, steps: [{run: x}]}\n"));
  EXPECT_EQ(inputs_of(run.id), boost::json::parse(R"({"one":"other"})")) << "what the file knows no more is left out";
  run_job(run.id, "a");
  const auto wrong = edit(run.id, std::nullopt, workflows::InputTexts{{"nobody", "x"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fields().at(0).path, "inputs.nobody");
}

TEST_P(EditedTest, TemplatesAreThoseOfTheRunsCommit) {
  const Repository repository = connect();
  const std::string sha = commit({{"ci/t.yml", "steps: [{run: \"echo old\"}]\n"}}, "m");
  const runs::Run run = failed_run(repository, sha);
  commit({{"ci/t.yml", "steps: [{run: \"echo new\"}]\n"}}, "later");
  const auto edited = edit(run.id, "jobs:\n  a: {uses: ./ci/t.yml}\n");
  ASSERT_TRUE(edited) << edited.error().message()
                      << (edited.error().fields().empty() ? "" : edited.error().fields()[0].message);
  start(run.id, "a");
  EXPECT_NE(claimed.spec.text.find("echo old"), std::string::npos);
}

TEST_P(EditedTest, WhatIsWrongIsToldAtItsLineAndNothingRuns) {
  const Repository repository = connect();
  const runs::Run run = failed_run(repository, commit({{"x", "1"}}, "m"));
  const auto wrong = edit(run.id, "jobs:\n  a: {stepz: []}\n");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind(), ErrorKind::invalid);
  EXPECT_EQ(wrong.error().fields().at(0).line, 2);
  EXPECT_EQ(run_of(run.id).round, 1);
  EXPECT_EQ(edit(RunId::make(), std::nullopt).error().kind(), ErrorKind::not_found);
}

TEST_P(EditedTest, AnEditedForksRunWaitsForAnApprovalAnewAndMakesNobodyKnown) {
  const Repository repository = connect();
  const std::string sha = commit({{"x", "1"}}, "m");
  deliver(repository, change(3, sha, true));
  const RunId id = runs_after(repository).at(0).id;
  const std::string workflow = "jobs:\n  a: {retry: 0, steps: [{run: other}]}\n";
  EXPECT_EQ(edit(id, workflow).error().code(), "run_awaits_approval");
  ASSERT_TRUE(run_alone(runs.approve(id, std::nullopt, "root")));
  run_job(id, "a", "failed");
  ASSERT_TRUE(edit(id, workflow));
  EXPECT_EQ(state(id), "pending");
  EXPECT_EQ(reason(id, "a").at("code"), "waiting_for_approval");
  ASSERT_TRUE(run_alone(runs.approve(id, std::nullopt, "root")));
  EXPECT_EQ(state(id, "a"), "queued");
  deliver(repository, change(4, sha, true));
  EXPECT_EQ(runs_after(repository).at(1).state, "pending") << "what was approved last was not the stranger's own";
}

TEST_P(EditedTest, ASecretThatIsLimitedByEventOrBranchIsNotForAnEditedFile) {
  const std::string file = "on: [push]\njobs:\n  a: {retry: 0, secrets: [FREE, LIMITED], steps: [{run: x}]}\n";
  const Repository repository = connect();
  const auto keep = [&](const std::string& name, secrets::Limits limits) {
    ASSERT_TRUE(run_alone(vault.put({.scope = repository.id.str(),
                                     .name = name,
                                     .value = Secret("hidden-" + name),
                                     .limits = std::move(limits),
                                     .by = "root"})));
  };
  keep("FREE", {});
  keep("LIMITED", {.branches = {"main"}});
  const runs::Run run = failed_run(repository, commit({{".open-cicd.yml", file}}, "m"));
  ASSERT_TRUE(edit(run.id, "jobs:\n  a: {retry: 0, secrets: [FREE, LIMITED], steps: [{run: env}]}\n"));
  const jobs::LeaseProof a = start(run.id, "a");
  run_alone(grants.hand_out(a.job, claimed));
  ASSERT_TRUE(claimed.secrets_error);
  EXPECT_NE(claimed.secrets_error->find("LIMITED"), std::string::npos);
  finish(a, "failed");
  ASSERT_TRUE(edit(run.id, "jobs:\n  a: {retry: 0, secrets: [FREE], steps: [{run: env}]}\n"));
  const JobId job = start(run.id, "a").job;
  run_alone(grants.hand_out(job, claimed));
  EXPECT_EQ(claimed.secrets.at("FREE"), "hidden-FREE");
}

TEST_P(EditedTest, TheFormOfARefHasItsFilesAndTheInputsOfOne) {
  const std::string file =
      "on: [manual]\ninputs:\n  target: {type: choice, options: [staging, prod], default: staging, description: where "
      "to}\n  version: {required: true, pattern: 'v[0-9]+'}\njobs:\n  a: {steps: [{run: x}]}\n";
  const Repository repository = connect();
  git({"checkout", "-q", "-b", "next"}, remote);
  const std::string sha = commit({{".open-cicd/deploy.yml", file}}, "m");
  git({"checkout", "-q", "main"}, remote);
  const auto form = run_alone(intake.form_of(repository.id, "next", ".open-cicd/deploy.yml"));
  ASSERT_TRUE(form) << form.error().message();
  EXPECT_EQ(form->ref, "refs/heads/next");
  EXPECT_EQ(form->sha, sha);
  EXPECT_EQ(form->pipelines, (std::vector<std::string>{".open-cicd.yml", ".open-cicd/deploy.yml"}));
  ASSERT_EQ(form->inputs.size(), 2u);
  EXPECT_EQ(form->inputs[0].options, (std::vector<std::string>{"staging", "prod"}));
  EXPECT_EQ(*form->inputs[0].fallback, "staging");
  EXPECT_TRUE(form->inputs[1].required);
  EXPECT_EQ(form->inputs[1].pattern, "v[0-9]+");

  const auto usual = run_alone(intake.form_of(repository.id, {}, {}));
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->ref, "refs/heads/main");
  EXPECT_EQ(usual->pipeline, ".open-cicd.yml");
  EXPECT_TRUE(usual->inputs.empty());
  EXPECT_EQ(run_alone(intake.form_of(repository.id, "nowhere", {})).error().fields().at(0).path, "ref");
  EXPECT_EQ(run_alone(intake.form_of(repository.id, {}, "no.yml")).error().fields().at(0).path, "pipeline");
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(EditedTest);

}  // namespace
}  // namespace open_cicd::repositories
