// Runs on a real database of either kind, with a fake clock and an agent of a few calls.
#pragma once

#include "adapters/postgres/postgres.h"
#include "base/json.h"
#include "jobs/jobs_fixture.h"
#include "runs/runs.h"
#include "support/postgres_fixture.h"
#include "workflows/contexts.h"
#include "workflows/planner.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace open_cicd::runs {

class RunsFixture : public testing::TestWithParam<const char*> {
 protected:
  using Outputs = std::map<std::string, std::string>;

  RunsFixture() {
    EXPECT_TRUE(run_alone(db::migrate(session)));
    jobs.connect(queue, logs, runs);
  }
  ~RunsFixture() override { std::filesystem::remove_all(folder); }

  static NewRun planned(const std::string& yaml) {
    workflows::Event event = workflows::claimed_event({});
    event.name = "api";
    auto plan = workflows::make_plan(workflows::Source{.text = yaml}, event, {});
    if (!plan) throw std::runtime_error(plan.error().front().path + " " + plan.error().front().message);
    return {.plan = std::move(*plan),
            .pipeline = ".open-cicd.yml",
            .workflow = yaml,
            .contexts = workflows::values_of_event(event),
            .by = "someone"};
  }
  RunId given_run(const std::string& yaml) { return run_alone(runs.create(runs.prepare(planned(yaml)))).value().id; }
  // Of jobs whose one step is `true`: "a: {}", "b: {needs: a}".
  RunId given_jobs(const std::vector<std::pair<std::string, std::string>>& keys) {
    std::string yaml = "jobs:\n";
    for (const auto& [job, more] : keys)
      yaml += "  " + job + ": {steps: [{run: \"true\"}], retry: 0" + (more.empty() ? "" : ", " + more) + "}\n";
    return given_run(yaml);
  }

  open_cicd::runs::Run run_of(RunId id) { return run_alone(runs.get(id)).value().run; }
  std::string state(RunId id) { return run_of(id).state; }
  RunJob job_of(RunId id, const std::string& key) {
    for (RunJob& job : run_alone(runs.get(id)).value().jobs)
      if (job.key == key) return job;
    throw std::runtime_error("the run has no job " + key);
  }
  std::string state(RunId id, const std::string& key) { return std::string(name_of(job_of(id, key).state)); }
  // "a succeeded, b skipped", in the order of the plan.
  std::string states(RunId id) {
    std::string text;
    for (const RunJob& job : run_alone(runs.get(id)).value().jobs)
      text += (text.empty() ? "" : ", ") + job.key + " " + std::string(name_of(job.state));
    return text;
  }
  boost::json::value reason(RunId id, const std::string& key) {
    return boost::json::parse(job_of(id, key).reason.value_or("null"));
  }

  jobs::ClaimAnswer claimed;  // by start()
  jobs::LeaseProof start(RunId id, const std::string& key) { return start(job_of(id, key).id); }
  jobs::LeaseProof start(JobId job) {
    const jobs::ClaimRequest request{.job = job,
                                     .agent = AgentId::make(),
                                     .claim_id = JobId::make().str(),
                                     .boot_id = "a boot",
                                     .attempt = {},
                                     .start = true};
    const auto answer = run_alone(jobs.claim(request));
    if (!answer) throw std::runtime_error(std::string(answer.error().message()));
    claimed = *answer;
    return {.job = job, .agent = request.agent, .attempt = claimed.attempt, .lease_token = claimed.lease_token};
  }
  void finish(const jobs::LeaseProof& lease, const std::string& status, Outputs outputs = {}, int exit_code = 1) {
    protocol::StatusRequest request{.status = status};
    if (status == "failed") request.exit_code = exit_code;
    if (!outputs.empty()) request.outputs = std::move(outputs);
    const auto answer = run_alone(jobs.finish(lease, request));
    ASSERT_TRUE(answer) << answer.error().message();
  }
  void run_job(RunId id, const std::string& key, const std::string& status = "succeeded", Outputs outputs = {}) {
    finish(start(id, key), status, std::move(outputs));
  }
  void execute(std::string_view sql, db::Params params) {
    const db::Query query{.name = sql, .sql = sql};
    run_alone(session.transact([&](db::Transaction& tx) -> Task<void> { co_await tx.run(query, params); }));
  }

 private:
  static std::filesystem::path temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "runs_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    return pattern;
  }
  std::unique_ptr<db::Session> open() {
    if (std::string_view(GetParam()) == "sqlite") return sqlite::open_sqlite({.path = (folder / "test.db").string()});
    return postgres::open_postgres({.url = PostgresFixture::instance().create_database()});
  }

 protected:
  const std::filesystem::path folder = temporary_folder();
  FakeClock clock;
  jobs::Outages session{open()};
  events::Bus bus;
  jobs::NoLogs logs;
  jobs::QueueOfTests queue;
  jobs::Jobs jobs{{}, session, clock, bus, jobs::LeaseKey(Secret("a key of the tests"))};
  Runs runs{{}, session, clock, jobs};
};

#define INSTANTIATE_RUNS_ON_BOTH_DATABASES(suite)                          \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values("sqlite", "postgres"), \
                           [](const auto& info) { return std::string(info.param); })

}  // namespace open_cicd::runs
