#include "repositories/repositories_fixture.h"

namespace open_cicd::repositories {
namespace {

class IntakeTest : public RepositoriesFixture {};
INSTANTIATE_RUNS_ON_BOTH_DATABASES(IntakeTest);

TEST_P(IntakeTest, APushBecomesARunThatTheForgeSeesFromBeginningToEnd) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "a better file\n\nby far");
  deliver(repository, push("main", first, sha));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 1u);
  const runs::Run& run = made[0];
  EXPECT_EQ(run.number, 1);
  EXPECT_EQ(run.repository, "group/app");
  EXPECT_EQ(run.sha, sha);
  EXPECT_EQ(run.ref, "refs/heads/main");
  EXPECT_EQ(run.branch, "main");
  EXPECT_EQ(run.event, "push");
  EXPECT_EQ(run.title, "a better file");
  EXPECT_EQ(run.author, "Ada");
  EXPECT_EQ(run.trust, "trusted");
  const std::string context = "open-cicd/" + run.name + "/push";
  EXPECT_TRUE(until([&] { return played.last(sha, context + "/b") == "pending"; }));
  finish_run(run.id);
  EXPECT_TRUE(
      until([&] { return played.last(sha, context) == "success" && played.last(sha, context + "/b") == "success"; }));
  EXPECT_EQ(all_deliveries(repository)[0].state, "done");
}

TEST_P(IntakeTest, RunsAreNumberedInTheOrderOfReceipt) {
  const Repository repository = connect();
  std::string before = first;
  std::vector<std::string> pushed;
  for (int i = 0; i < 5; ++i) {
    pushed.push_back(commit({{"a", std::to_string(i)}}, "one"));
    deliver(repository, push("main", before, pushed.back()));
    before = pushed.back();
  }
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 5u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(made[i].number, i + 1);
    EXPECT_EQ(made[i].sha, pushed[i]);
  }
}

TEST_P(IntakeTest, AFileThatIsWrongMakesARunThatSaysSo) {
  const Repository repository = connect();
  const std::string sha = commit({{".open-cicd.yml", "jobs: {a: {stepz: []}}\n"}}, "broken");
  deliver(repository, push("main", first, sha));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].state, "failed");
  const auto reason = boost::json::parse(made[0].reason.value_or("null"));
  EXPECT_EQ(reason.at("code"), "invalid_pipeline");
  EXPECT_EQ(reason.at("facts").at("errors").at(0).at("line"), 1);
  EXPECT_TRUE(until([&] { return played.last(sha, "open-cicd/" + made[0].name + "/push") == "failure"; }));
}

TEST_P(IntakeTest, EachFileOfTheFolderIsARun) {
  const Repository repository = connect();
  const std::string sha = commit({{".open-cicd/x.yml", std::string(two_jobs)}, {".open-cicd/readme.md", "no"}}, "more");
  deliver(repository, push("main", first, sha));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[0].pipeline, ".open-cicd.yml");
  EXPECT_EQ(made[1].pipeline, ".open-cicd/x.yml");
}

TEST_P(IntakeTest, WhatOnDoesNotListMakesNoRunAndSaysWhy) {
  const Repository repository = connect();
  const std::string sha =
      commit({{".open-cicd.yml", "on: {push: {branches: [release]}}\njobs: {a: {steps: [{run: x}]}}\n"}}, "m");
  deliver(repository, push("main", first, sha));
  EXPECT_TRUE(runs_after(repository).empty());
  EXPECT_EQ(all_deliveries(repository)[0].state, "ignored");
  EXPECT_NE(all_deliveries(repository)[0].verdict->find("does not list it"), std::string::npos);
}

TEST_P(IntakeTest, WhatOnlyPathsLeftOutIsARunThatWasSkipped) {
  const Repository repository = connect();
  const std::string filtered = "on: {push: {paths: [src/**]}}\njobs: {a: {steps: [{run: x}]}}\n";
  const std::string second = commit({{".open-cicd.yml", filtered}, {"src/x", "1"}}, "m");
  const std::string third = commit({{"README.md", "y"}}, "m");
  deliver(repository, push("main", first, second));
  deliver(repository, push("main", second, third));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[0].state, "queued");
  EXPECT_EQ(made[1].state, "skipped");
  EXPECT_TRUE(until([&] { return played.last(third, "open-cicd/" + made[1].name + "/push") == "success"; }));
}

