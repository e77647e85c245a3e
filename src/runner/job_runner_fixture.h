// For tests of JobRunner: a job on a FakeExecutor, what it printed, and what its listener heard.
#pragma once

#include "runner/fake_executor.h"
#include "runner/job_runner.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace open_cicd::runner {

namespace fs = std::filesystem;

struct Printed final : OutputSink {
  Task<void> write(int step, std::string_view bytes) override {
    text[step] += bytes;
    co_return;
  }
  std::map<int, std::string> text;
};

struct Heard final : StepListener {
  void step_started(int step) override { lines.push_back(fmt::format("{} started", step)); }
  void step_ended(int step, const protocol::StepEndReport& end) override {
    lines.push_back(fmt::format("{} {}", step, name_of(end.state)));
  }
  void step_skipped(int step) override { lines.push_back(fmt::format("{} skipped", step)); }
  std::vector<std::string> lines;
};

class JobRunnerTest : public ::testing::Test {
 protected:
  JobRunnerTest() : folder_(fs::temp_directory_path() / ("job-runner-" + random_suffix())) {
    fs::create_directories(folder_);
  }
  ~JobRunnerTest() override { fs::remove_all(folder_); }

  static std::string random_suffix() { return format_uuid(make_uuid_v4()); }

  static pipelines::JobSpec job_of(std::vector<std::string> steps) {
    pipelines::JobSpec spec{.name = "tests", .executor = "fake"};
    for (std::string& run : steps) spec.steps.push_back({.name = run, .run = {run}});
    return spec;
  }

  // Runs the job; `meanwhile` is called once it waits for something, if it ever does.
  JobOutcome run(pipelines::JobSpec spec, std::function<void(JobRunner&)> meanwhile = {}) {
    asio::io_context io(1);
    FakeExecutor executor(io.get_executor(), record_);
    ClaimedJob job{.id = JobId::make(), .attempt = 2, .spec = std::move(spec), .secrets = secrets_};
    if (change_claim_) change_claim_(job);
    JobRunner runner(io.get_executor(), executor, std::move(job),
                     {.work_dir = folder_,
                      .server = "http://ci",
                      .agent_id = "a",
                      .in_place = in_place_,
                      .stop_grace = Milliseconds(1234),
                      .cleanup_after_cancel = cleanup_,
                      .cleanup_after_timeout = cleanup_},
                     printed_, heard_);
    std::optional<JobOutcome> outcome;
    asio::co_spawn(io, runner.run(), [&](const std::exception_ptr& failure, JobOutcome end) {
      EXPECT_FALSE(failure);
      outcome = std::move(end);
    });
    io.poll();
    if (meanwhile) meanwhile(runner);
    io.restart();
    io.run();
    EXPECT_EQ(record_.running, 0) << "everything that was made must be torn down";
    return outcome.value_or(JobOutcome{});
  }

  static std::vector<std::string> states(const JobOutcome& outcome) {
    std::vector<std::string> states;
    for (const auto& step : outcome.steps) states.emplace_back(name_of(step.state));
    return states;
  }

  using Strings = std::vector<std::string>;
  using Names = std::map<std::string, std::string>;  // of secrets, by variable
  std::map<std::string, std::string> secrets_;
  std::function<void(ClaimedJob&)> change_claim_;
  fs::path folder_, in_place_;
  Milliseconds cleanup_{60'000};
  FakeRecord record_;
  Printed printed_;
  Heard heard_;
};

inline pipelines::Step step_if(std::string run, std::string condition, std::string id = "") {
  pipelines::Step step{.name = run, .run = {run}, .condition = std::move(condition)};
  if (!id.empty()) step.id = std::move(id);
  return step;
}

inline std::string reason_of(const JobOutcome& end, std::size_t step) {
  return end.steps[step].reason ? end.steps[step].reason->code : "";
}

}  // namespace open_cicd::runner
