// Statuses, what claims hand over, schedules, polling, and how repositories are connected.
#include "repositories/repositories_fixture.h"

namespace open_cicd::repositories {
namespace {

class RepositoriesTest : public RepositoriesFixture {
 protected:
  bool until_all_is_told() {
    return until([&] {
      clock.advance(Milliseconds(1000));
      return run_alone(session.read({.name = "t", .sql = "SELECT run_id FROM run_reports"}, {})).empty();
    });
  }
};
INSTANTIATE_RUNS_ON_BOTH_DATABASES(RepositoriesTest);

// Reporting.

TEST_P(RepositoriesTest, AForgeThatIsAwayDelaysNoRunAndLearnsTheLastState) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  played.set_trouble(Error(ErrorKind::unavailable, "forge_away", "The forge does not answer."));
  deliver(repository, push("main", first, sha));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 1u);
  finish_run(made[0].id);
  played.set_trouble(std::nullopt);
  const std::string context = "open-cicd/" + made[0].name + "/push";
  EXPECT_TRUE(until([&] {
    clock.advance(Milliseconds(1000));
    return played.last(sha, context) == "success" && played.last(sha, context + "/a") == "success";
  }));
  EXPECT_EQ(std::ranges::count(played.told, "pending", &PlayedForge::Told::state), 0);
}

TEST_P(RepositoriesTest, WhatAForgeMayReadLateIsToldOnceMore) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  played.set_trouble(Error(ErrorKind::unavailable, "forge_away", "No answer in 10 s."));
  deliver(repository, push("main", first, sha));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_TRUE(until([&] { return run_alone(repositories.get(repository.id))->status_error.has_value(); }));
  finish_run(made[0].id);
  played.set_trouble(std::nullopt);
  const auto times_told = [&] {
    const std::lock_guard lock(played.mutex);
    return std::ranges::count_if(played.told, [&](const PlayedForge::Told& one) {
      return one.context == "open-cicd/" + made[0].name + "/push" && one.state == "success";
    });
  };
  EXPECT_TRUE(until([&] {
    clock.advance(Milliseconds(100));
    return times_told() > 0;
  }));
  const auto before = times_told();
  EXPECT_TRUE(until_all_is_told());
  EXPECT_GT(times_told(), before);
}

TEST_P(RepositoriesTest, AnOlderRunOfTheSameCommitDoesNotOverwriteTheNewer) {
  const Repository repository = connect();
  const std::string sha = commit({{"a", "1"}}, "m");
  const Received once = deliver(repository, push("main", first, sha));
  runs_after(repository);
  ASSERT_TRUE(run_alone(deliveries.redeliver(repository.id, once.id)));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  finish_run(made[1].id);
  const std::string context = "open-cicd/" + made[0].name + "/push";
  EXPECT_TRUE(until([&] { return played.last(sha, context) == "success"; }));
  run_job(made[0].id, "a", "failed");
  EXPECT_TRUE(until_all_is_told());
  EXPECT_EQ(played.last(sha, context), "success");
}

// Grants.

TEST_P(RepositoriesTest, B1_AForkGetsNoSecretAlsoWhenItIsApproved) {
  const Repository repository = connect();
  ASSERT_TRUE(
      run_alone(vault.put({.scope = repository.id.str(), .name = "TOKEN", .value = Secret("canary-1"), .by = "x"})));
  const std::string asks =
      "on: [push, pull_request]\njobs: {a: {secrets: [TOKEN], steps: [{run: x}]}, b: {steps: [{run: x}]}}\n";
  const std::string sha = commit({{".open-cicd.yml", asks}}, "m");
  deliver(repository, push("main", first, sha));
  deliver(repository, change(3, sha, true));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  start(made[0].id, "a");
  const JobId mine = job_of(made[0].id, "a").id;
  run_alone(grants.hand_out(mine, claimed));
  EXPECT_EQ(claimed.secrets["TOKEN"], "canary-1");
  start(made[0].id, "b");
  run_alone(grants.hand_out(job_of(made[0].id, "b").id, claimed));
  EXPECT_TRUE(claimed.secrets.empty()) << "what a job does not name it does not get";
  ASSERT_TRUE(run_alone(runs.approve(made[1].id, std::nullopt, "root")));
  start(made[1].id, "a");
  run_alone(grants.hand_out(job_of(made[1].id, "a").id, claimed));
  EXPECT_TRUE(claimed.secrets.empty());
  EXPECT_TRUE(claimed.secrets_error);
}

