// The JSON of runs that people and programs read.
#pragma once

#include "api/shapes.h"
#include "base/json.h"
#include "runs/run.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::api {

struct CreatedRunView {
  std::string id;
  std::int64_t number = 0;
  std::string state;
};
BOOST_DESCRIBE_STRUCT(CreatedRunView, (), (id, number, state))

struct RunJobView {
  std::string id;
  std::int64_t version = 1;  // grows with each change of what is shown of it, here or elsewhere
  std::string key;           // the same in every round
  std::string name;
  std::vector<std::string> needs;
  int round = 1;
  std::string state;
  json::Text reason;  // null or {"code", "facts"}
  std::optional<EstimateView> estimate;
  bool warning = false;  // it failed, and that was allowed
  int attempts = 0;
  std::optional<int> exit_code;
  std::string created_at;
  std::optional<std::string> queued_at, started_at, finished_at;
};
BOOST_DESCRIBE_STRUCT(RunJobView, (),
                      (id, version, key, name, needs, round, state, reason, estimate, warning, attempts, exit_code,
                       created_at, queued_at, started_at, finished_at))

struct RoundView {
  int round = 1;
  bool edited = false;       // made with another file or other inputs than the round before
  std::string triggered_by;  // of the first round the run's; of others the id of the token that asked
  std::string state;         // how it ended; repeated: another one began before that; queued: it goes on
  std::string created_at;
  std::optional<std::string> finished_at;  // its end, or when it was repeated before that
};
BOOST_DESCRIBE_STRUCT(RoundView, (), (round, edited, triggered_by, state, created_at, finished_at))

struct RunView {
  std::string id;
  std::int64_t version = 1;  // grows with each change of what is shown here, its jobs left out
  std::int64_t number = 0;
  std::string pipeline;
  std::string name;
  std::string event;
  std::optional<std::string> branch, tag;
  std::optional<std::string> repository_id, repository;  // its full name; none: it was sent by hand
  std::optional<std::string> ref, sha, title, author;
  std::optional<std::int64_t> change;      // the number of the pull request
  std::string trust;                       // trusted, change, fork
  std::optional<std::string> approved_by;  // the id of the token that let it begin
  std::optional<std::string> approved_by_name;
  std::string triggered_by;       // the id of the token that asked for it, or who the forge says did
  std::string triggered_by_name;  // that in words: the token's name
  std::string state;
  json::Text reason;
  bool warnings = false;
  int round = 1;
  bool modified = false;  // a round of it was made with another file or other inputs than the repository holds
  std::string created_at;
  std::optional<std::string> started_at, finished_at;
  std::optional<std::vector<RunJobView>> jobs;   // of one run: for each key its newest job
  std::optional<std::vector<RoundView>> rounds;  // of one run: the oldest first
};
BOOST_DESCRIBE_STRUCT(RunView, (),
                      (id, version, number, pipeline, name, event, branch, tag, repository_id, repository, ref, sha,
                       title, author, change, trust, approved_by, approved_by_name, triggered_by, triggered_by_name,
                       state, reason, warnings, round, modified, created_at, started_at, finished_at, jobs, rounds))

struct RunListView {
  std::vector<RunView> runs;
  boost::json::value next_cursor;  // null at the end
};
BOOST_DESCRIBE_STRUCT(RunListView, (), (runs, next_cursor))

RunView run_view(const runs::Run& run);
RunListView run_list_view(const runs::RunList& list);
RunView run_view(const runs::RunDetail& detail, const queue::Forecast& outlooks = {});
RunJobView run_job_view(const runs::RunJob& job);

}  // namespace open_cicd::api