TEST_P(IntakeTest, ATitleMaySkipAndAQuotationMayNot) {
  const Repository repository = connect();
  const std::string second = commit({{"a", "1"}}, "typo [ci skip]");
  const std::string third = commit({{"a", "2"}}, "revert\n\nof \"typo [ci skip]\"");
  deliver(repository, push("main", first, second));
  deliver(repository, push("main", second, third));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].sha, third);
}

TEST_P(IntakeTest, D5_ADeliveryThatComesTwiceIsOneRun) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  const Received once = deliver(repository, push("main", first, sha), "d-1");
  const Received again = deliver(repository, push("main", first, sha), "d-1");
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.id, once.id);
  EXPECT_EQ(runs_after(repository).size(), 1u);
  EXPECT_TRUE(deliver(repository, push("main", first, sha), "d-1").repeated);
  EXPECT_EQ(runs_after(repository).size(), 1u);
}

TEST_P(IntakeTest, D6_ThereAndBackAndThereAgainAreThreePushes) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  deliver(repository, push("main", first, sha), "d-1");
  EXPECT_TRUE(deliver(repository, push("main", first, sha), "d-2").repeated);  // a new name, and nothing between
  EXPECT_FALSE(deliver(repository, push("main", sha, first), "d-3").repeated);
  EXPECT_FALSE(deliver(repository, push("main", first, sha), "d-4").repeated);
  EXPECT_EQ(runs_after(repository).size(), 3u);
}

TEST_P(IntakeTest, WhatAPollSawIsNotMadeTwiceByAWebhookBeforeOrBehindIt) {
  const Repository repository = connect();
  const std::string second = commit({{"a", "1"}}, "m"), third = commit({{"a", "2"}}, "m");
  deliver(repository, push("main", first, third), {}, "poll");
  EXPECT_FALSE(deliver(repository, push("main", first, second), "d-1").repeated);
  EXPECT_TRUE(deliver(repository, push("main", second, third), "d-2").repeated);
  const std::string fourth = commit({{"a", "3"}}, "m");
  deliver(repository, push("main", third, fourth), "d-3");
  EXPECT_TRUE(deliver(repository, push("main", second, fourth), {}, "poll").repeated);
  EXPECT_EQ(runs_after(repository).size(), 3u);
}

TEST_P(IntakeTest, ARemoteThatIsAwayIsTriedAgainAndTheOrderIsKept) {
  const Repository repository = connect();
  const std::string second = commit({{"a", "1"}}, "m"), third = commit({{"a", "2"}}, "m");
  std::filesystem::rename(remote, folder / "away");
  deliver(repository, push("main", first, second));
  deliver(repository, push("main", second, third));
  EXPECT_TRUE(until([&] { return all_deliveries(repository)[1].tries > 0; }));
  EXPECT_EQ(all_deliveries(repository)[0].tries, 0);
  std::filesystem::rename(folder / "away", remote);
  EXPECT_TRUE(until([&] {
    clock.advance(Milliseconds(1000));
    return nothing_pending(repository);
  }));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[0].sha, second);
}

TEST_P(IntakeTest, ADeliveryThatCanNeverBeWorkedOnIsAFailedRunAndTheNextPasses) {
  const Repository repository = connect();
  deliver(repository, push("main", first, std::string(40, 'a')));
  const std::string sha = commit({{"a", "1"}}, "m");
  deliver(repository, push("main", std::string(40, 'a'), sha));
  EXPECT_TRUE(until([&] {
    clock.advance(Milliseconds(1000));
    return nothing_pending(repository);
  }));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[0].state, "failed");
  EXPECT_EQ(made[1].state, "queued");
  EXPECT_EQ(all_deliveries(repository)[1].state, "failed");
}

TEST_P(IntakeTest, AForksChangeWaitsForAnApprovalOfItsVeryPlan) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  deliver(repository, change(3, sha, true));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 1u);
  const RunId id = made[0].id;
  EXPECT_EQ(made[0].state, "pending");
  EXPECT_EQ(made[0].trust, "fork");
  EXPECT_EQ(made[0].change, 3);
  EXPECT_EQ(boost::json::parse(*made[0].reason).at("code"), "waiting_for_approval");
  EXPECT_EQ(reason(id, "a").at("code"), "waiting_for_approval");
  EXPECT_EQ(run_alone(runs.approve(id, "sha256:other", "root")).error().code(), "plan_changed");
  EXPECT_EQ(state(id), "pending");
  EXPECT_EQ(run_alone(runs.approve(id, std::nullopt, "root")).value(), "queued");
  EXPECT_EQ(state(id, "a"), "queued");
  EXPECT_EQ(run_alone(runs.approve(id, std::nullopt, "root")).error().code(), "no_approval_needed");
}