TEST_P(RepositoriesTest, B1_AForkGetsNoLoginOfARegistryAndARepositorysHidesTheServers) {
  const Repository repository = connect();
  RegistryLogins logins(vault);
  for (const auto& [scope, registry, user] :
       {std::tuple(std::string(), "r.example:5000", "all"), std::tuple(std::string(), "index.docker.io", "hub"),
        std::tuple(repository.id.str(), "r.example:5000", "ours"), std::tuple(std::string(), "other.example", "none")})
    ASSERT_TRUE(run_alone(logins.put(scope, registry, {.username = user, .password = "canary-6"}, "x")));
  const std::string asks =
      "on: [push, pull_request]\njobs: {a: {image: r.example:5000/app, steps: [{run: x}, {image: busybox, run: x}]}}\n";
  const std::string sha = commit({{".open-cicd.yml", asks}}, "m");
  deliver(repository, push("main", first, sha));
  deliver(repository, change(3, sha, true));
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  const auto users = [&] {
    std::string text;
    for (const auto& login : claimed.registry_logins.value_or(std::vector<protocol::RegistryLogin>()))
      text += login.registry + "=" + login.username + " ";
    return text;
  };
  start(made[0].id, "a");
  run_alone(grants.hand_out(job_of(made[0].id, "a").id, claimed));
  EXPECT_EQ(users(), "docker.io=hub r.example:5000=ours ");
  ASSERT_TRUE(run_alone(runs.approve(made[1].id, std::nullopt, "root")));
  start(made[1].id, "a");
  run_alone(grants.hand_out(job_of(made[1].id, "a").id, claimed));
  EXPECT_EQ(users(), "");
}

TEST_P(RepositoriesTest, B6_ALimitToABranchIsOfTheRefThatWasPushed) {
  const Repository repository = connect();
  ASSERT_TRUE(run_alone(vault.put({.scope = repository.id.str(),
                                   .name = "TOKEN",
                                   .value = Secret("canary-2"),
                                   .limits = {.branches = {"main"}},
                                   .by = "x"})));
  // The default branch is protected until somebody says otherwise.
  ASSERT_TRUE(run_alone(vault.put({.scope = repository.id.str(),
                                   .name = "KEY",
                                   .value = Secret("canary-3"),
                                   .limits = {.only_protected = true},
                                   .by = "x"})));
  const std::string asks =
      "on: [push, pull_request, tag]\njobs: {a: {secrets: [TOKEN], steps: [{run: x}]}, b: {secrets: [KEY], steps: "
      "[{run: x}]}}\n";
  const std::string sha = commit({{".open-cicd.yml", asks}}, "m");
  git({"tag", "main"}, remote);
  scm::Happening tag = push("main", "", sha);
  tag.ref = "refs/tags/main";
  tag.kind = scm::Kind::tag;
  deliver(repository, push("main", first, sha));
  deliver(repository, scm::checked(std::move(tag)).value());
  deliver(repository, change(3, sha, false));  // from a branch that is called main, too
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 3u);
  for (const auto& [run, gets] : {std::pair(0, true), std::pair(1, false), std::pair(2, false)}) {
    start(made[run].id, "a");
    run_alone(grants.hand_out(job_of(made[run].id, "a").id, claimed));
    EXPECT_EQ(claimed.secrets.contains("TOKEN"), gets) << run;
    EXPECT_EQ(claimed.secrets_error.has_value(), !gets) << run;
    start(made[run].id, "b");
    run_alone(grants.hand_out(job_of(made[run].id, "b").id, claimed));
    EXPECT_EQ(claimed.secrets.contains("KEY"), gets) << run;
  }
}

// Schedules and polling.

TEST_P(RepositoriesTest, AScheduleThatWasMissedManyTimesMakesOneRun) {
  const Repository repository = connect();
  const std::string hourly = "on: {push: {}, schedule: [{cron: '0 * * * *'}]}\njobs: {a: {steps: [{run: x}]}}\n";
  const std::string sha = commit({{".open-cicd.yml", hourly}}, "m");
  deliver(repository, push("main", first, sha));
  EXPECT_EQ(runs_after(repository).size(), 1u);
  ASSERT_EQ(run_alone(schedules.of(repository.id)).size(), 1u);
  run_alone(schedules.tick());
  EXPECT_EQ(runs_after(repository).size(), 1u);
  clock.advance(std::chrono::hours(5));
  run_alone(schedules.tick());
  run_alone(schedules.tick());
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].event, "schedule");
  EXPECT_EQ(made[1].sha, sha);
  clock.advance(std::chrono::hours(1));
  run_alone(schedules.tick());
  EXPECT_EQ(runs_after(repository).size(), 3u);
}

