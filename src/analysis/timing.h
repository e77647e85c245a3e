// Where the time of a run went: the jobs that its end waited for, and what took longer than usual. Pure.
#pragma once

#include "base/id.h"
#include "runs/run.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::analysis {

struct PathJob {
  JobId id;
  std::string key;
  std::int64_t waited_ms = 0;  // from when it could have begun
  std::int64_t ran_ms = 0;
};
// Of a run that has ended: its last job, and before each the one that released it, in the order of time. A run's later
// round has only what was repeated.
std::vector<PathJob> critical_path(const runs::RunDetail& detail);

struct Usual {
  std::int64_t waited_ms = 0, ran_ms = 0;
};
// Medians; nothing of what was seen in less than three runs.
struct Past {
  std::optional<std::int64_t> run_ms;
  std::map<std::string, Usual, std::less<>> jobs;  // by key
};
struct PastJob {
  std::string key;
  std::int64_t waited_ms = 0, ran_ms = 0;
};
Past past_of(std::vector<std::int64_t> runs_ms, const std::vector<PastJob>& jobs);

struct Cause {
  std::string key;
  bool waited = false;                   // else it ran
  std::optional<std::int64_t> usual_ms;  // nothing: the job is new
  std::int64_t actual_ms = 0;
};
struct Slower {
  std::int64_t usual_ms = 0, actual_ms = 0;
  std::vector<Cause> because;  // the largest first
};
// Nothing when it took no longer than usual, or by so little that nobody asks.
std::optional<Slower> slower(const runs::RunDetail& detail, const std::vector<PathJob>& path, const Past& past);

// How long the run took, with its waits; nothing while it has not ended, and of a later round.
std::optional<std::int64_t> duration_of(const runs::Run& run);

}  // namespace open_cicd::analysis
