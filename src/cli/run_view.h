// Runs as the verbs show them. Members that a newer server adds are ignored, those that an older one lacks are empty.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "cli/api.h"
#include "cli/context.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::cli {

struct EstimateView {
  std::optional<std::string> starts_at, ends_at;
};
BOOST_DESCRIBE_STRUCT(EstimateView, (), (starts_at, ends_at))

struct RunJobView {
  std::string id;
  std::string key;
  std::string name;
  std::string state;
  std::optional<std::vector<std::string>> needs;  // as the file calls them
  std::optional<int> round;
  std::optional<boost::json::value> reason;
  std::optional<EstimateView> estimate;  // of one that waits
  std::optional<bool> warning;
  std::optional<int> attempts;
  std::optional<int> exit_code;
  std::optional<std::string> started_at, finished_at;
};
BOOST_DESCRIBE_STRUCT(RunJobView, (),
                      (id, key, name, state, needs, round, reason, estimate, warning, attempts, exit_code, started_at,
                       finished_at))

struct RunView {
  std::string id;
  std::int64_t number = 0;
  std::string name;
  std::string state;
  std::optional<std::string> pipeline, event, branch, repository, sha, title, author, trust;
  std::optional<std::string> triggered_by, approved_by;            // as they are stored: ids of tokens
  std::optional<std::string> triggered_by_name, approved_by_name;  // in words
  std::optional<std::int64_t> change;
  std::optional<boost::json::value> reason;
  std::optional<bool> warnings;
  std::optional<int> round;
  std::optional<std::string> created_at, started_at, finished_at;
  std::optional<std::vector<RunJobView>> jobs;
};
BOOST_DESCRIBE_STRUCT(RunView, (),
                      (id, number, name, state, pipeline, event, branch, repository, sha, title, author, trust,
                       triggered_by, approved_by, triggered_by_name, approved_by_name, change, reason, warnings, round,
                       created_at, started_at, finished_at, jobs))

// "/api/v1/runs/ID", escaped.
std::string run_target(std::string_view id, std::string_view rest = "");
Result<RunView> read_run(const boost::json::value& document);
bool has_ended(const RunView& run);
// What a script is told of a run that has ended: as of a job, and the first failing job's code counts for the run's.
int exit_code_of_run(const RunView& run);
void print_run(const Context& context, const RunView& run);
// A line for each job: its state and, where that is not plain, why. `ids` are for whoever can ask for more of a job.
enum class JobIds : bool { hidden, shown };
void print_jobs(const Context& context, const RunView& run, JobIds ids);
// Who asked for it, in words; what is stored where an older server has no words for it.
std::string asker_of(const RunView& run);
std::string state_of(const RunView& run);  // "succeeded with warnings"
std::string time_between(const std::optional<std::string>& from, const std::optional<std::string>& to,
                         std::int64_t now_unix_ms);

}  // namespace open_cicd::cli