TEST_P(IntakeTest, B4_ANewPushNeedsANewApprovalAndEndsTheWaitOfTheOlder) {
  const Repository repository = connect();
  const std::string one = commit({{"a", "1"}}, "m");
  deliver(repository, change(3, one, true));
  const auto before = runs_after(repository);
  ASSERT_TRUE(run_alone(runs.approve(before[0].id, std::nullopt, "root")));
  const std::string two = commit({{"a", "2"}}, "m");
  deliver(repository, change(3, two, true));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].state, "pending");
  const std::string three = commit({{"a", "3"}}, "m");
  deliver(repository, change(3, three, true));
  const auto after = runs_after(repository);
  ASSERT_EQ(after.size(), 3u);
  EXPECT_EQ(after[1].state, "cancelled");
  EXPECT_EQ(after[2].state, "pending");
}

TEST_P(IntakeTest, B4_AllFilesOfOnePushWaitTogether) {
  const Repository repository = connect();
  const std::string sha = commit({{".open-cicd/x.yml", std::string(two_jobs)}}, "m");
  deliver(repository, change(3, sha, true));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  for (const runs::Run& run : made) EXPECT_EQ(run.state, "pending");
  EXPECT_EQ(run_alone(runs.cancel(made[0].id, "root")).value(), "cancelled");
}

TEST_P(IntakeTest, AStrangersRunStandsInNoGroupOfTheRepositorys) {
  const Repository repository = connect();
  ASSERT_TRUE(run_alone(repositories.change(repository.id, {.trust = "nobody"})));
  const std::string deploys =
      "on: [push, pull_request]\nconcurrency: {group: g, on_conflict: cancel_running}\njobs: {a: {steps: [{run: "
      "x}]}}\n";
  const std::string sha = commit({{".open-cicd.yml", deploys}}, "m");
  deliver(repository, push("main", first, sha));
  deliver(repository, change(3, sha, true));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[0].state, "queued");
  EXPECT_EQ(made[1].state, "queued");
}

TEST_P(IntakeTest, TwoFilesOfOneNameAreToldApart) {
  const Repository repository = connect();
  const std::string named = "name: checks\n" + std::string(two_jobs);
  const std::string sha =
      commit({{".open-cicd/x.yml", named}, {".open-cicd/y.yml", named}, {".open-cicd.yml", named}}, "m");
  deliver(repository, push("main", first, sha));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 3u);
  EXPECT_EQ(made[0].state, "queued");
  EXPECT_EQ(made[1].state, "failed");
  EXPECT_NE(made[1].name, made[0].name);
}

TEST_P(IntakeTest, AnAnnotatedTagIsOneRunHoweverItIsSeen) {
  const Repository repository = connect();
  git({"tag", "-a", "-m", "t", "v1"}, remote);
  scm::Happening told{.sender = scm::Account{.id = 5, .login = "ada"},
                      .repository = scm::Repository{.id = 7, .full_name = "group/app", .default_branch = "main"}};
  scm::set_push(told, "refs/tags/v1", std::string(40, '0'), git({"rev-parse", "v1"}, remote));
  told.sha = first;
  deliver(repository, scm::checked(std::move(told)).value());
  scm::Happening seen{.repository = scm::Repository{.id = 7, .full_name = "group/app", .default_branch = "main"}};
  scm::set_push(seen, "refs/tags/v1", std::string(40, '0'), first);
  EXPECT_TRUE(deliver(repository, scm::checked(std::move(seen)).value(), {}, "poll").repeated);
  EXPECT_EQ(runs_after(repository).size(), 1u);
}

TEST_P(IntakeTest, D6_ARealPushBehindAPollIsNoRepeat) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  deliver(repository, push("main", first, sha), {}, "poll");
  EXPECT_FALSE(deliver(repository, push("main", sha, first), "d-1").repeated);
  EXPECT_FALSE(deliver(repository, push("main", first, sha), "d-2").repeated);
  EXPECT_EQ(runs_after(repository).size(), 3u);
}

