#include "runs/runs_fixture.h"

#include <future>
#include <latch>
#include <thread>

namespace open_cicd::runs {
namespace {

class ReleaseTest : public RunsFixture {};

TEST_P(ReleaseTest, AJobIsOfferedWhenAllThatItNeedsHasEnded) {
  const RunId run = given_jobs({{"a", ""}, {"b", ""}, {"c", "needs: [a, b]"}});
  run_job(run, "a");
  EXPECT_EQ(state(run, "c"), "blocked");
  const jobs::LeaseProof b = start(run, "b");
  EXPECT_TRUE(queue.jobs.empty());
  finish(b, "succeeded");
  EXPECT_EQ(state(run, "c"), "queued");
  ASSERT_EQ(queue.jobs.size(), 1U);
  EXPECT_EQ(queue.jobs.at(0).id, job_of(run, "c").id);
  run_job(run, "c");
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(ReleaseTest, ANeedOfAMatrixIsAllOfItsLegs) {
  const RunId run = given_jobs({{"a", "matrix: {n: [1, 2]}"}, {"b", "needs: a"}});
  run_job(run, "a (1)");
  EXPECT_EQ(state(run, "b"), "blocked");
  run_job(run, "a (2)");
  EXPECT_EQ(state(run, "b"), "queued");
}

TEST_P(ReleaseTest, ARetryReleasesNothing) {
  const RunId run = given_run(
      "jobs: {a: {retry: {max: 1, on: exit}, steps: [{run: a}]}, b: {needs: a, if: always(), steps: [{run: b}]}}");
  run_job(run, "a", "failed");
  EXPECT_EQ(states(run), "a queued, b blocked");
  run_job(run, "a", "failed");
  EXPECT_EQ(states(run), "a failed, b queued");
}

TEST_P(ReleaseTest, WhatNeedsAFailedJobIsSkippedToTheLastAndTheRunFails) {
  const RunId run =
      given_jobs({{"a", ""}, {"b", "needs: a"}, {"c", "needs: b"}, {"d", "needs: c, if: failure()"}, {"e", ""}});
  run_job(run, "a", "failed");
  EXPECT_EQ(states(run), "a failed, b skipped, c skipped, d queued, e queued");
  EXPECT_EQ(reason(run, "b"), boost::json::parse(R"({"code":"skipped_need","facts":{"job":"a","result":"failed"}})"));
  EXPECT_EQ(reason(run, "c"), boost::json::parse(R"({"code":"skipped_need","facts":{"job":"b","result":"skipped"}})"));
  run_job(run, "d");
  EXPECT_EQ(state(run), "running");
  run_job(run, "e");
  EXPECT_EQ(state(run), "failed");
}

TEST_P(ReleaseTest, AThousandSkipsAreNoRecursion) {
  std::vector<std::pair<std::string, std::string>> chain{{"j0", ""}};
  for (int i = 1; i < 1000; ++i) chain.emplace_back("j" + std::to_string(i), "needs: j" + std::to_string(i - 1));
  const RunId run = given_jobs(chain);
  run_job(run, "j0", "failed");
  EXPECT_EQ(state(run, "j999"), "skipped");
  EXPECT_EQ(state(run), "failed");
}

TEST_P(ReleaseTest, AnAllowedFailureIsAWarning) {
  const RunId run = given_jobs({{"a", "allow_failure: {exit_codes: [7]}"}, {"b", "needs: a"}});
  finish(start(run, "a"), "failed", {}, 7);
  EXPECT_EQ(states(run), "a failed, b queued");
  EXPECT_TRUE(job_of(run, "a").allowed);
  run_job(run, "b");
  EXPECT_EQ(state(run), "succeeded");
  EXPECT_TRUE(run_of(run).warnings);
  const RunId other = given_jobs({{"a", "allow_failure: {exit_codes: [7]}"}, {"b", "needs: a"}});
  finish(start(other, "a"), "failed", {}, 8);
  EXPECT_EQ(states(other), "a failed, b skipped");
  EXPECT_EQ(state(other), "failed");
}

TEST_P(ReleaseTest, OutputsReachTheConditionAndTheVariablesOfWhatNeedsThem) {
  const RunId run = given_jobs({{"a", "outputs: [v, w]"},
                                {"b",
                                 "needs: a, env: {FIXED: x, V: '${{ needs.a.outputs.v }}', R: '${{ env.FIXED }}-${{ "
                                 "env.V }}-${{ run.number }}'}"},
                                {"c", "needs: a, if: needs.a.outputs.v == '1.6'"}});
  run_job(run, "a", "succeeded", {{"v", "1.7"}, {"other", "is not declared"}});
  EXPECT_EQ(states(run), "a succeeded, b queued, c skipped");
  EXPECT_EQ(reason(run, "c").at("facts").at("values"), boost::json::parse(R"({"needs.a.outputs.v":"1.7"})"));
  start(run, "b");
  ASSERT_TRUE(claimed.filled);
  EXPECT_EQ(boost::json::parse(claimed.filled->text), boost::json::parse(R"({"env.V":"1.7","env.R":"x-1.7-1"})"));
  EXPECT_FALSE(claimed.output_names);
}

// What the agent is given of the needs is no expression of the user's, so it has not the limit of one.
TEST_P(ReleaseTest, OutputsWithinTheirLimitReachTheStepsHoweverManyJobsWroteThem) {
  const RunId run = given_run(
      "jobs:\n  a: &writes {outputs: [v], retry: 0, steps: [{run: a}]}\n  c: *writes\n"
      "  b: {needs: [a, c], retry: 0, steps: [{run: echo, if: \"needs.a.result == 'succeeded'\"}]}\n");
  const std::string long_text(40'000, '"');
  run_job(run, "a", "succeeded", {{"v", long_text}});
  run_job(run, "c", "succeeded", {{"v", long_text}});
  EXPECT_EQ(states(run), "a succeeded, c succeeded, b queued");
  start(run, "b");
  ASSERT_TRUE(claimed.filled);
  const auto needs = boost::json::parse(boost::json::parse(claimed.filled->text).at("contexts.needs").as_string());
  EXPECT_EQ(needs.at("c").at("outputs").at("v"), boost::json::value(long_text));
}

TEST_P(ReleaseTest, OutputsThatAreNotDeclaredAreNotKept) {
  const RunId run = given_jobs({{"a", "outputs: [v]"}});
  run_job(run, "a", "succeeded", {{"v", "1"}, {"w", "2"}});
  const db::Query query{.name = "test.outputs", .sql = "SELECT outputs FROM jobs WHERE run_id = $1"};
  EXPECT_EQ(run_alone(session.read(query, {run.str()})).text(0, 0), R"({"v":"1"})");
}

TEST_P(ReleaseTest, TheClaimTellsWhichOutputsAreKept) {
  const RunId run = given_jobs({{"a", "outputs: [v]"}});
  start(run, "a");
  ASSERT_TRUE(claimed.output_names);
  EXPECT_EQ(claimed.output_names->text, R"(["v"])");
  EXPECT_FALSE(claimed.filled);
}

TEST_P(ReleaseTest, TooManyBytesOfOutputsAreRefused) {
  const jobs::LeaseProof lease = start(given_jobs({{"a", "outputs: [v]"}}), "a");
  protocol::StatusRequest request{.status = "succeeded"};
  request.outputs = Outputs{{"v", std::string(64 << 10, 'x')}};
  EXPECT_FALSE(run_alone(jobs.finish(lease, request)));
  request.outputs = Outputs{{"v", std::string((64 << 10) - 1, 'x')}};
  EXPECT_TRUE(run_alone(jobs.finish(lease, request)));
}

TEST_P(ReleaseTest, OutputsOfAMatrixAreThoseOfTheLastLegThatSucceeded) {
  const RunId run = given_jobs(
      {{"a", "matrix: {n: [1, 2, 3], fail_fast: false}, outputs: [v]"},
       {"b", "needs: [{job: a, result: [failed]}], env: {V: '${{ needs.a.outputs.v }} ${{ needs.a.result }}'}"}});
  run_job(run, "a (3)", "failed", {{"v", "3"}});
  run_job(run, "a (2)", "succeeded", {{"v", "2"}});
  run_job(run, "a (1)", "succeeded", {{"v", "1"}});
  start(run, "b");
  EXPECT_EQ(boost::json::parse(claimed.filled->text).at("env.V"), "2 failed");
}

TEST_P(ReleaseTest, AnExpressionThatFailsEndsItsJobAloneAndKeepsTheFinish) {
  const RunId run = given_jobs({{"a", "outputs: [v]"},
                                {"b", "needs: a, env: {V: 'x-${{ needs.a.outputs.v }}'}"},
                                {"c", "needs: a"},
                                {"d", "needs: b, if: failure()"}});
  run_job(run, "a");  // v stays null
  EXPECT_EQ(states(run), "a succeeded, b failed, c queued, d queued");
  EXPECT_EQ(reason(run, "b").at("code"), "expression_error");
  EXPECT_EQ(reason(run, "b").at("facts").at("expression"), "x-${{ needs.a.outputs.v }}");
  EXPECT_NE(reason(run, "b").at("facts").at("message"), "");
}

// A copy of them goes to each dependant, and from there to the agent.
TEST_P(ReleaseTest, OutputsOfAllNeedsHaveALimit) {
  std::vector<std::pair<std::string, std::string>> jobs;
  std::string needs;
  for (int i = 0; i < 18; ++i) {
    jobs.push_back({fmt::format("n{}", i), "outputs: [v]"});
    needs += fmt::format("{}n{}", i == 0 ? "" : ", ", i);
  }
  jobs.push_back({"asks", "needs: [" + needs + "], env: {V: \"${{ needs.n0.result }}\"}"});
  jobs.push_back({"waits", "needs: [" + needs + "]"});
  const RunId run = given_jobs(jobs);
  for (int i = 0; i < 18; ++i) run_job(run, fmt::format("n{}", i), "succeeded", {{"v", std::string(60'000, 'x')}});
  EXPECT_EQ(state(run, "asks"), "failed");
  EXPECT_EQ(reason(run, "asks").at("facts").at("message"),
            "all that its needs have put out is longer than 1048576 bytes");
  EXPECT_EQ(state(run, "waits"), "queued") << "it looks at none of them";
}

// They are evaluated while all other writes wait.
TEST_P(ReleaseTest, WhatOneEndReleasesHasALimitTogether) {
  std::vector<std::pair<std::string, std::string>> jobs{{"a", "outputs: [v]"}};
  std::string env;
  for (int i = 0; i < 9; ++i)
    env += fmt::format("{}V{}: \"${{{{ matches(needs.a.outputs.v, '(x|y)*z$') }}}}\"", i == 0 ? "" : ", ", i);
  for (int i = 0; i < 100; ++i) jobs.push_back({fmt::format("b{}", i), "needs: a, env: {" + env + "}"});
  jobs.push_back({"c", "needs: a"});
  const RunId run = given_jobs(jobs);
  run_job(run, "a", "succeeded", {{"v", std::string(60'000, 'x')}});
  EXPECT_EQ(state(run, "b0"), "queued");
  EXPECT_EQ(state(run, "b99"), "failed");
  EXPECT_EQ(reason(run, "b99").at("facts").at("message"),
            "the expressions that are evaluated together take more than 250000 operations");
  EXPECT_EQ(state(run, "c"), "queued");
}

TEST_P(ReleaseTest, AConditionWithAStatusDecidesAlone) {
  const RunId run = given_jobs({{"a", ""},
                                {"b", "needs: [{job: a, result: [failed, skipped]}]"},
                                {"c", "needs: a, if: always()"},
                                {"d", "needs: a, if: success() || failure()"},
                                {"e", "needs: a, if: cancelled()"}});
  run_job(run, "a");
  EXPECT_EQ(states(run), "a succeeded, b skipped, c queued, d queued, e skipped");
}

TEST_P(ReleaseTest, AConditionThatBeginsWithSuccessMayAskForMore) {
  const RunId run = given_jobs({{"a", ""},
                                {"b", "needs: a, if: success() || failure()"},
                                {"c", "needs: a, if: success() && run.number > 0"},
                                {"d", "needs: c"},
                                {"e", "needs: a, if: success() || cancelled()"},
                                {"f", "needs: e"}});
  run_job(run, "a", "failed");
  // What needs a job that its own condition left out goes on.
  EXPECT_EQ(states(run), "a failed, b queued, c skipped, d skipped, e skipped, f queued");
  EXPECT_EQ(reason(run, "c").at("code"), "skipped_need");
  EXPECT_EQ(reason(run, "e").at("code"), "skipped_condition");
}

TEST_P(ReleaseTest, LostAndTimedOutReadAsFailed) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a, if: needs.a.result == 'failed' && failure()"}});
  const jobs::LeaseProof lease = start(run, "a");
  run_alone(jobs.expire(lease.job, lease.attempt, jobs::ExpireCause::lease_lost));
  EXPECT_EQ(states(run), "a lost, b queued");
  run_job(run, "b");
  EXPECT_EQ(state(run), "failed");
}

TEST_P(ReleaseTest, ACancelledJobCancelsTheRunAtItsEnd) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}, {"c", ""}});
  EXPECT_TRUE(run_alone(jobs.cancel(job_of(run, "a").id, "someone")));
  EXPECT_EQ(states(run), "a cancelled, b skipped, c queued");
  run_job(run, "c");
  EXPECT_EQ(state(run), "cancelled");
}

TEST_P(ReleaseTest, AFinishThatIsNotCommittedReleasesNothing) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a"}});
  const jobs::LeaseProof lease = start(run, "a");
  session.writes_left = 0;
  EXPECT_THROW(run_alone(jobs.finish(lease, {.status = "succeeded"})), db::DatabaseError);
  session.writes_left.reset();
  EXPECT_EQ(states(run), "a running, b blocked");
  finish(lease, "succeeded");
  EXPECT_EQ(states(run), "a succeeded, b queued");
}

TEST_P(ReleaseTest, AJobThatWaitsForNothingIsReleasedByTheSweep) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a, env: {V: '${{ run.number }}'}"}});
  execute("UPDATE jobs SET needs_open = 0 WHERE run_id = $1 AND state = 'blocked'", {run.str()});
  run_alone(runs.sweep());
  EXPECT_EQ(state(run, "b"), "blocked") << "what it needs has not ended";
  run_job(run, "a");
  run_alone(runs.sweep());
  EXPECT_EQ(state(run, "b"), "queued");
  EXPECT_EQ(queue.jobs.size(), 1U);
  start(run, "b");
  EXPECT_EQ(claimed.filled->text, R"({"env.V":"1"})");
}

TEST_P(ReleaseTest, AJobOfAGroupWaitsForItsNeedsAndThenForItsTurn) {
  const RunId run = given_jobs({{"a", ""}, {"b", "needs: a, concurrency: g"}, {"c", "concurrency: g"}});
  EXPECT_EQ(states(run), "a queued, b blocked, c queued");
  const jobs::LeaseProof c = start(run, "c");
  run_job(run, "a");
  EXPECT_EQ(state(run, "b"), "blocked");
  EXPECT_EQ(reason(run, "b").at("facts").at("group"), "g");
  finish(c, "succeeded");
  EXPECT_EQ(state(run, "b"), "queued");
}

TEST_P(ReleaseTest, AGroupIsGivenToNobodyWhoWaitsForMore) {
  const RunId run =
      given_jobs({{"a", ""}, {"b", "needs: a, concurrency: g"}, {"c", "concurrency: g"}, {"d", "concurrency: g"}});
  run_job(run, "c");
  EXPECT_EQ(states(run), "a queued, b blocked, c succeeded, d queued");
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(ReleaseTest);

// Holds a finish inside its transaction, after its job is locked, until it is told to go on.
class Holding final : public jobs::LogLedger {
 public:
  std::optional<JobId> held;
  std::promise<void> inside;
  std::shared_future<void> go_on;
  Task<Result<jobs::LogVerdict>> verify(JobId, int, jobs::LogClaim) override { co_return jobs::LogVerdict{}; }
  Task<void> persist(db::Transaction&, JobId job, int, const jobs::LogVerdict&) override {
    if (job != held) co_return;
    inside.set_value();
    go_on.wait_for(std::chrono::seconds(20));
  }
  void close(JobId, int, bool) override {}
};

// Of PostgreSQL alone: SQLite has one writer.
class TwoEndsTest : public RunsFixture {};

TEST_P(TwoEndsTest, TheLastTwoJobsThatEndAtOnceEndTheRun) {
  const std::string url = PostgresFixture::instance().create_database();
  const auto database = postgres::open_postgres({.url = url, .cores = 2});
  ASSERT_TRUE(run_alone(db::migrate(*database)));
  jobs::Jobs both{{}, *database, clock, bus, jobs::LeaseKey(Secret("a key of the tests"))};
  Runs of_both{{}, *database, clock, both};
  Holding holding;
  both.connect(queue, holding, of_both);
  const auto run =
      run_alone(of_both.create(of_both.prepare(planned("jobs: {a: {steps: [{run: a}]}, b: {steps: [{run: b}]}}"))));
  ASSERT_TRUE(run);
  std::vector<jobs::LeaseProof> leases;
  for (const RunJob& job : run_alone(of_both.get(run->id)).value().jobs) {
    const jobs::ClaimRequest request{.job = job.id,
                                     .agent = AgentId::make(),
                                     .claim_id = JobId::make().str(),
                                     .boot_id = "a boot",
                                     .attempt = {},
                                     .start = true};
    const auto claim = run_alone(both.claim(request)).value();
    leases.push_back({.job = job.id, .agent = request.agent, .attempt = 1, .lease_token = claim.lease_token});
  }
  holding.held = leases[0].job;
  std::promise<void> release;
  holding.go_on = release.get_future().share();
  auto end = [&](const jobs::LeaseProof& lease) {
    return std::async(std::launch::async,
                      [&] { return run_alone(both.finish(lease, {.status = "succeeded"})).has_value(); });
  };
  auto first = end(leases[0]);
  holding.inside.get_future().wait();
  auto second = end(leases[1]);
  // It waits for the run's lock, or has ended without one.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (second.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready &&
         PostgresFixture::query(url,
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                                "wait_event_type = 'Lock'") == "0")
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  release.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_EQ(run_alone(of_both.get(run->id)).value().run.state, "succeeded");
}

INSTANTIATE_TEST_SUITE_P(, TwoEndsTest, testing::Values("postgres"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace open_cicd::runs