const std::string nightly = "on: {manual: {}, schedule: [{cron: '0 3 * * *'}]}\njobs: {a: {steps: [{run: x}]}}\n";
const std::string hourly_too = "on: {schedule: [{cron: '0 * * * *'}]}\njobs: {a: {steps: [{run: x}]}}\n";

TEST_P(RepositoriesTest, WhatIsScheduledAlreadyIsReadWhenARepositoryIsConnected) {
  const std::string sha = commit({{".open-cicd.yml", nightly}, {".open-cicd/hourly.yml", hourly_too}}, "m");
  const Repository repository = connect();
  intake.read_schedules(repository.id);
  const auto of_it = [&] { return run_alone(schedules.of(repository.id)); };
  ASSERT_TRUE(until([&] { return of_it().size() == 2; }));
  EXPECT_TRUE(all_deliveries(repository).empty());
  EXPECT_TRUE(runs_after(repository).empty()) << "nobody pushed";
  clock.advance(std::chrono::hours(1));
  run_alone(schedules.tick());
  const auto made = runs_after(repository);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].event, "schedule");
  EXPECT_EQ(made[0].sha, sha);
  EXPECT_EQ(of_it().size(), 2u) << "the run of one file leaves what others schedule";
}

TEST_P(RepositoriesTest, ARunOfTheNewestCommitReadsWhatAllFilesSchedule) {
  commit({{".open-cicd.yml", nightly}, {".open-cicd/hourly.yml", hourly_too}}, "m");
  const Repository repository = connect();
  const auto run = run_alone(
      intake.run_now({.repository = repository.id, .pipeline = {}, .ref = std::nullopt, .inputs = {}, .by = "t"}));
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_EQ(run_alone(schedules.of(repository.id)).size(), 2u);
}

TEST_P(RepositoriesTest, PollingFindsWhatNobodyTold) {
  NewRepository wanted{.poll = Milliseconds(1000)};
  const Repository repository = connect(std::move(wanted));
  EXPECT_TRUE(until([&] { return run_alone(repositories.get(repository.id))->polled_at > 0; }));
  const std::string sha = commit({{"a", "1"}}, "m");
  git({"tag", "v1"}, remote);
  clock.advance(Milliseconds(2000));
  EXPECT_TRUE(until([&] { return all_deliveries(repository).size() == 2 && nothing_pending(repository); }));
  EXPECT_EQ(runs_after(repository).size(), 2u);
  clock.advance(Milliseconds(2000));
  EXPECT_TRUE(until([&] { return run_alone(repositories.get(repository.id))->polled_at == clock.unix_ms(); }));
  EXPECT_EQ(all_deliveries(repository).size(), 2u);
}

// Connecting.

TEST_P(RepositoriesTest, ARepositoryIsConnectedOnceAndWholly) {
  NewRepository bad{.address = {.url = "https://forge.example/group/app", .forge = "played"}, .token = Secret("bad")};
  EXPECT_EQ(run_alone(repositories.add(std::move(bad))).error().code(), "forge_token");
  EXPECT_TRUE(run_alone(repositories.list()).repositories.empty());
  const Repository repository = connect();
  EXPECT_EQ(played.hooks, std::vector<std::string>{repositories.webhook_url(repository)});
  NewRepository again{.address = {.url = "https://forge.example/group/app.git", .forge = "played"},
                      .token = Secret("good")};
  EXPECT_EQ(run_alone(repositories.add(std::move(again))).error().code(), "repository_exists");
  EXPECT_EQ(run_alone(repositories.find("group/app"))->id, repository.id);
  played.hooks.clear();
  EXPECT_TRUE(run_alone(repositories.sync(repository.id)));
  EXPECT_EQ(played.hooks.size(), 1u);
  EXPECT_TRUE(run_alone(repositories.remove(repository.id)));
  EXPECT_TRUE(played.hooks.empty());
  EXPECT_EQ(run_alone(repositories.find("group/app")).error().code(), "not_found");
  EXPECT_TRUE(run_alone(vault.list(repository.id.str())).empty());
}

TEST_P(RepositoriesTest, AWebhookThatCannotBeRegisteredIsAWarning) {
  played.webhook_trouble = Error(ErrorKind::forbidden, "forge_scope", "The token lacks the scope admin:repo_hook.");
  NewRepository wanted{.address = {.url = "https://forge.example/group/app", .forge = "played"},
                       .token = Secret("good")};
  const auto added = run_alone(repositories.add(std::move(wanted)));
  ASSERT_TRUE(added);
  ASSERT_EQ(added->warnings.size(), 1u);
  EXPECT_NE(added->warnings[0].find("admin:repo_hook"), std::string::npos);
  EXPECT_EQ(added->repository.webhook_state, "failed");
}

}  // namespace
}  // namespace open_cicd::repositories
