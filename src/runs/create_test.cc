#include "runs/runs_fixture.h"

namespace open_cicd::runs {
namespace {

class CreateRunTest : public RunsFixture {};

TEST_P(CreateRunTest, RunsAreNumberedFromOneWithoutAGap) {
  for (int number = 1; number <= 3; ++number) {
    EXPECT_EQ(run_of(given_jobs({{"a", ""}})).number, number);
    NewRun refused = planned("jobs: {a: {steps: [{run: a}]}}");
    refused.idempotency_key = "used";
    refused.body_digest = std::to_string(number);
    const auto again = run_alone(runs.create(runs.prepare(std::move(refused))));
    EXPECT_EQ(again.has_value(), number == 1);
    if (number == 1) ++number;
  }
}

TEST_P(CreateRunTest, JobsThatNeedNothingAreOfferedAndTheOthersSayForWhatTheyWait) {
  const RunId run = given_jobs({{"a", ""}, {"b", ""}, {"c", "needs: [a, b]"}});
  EXPECT_EQ(states(run), "a queued, b queued, c blocked");
  EXPECT_EQ(state(run), "queued");
  ASSERT_EQ(queue.jobs.size(), 2U);
  EXPECT_EQ(queue.jobs.at(0).id, job_of(run, "a").id);
  EXPECT_LT(queue.jobs.at(0).seq, queue.jobs.at(1).seq);
  EXPECT_EQ(reason(run, "a").at("code"), "waiting_for_agent");
  EXPECT_EQ(reason(run, "c").at("code"), "waiting_for_needs");
  EXPECT_EQ(reason(run, "c").at("facts").at("jobs"), boost::json::parse(R"(["a","b"])"));
  run_job(run, "a");
  EXPECT_EQ(reason(run, "c").at("facts").at("jobs"), boost::json::parse(R"(["b"])"));
  EXPECT_EQ(state(run), "running");
}

TEST_P(CreateRunTest, TheNextLifeOfTheServerFindsTheSameQueue) {
  given_jobs({{"a", ""}, {"b", "needs: a"}});
  jobs::QueueOfTests found;
  jobs::Jobs next{{}, session, clock, bus, jobs::LeaseKey(Secret("a key of the tests"))};
  next.connect(found, logs, runs);
  run_alone(next.load_queue());
  ASSERT_EQ(found.jobs.size(), 1U);
  EXPECT_EQ(found.jobs.at(0).name, "a");
  EXPECT_EQ(found.jobs.at(0).seq, queue.jobs.at(0).seq);
}

// Each job carries what its expressions are made of.
TEST_P(CreateRunTest, WhatTheJobsStoreTogetherHasALimit) {
  std::string text = "inputs:\n";
  for (int i = 0; i < 3; ++i) text += fmt::format("  i{}: {{default: '{}'}}\n", i, std::string(60'000, 'x'));
  text += "jobs:\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("  j{}: {{steps: [{{run: x}}]}}\n", i);
  const auto refused = run_alone(runs.create(runs.prepare(planned(text))));
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().fields().size(), 1U);
  EXPECT_EQ(refused.error().fields().at(0).path, "jobs");
  EXPECT_TRUE(refused.error().fields().at(0).message.starts_with("make more than 8388608 bytes"));
}

TEST_P(CreateRunTest, TheSameKeyMakesOneRun) {
  NewRun run = planned("jobs: {a: {steps: [{run: a}]}}");
  run.idempotency_key = "a key";
  run.body_digest = "a digest";
  const auto first = run_alone(runs.create(runs.prepare(run))), second = run_alone(runs.create(runs.prepare(run)));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(queue.jobs.size(), 1U);
  run.body_digest = "another";
  const auto other = run_alone(runs.create(runs.prepare(run)));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), "idempotency_mismatch");
  pipelines::JobSpec spec{.name = "single", .executor = "shell", .steps = {{.name = "a", .run = {"a"}}}};
  const auto job =
      run_alone(jobs.submit({.spec = spec, .owner = "someone", .idempotency_key = "a key", .body_digest = "a digest"}));
  ASSERT_FALSE(job) << "the key made a run";
  EXPECT_EQ(job.error().code(), "idempotency_mismatch");
}

TEST_P(CreateRunTest, WhatThePlanLeavesOutIsSkippedAndLetsOthersGoOn) {
  const RunId run =
      given_jobs({{"a", "if: event.name == 'push'"}, {"b", "needs: a"}, {"c", "needs: a, if: failure()"}});
  EXPECT_EQ(states(run), "a skipped, b queued, c skipped");
  EXPECT_EQ(reason(run, "a").at("code"), "skipped_condition");
  EXPECT_EQ(reason(run, "c").at("facts").at("expression"), "failure()");
  run_job(run, "b");
  EXPECT_EQ(state(run), "succeeded");
}

TEST_P(CreateRunTest, ARunOfWhichAllIsLeftOutIsSkippedAtOnce) {
  const RunId run = given_jobs({{"a", "if: event.name == 'push'"}, {"b", "needs: a, if: 'false'"}});
  EXPECT_EQ(state(run), "skipped");
  EXPECT_TRUE(run_of(run).finished_at);
}

TEST_P(CreateRunTest, NoMoreThanSoManyAreOpen) {
  Runs few{{.open_max = 1}, session, clock, jobs};
  const auto first = run_alone(few.create(few.prepare(planned("jobs: {a: {steps: [{run: a}]}}"))));
  ASSERT_TRUE(first);
  const auto second = run_alone(few.create(few.prepare(planned("jobs: {a: {steps: [{run: a}]}}"))));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), "too_many_runs");
  run_job(first->id, "a");
  EXPECT_TRUE(run_alone(few.create(few.prepare(planned("jobs: {a: {steps: [{run: a}]}}")))));
}

TEST_P(CreateRunTest, ListsAreNewestFirstAndFiltered) {
  const RunId a = given_jobs({{"a", ""}}), b = given_jobs({{"a", ""}}), c = given_jobs({{"a", ""}});
  run_job(a, "a");
  start(b, "a");
  const auto ids = [&](RunFilter filter) {
    std::vector<RunId> ids;
    for (const auto& run : run_alone(runs.list(std::move(filter))).runs) ids.push_back(run.id);
    return ids;
  };
  EXPECT_EQ(ids({}), (std::vector{c, b, a}));
  EXPECT_EQ(ids({.state = "running"}), std::vector{b});
  EXPECT_EQ(ids({.state = "queued"}), std::vector{c});
  EXPECT_EQ(ids({.state = "succeeded", .event = "api"}), std::vector{a});
  EXPECT_EQ(ids({.event = "push"}), std::vector<RunId>{});
  const RunList page = run_alone(runs.list({.limit = 2}));
  ASSERT_TRUE(page.next);
  EXPECT_EQ(ids({.before_seq = page.next}), std::vector{a});
}

TEST_P(CreateRunTest, PlanAndTextAreKept) {
  const std::string yaml = "jobs: {a: {steps: [{run: a}]}}";
  const RunId run = given_run(yaml);
  EXPECT_EQ(run_alone(runs.workflow(run)).value(), yaml);
  EXPECT_EQ(run_alone(runs.plan(run)).value(), workflows::plan_text(planned(yaml).plan));
  EXPECT_FALSE(run_alone(runs.plan(RunId::make())));
}

INSTANTIATE_RUNS_ON_BOTH_DATABASES(CreateRunTest);

}  // namespace
}  // namespace open_cicd::runs