TEST_P(IntakeTest, WhoseForksWaitIsASettingOfTheRepository) {
  const Repository repository = connect();
  const std::string one = commit({{"a", "1"}}, "m");
  deliver(repository, change(3, one, true, 66));
  ASSERT_TRUE(run_alone(runs.approve(runs_after(repository)[0].id, std::nullopt, "root")));
  deliver(repository, change(4, one, true, 66));  // another change of a known contributor
  deliver(repository, change(5, one, true, 67));
  auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 3u);
  EXPECT_EQ(made[1].state, "queued");
  EXPECT_EQ(made[2].state, "pending");
  ASSERT_TRUE(run_alone(repositories.change(repository.id, {.trust = "everybody"})));
  deliver(repository, change(6, one, true, 66));
  ASSERT_TRUE(until([&] { return nothing_pending(repository); }));
  ASSERT_TRUE(run_alone(repositories.change(repository.id, {.trust = "nobody"})));
  deliver(repository, change(7, one, true, 68));
  made = runs_after(repository);
  ASSERT_EQ(made.size(), 5u);
  EXPECT_EQ(made[3].state, "pending");
  EXPECT_EQ(made[4].state, "queued");
}

TEST_P(IntakeTest, AnApprovedRunThenWaitsForItsGroup) {
  const Repository repository = connect();
  const std::string grouped = "on: [pull_request]\nconcurrency: g\njobs: {a: {steps: [{run: x}]}}\n";
  deliver(repository, change(3, commit({{".open-cicd.yml", grouped}}, "m"), true));
  const RunId older = runs_after(repository)[0].id;
  EXPECT_EQ(run_alone(runs.approve(older, std::nullopt, "root")).value(), "pending");
  EXPECT_EQ(state(older), "queued") << "a run that nobody approved holds up no group";
  deliver(repository, change(3, commit({{"a", "1"}}, "m"), true));
  const RunId newer = runs_after(repository)[1].id;
  EXPECT_EQ(run_alone(runs.approve(newer, std::nullopt, "root")).value(), "pending");
  EXPECT_EQ(reason(newer, "a").at("code"), "waiting_for_concurrency");
  run_job(older, "a");
  EXPECT_EQ(state(newer), "queued");
}

TEST_P(IntakeTest, ARunIsMadeNowOfABranchOrATag) {
  const Repository repository = connect();
  git({"tag", "v1"}, remote);
  const auto now = run_alone(intake.run_now({.repository = repository.id, .by = "root"}));
  ASSERT_TRUE(now) << now.error().message();
  EXPECT_EQ(run_of(now->id).event, "manual");
  EXPECT_EQ(run_of(now->id).branch, "main");
  const auto tag = run_alone(intake.run_now({.repository = repository.id, .ref = "v1", .by = "root"}));
  ASSERT_TRUE(tag);
  EXPECT_EQ(run_of(tag->id).tag, "v1");
  EXPECT_EQ(
      run_alone(intake.run_now({.repository = repository.id, .ref = "nope", .by = "root"})).error().fields()[0].path,
      "ref");
  EXPECT_EQ(run_alone(intake.run_now({.repository = repository.id, .pipeline = "x.yml", .by = "root"}))
                .error()
                .fields()[0]
                .path,
            "pipeline");
}

TEST_P(IntakeTest, ADeliveryMayBeRepeatedAndMakesARunOfItsOwn) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  const Received once = deliver(repository, push("main", first, sha));
  EXPECT_EQ(runs_after(repository).size(), 1u);
  ASSERT_TRUE(run_alone(deliveries.redeliver(repository.id, once.id)));
  EXPECT_EQ(runs_after(repository).size(), 2u);
  EXPECT_EQ(run_alone(deliveries.redeliver(repository.id, DeliveryId::make())).error().code(), "not_found");
}

TEST_P(IntakeTest, ATemplateOfAnotherRepositoryIsReadWhereItIsGranted) {
  const std::string with = "steps: [{run: \"true\"}]\n";
  commit({{"templates/build.yml", with}}, "a template");
  const Repository templates = connect();
  played.repository = {.id = 8,
                       .full_name = "group/user",
                       .default_branch = "main",
                       .clone_url = played.repository.clone_url,
                       .is_public = false};
  const Repository user = connect({.address = {.url = "https://forge.example/group/user", .forge = "played"}});
  const std::string uses = "on: [push]\njobs: {a: {uses: group/app/templates/build.yml@main}}\n";
  const std::string sha = commit({{".open-cicd.yml", uses}}, "m");
  scm::Happening pushed = push("main", first, sha);
  const auto runs_made = [&] {
    deliver(user, pushed, {}, "redelivery");
    return runs_after(user);
  };
  EXPECT_EQ(runs_made().back().state, "queued") << "a public one is anybody's";
  execute("UPDATE repositories SET is_public = 0", {});
  EXPECT_EQ(runs_made().back().state, "failed");
  ASSERT_TRUE(run_alone(repositories.change(templates.id, {.templates_for = {{"group/user"}}})));
  EXPECT_EQ(runs_made().back().state, "queued");
}

}  // namespace
}  // namespace open_cicd::repositories
