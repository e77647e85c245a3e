// A run, its rounds and its jobs as they are shown.
#pragma once

#include "base/id.h"
#include "jobs/state.h"

#include <boost/describe.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runs {

// pending: it waits for its concurrency group. queued: it is open, and none of its jobs was started yet; running: one
// of its newest round was. The others are ends.
inline constexpr auto state_names =
    std::to_array<std::string_view>({"pending", "queued", "running", "succeeded", "failed", "cancelled", "skipped"});

struct Run {
  RunId id;
  std::int64_t version = 1;  // grows with each change of what is shown of it, its jobs left out
  std::int64_t seq = 0;
  std::int64_t number = 0;
  std::string pipeline;  // the path of its file
  std::string name;
  std::string event;
  std::optional<std::string> branch, tag;
  std::optional<RepositoryId> repository_id;  // none: it was sent by hand
  std::optional<std::string> repository;      // its full name
  std::optional<std::string> ref, sha, title, author;
  std::optional<std::int64_t> change;          // the number of the pull request
  std::string trust;                           // trusted, change, fork
  std::string made_by;                         // api, manual: by a token; else push, tag, pull_request, schedule
  std::optional<std::string> approved_by;      // the id of a token
  std::string triggered_by;                    // the id of a token, or what the forge calls who did it
  std::optional<std::string> approver, asker;  // the names of the tokens with these ids
  std::string state;
  std::optional<std::string> reason;  // JSON text {"code", "facts"}
  bool warnings = false;              // it succeeded, and a failure was allowed
  int round = 1;
  bool modified = false;  // a round of it was made with another file or other inputs
  std::int64_t created_at = 0;
  std::optional<std::int64_t> started_at, finished_at;
};
BOOST_DESCRIBE_STRUCT(Run, (),
                      (id, version, seq, number, pipeline, name, event, branch, tag, repository_id, repository, ref,
                       sha, title, author, change, trust, made_by, approved_by, triggered_by, approver, asker, state,
                       reason, warnings, round, modified, created_at, started_at, finished_at))

// The newest job of one key.
struct RunJob {
  JobId id;
  std::int64_t version = 1;  // the job's
  std::string key;
  std::string job;  // as the file calls it: the same for all legs of a matrix
  std::string name;
  std::vector<std::string> needs;
  std::optional<std::int64_t> waits_for_slot;  // the `max_parallel` of its matrix, while that holds it back
  int round = 1;
  jobs::JobState state = jobs::JobState::queued;
  std::optional<std::string> reason;  // JSON text
  bool allowed = false;               // its failure is a warning
  int attempt = 0;                    // how many there were
  std::optional<int> exit_code;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> queued_at, started_at, finished_at;
};

struct Round {
  int round = 1;
  bool edited = false;   // with another file or other inputs than the one before
  std::string asked_by;  // as Run::triggered_by
  std::string state;     // how it ended; repeated: another one began before that; queued: it goes on
  std::int64_t created_at = 0;
  std::optional<std::int64_t> finished_at;  // of what was repeated before it ended: when that was
};
BOOST_DESCRIBE_STRUCT(Round, (), (round, edited, asked_by, state, created_at, finished_at))

struct RunDetail {
  Run run;
  std::vector<RunJob> jobs;   // in the order of the plan
  std::vector<Round> rounds;  // the oldest first
};

struct RunFilter {
  std::optional<std::string> state, event, branch, pipeline, author;
  std::optional<RepositoryId> repository;
  int limit = 50;                          // 1 … 200
  std::optional<std::int64_t> before_seq;  // the cursor
};
struct RunList {
  std::vector<Run> runs;
  std::optional<std::int64_t> next;
};

}  // namespace open_cicd::runs
