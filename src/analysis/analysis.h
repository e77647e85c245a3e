// What a run's page and a script ask first: why did it fail, whose fault is it, and where did the time go?
#pragma once

#include "analysis/excerpt.h"
#include "analysis/history.h"
#include "analysis/timing.h"
#include "analysis/verdict.h"
#include "base/error.h"
#include "runs/runs.h"

#include <optional>
#include <string>
#include <vector>

namespace open_cicd::analysis {

struct Failure {
  runs::RunJob job;
  std::optional<int> step;  // that made it fail, −1 being the set-up; nothing: none did
  std::string step_name;
  Excerpt excerpt;
  Verdict verdict;
};

struct Report {
  std::vector<Failure> failures;  // those that are allowed last
  std::int64_t failures_total = 0;
  std::optional<std::int64_t> usual_ms;  // of the run as a whole
  std::optional<Slower> slower;
  std::vector<PathJob> critical_path;
};

// Thread-safe. What is read of a failed job's log is kept for later runs, whose failures are compared with it.
class Analysis {
 public:
  static constexpr std::size_t failures_max = 50;   // that are told of one run
  static constexpr std::size_t explained_max = 20;  // of them those with a verdict and lines of the log
  static constexpr int past_logs_max = 30;          // of earlier failures, read for one answer

  Analysis(db::Session& db, runs::Runs& runs, logs::Logs& logs) : db_(db), runs_(runs), logs_(logs), archive_(db) {}

  // Error: not_found.
  Task<Result<Report>> of_run(RunId id);

 private:
  Task<void> explain(Failure& failure, const runs::Run& run, const Lanes& lanes, int& past_logs);
  Task<std::vector<Ending>> endings(const Ending& failure, std::vector<PastEnd> past, int& past_logs);
  Task<std::optional<std::string>> fingerprint(JobId job);
  Task<void> keep(JobId job, std::string fingerprint);

  db::Session& db_;
  runs::Runs& runs_;
  logs::Logs& logs_;
  Archive archive_;
};

}  // namespace open_cicd::analysis
