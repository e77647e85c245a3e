// Whether more is taken: how many runs may be open at once, and how many jobs may wait.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "db/db.h"

#include <cstdint>
#include <string>

namespace open_cicd::runs {

struct Room {
  std::int64_t open_max = 0;  // runs of a scope that have not ended
  bool queue_is_full = false;
};

// For a run that is new, or that a re-run opens again. Errors: too_many "queue_full", "too_many_runs".
// `scope`: of the run, a repository's id or "".
Task<Result<void>> check_room(db::Transaction& tx, Room room, std::string scope);

}  // namespace open_cicd::runs
