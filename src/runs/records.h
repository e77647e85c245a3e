// Rows of runs inside a transaction.
#pragma once

#include "base/asio.h"
#include "base/id.h"
#include "db/db.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::runs {

// The condition of a job without `if`, and what the planner puts before one that does not ask for a status itself.
inline constexpr std::string_view default_condition = "success()";

#define RUN_ROW_COLUMNS \
  "id, number, state, round, cancelling_by, concurrency_group, concurrency_limit, repository_id, awaits_approval"

// What writers decide with, of a run that is locked until the commit.
struct RunRow {
  RunId id;
  std::int64_t number = 0;
  std::string state;  // pending, queued, or an end
  int round = 1;
  std::optional<std::string> cancelling_by;
  std::optional<std::string> concurrency_group;
  int concurrency_limit = 0;
  std::optional<RepositoryId> repository_id;
  bool awaits_approval = false;
};
BOOST_DESCRIBE_STRUCT(RunRow, (),
                      (id, number, state, round, cancelling_by, concurrency_group, concurrency_limit, repository_id,
                       awaits_approval))

Task<std::optional<RunRow>> lock_run(db::Transaction& tx, RunId id);
// Something is to be told to the forge of the run's repository, if it has one.
Task<void> mark_report(db::Transaction& tx, const RunRow& run);
inline bool is_open(const RunRow& run) {
  return run.state == "pending" || run.state == "queued";
}

}  // namespace open_cicd::runs
