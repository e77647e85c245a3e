// A run of the API as the verbs show it: read loosely, as cli/job_view.h says.
#pragma once

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::cli {

struct RunJobView {
  std::string id;
  std::string key;
  std::string name;
  std::optional<std::vector<std::string>> needs;
  std::optional<int> round;
  std::string state;
  std::optional<boost::json::value> reason;
  std::optional<bool> warning;
  std::optional<int> attempts;
  std::optional<int> exit_code;
  std::optional<std::string> started_at, finished_at;
};
BOOST_DESCRIBE_STRUCT(RunJobView, (),
                      (id, key, name, needs, round, state, reason, warning, attempts, exit_code, started_at,
                       finished_at))

struct RunView {
  std::string id;
  std::int64_t number = 0;
  std::optional<std::string> pipeline;
  std::string name;
  std::optional<std::string> event;
  std::optional<std::string> branch, tag;
  std::string state;
  std::optional<boost::json::value> reason;
  std::optional<bool> warnings;
  std::optional<int> round;
  std::optional<std::string> created_at, started_at, finished_at;
  std::optional<std::vector<RunJobView>> jobs;
};
BOOST_DESCRIBE_STRUCT(RunView, (),
                      (id, number, pipeline, name, event, branch, tag, state, reason, warnings, round, created_at,
                       started_at, finished_at, jobs))

// "succeeded", "succeeded, with warnings".
std::string state_of(const RunView& run);
bool has_ended(const RunView& run);

// "3.2s" of what has started; "" before.
std::string time_of(const RunJobView& job);

}  // namespace open_cicd::cli
