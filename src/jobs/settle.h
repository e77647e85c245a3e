// The two ways in which an attempt's end, or a user's word, changes a job: it ends for good (settle), or it goes back
// to the queue (requeue). No other statement makes a job's state terminal: dev/checks/ends.py holds that.
#pragma once

#include "jobs/effects.h"
#include "jobs/records.h"

#include <cstdint>
#include <optional>
#include <string>

namespace open_cicd::jobs {

struct End {
  JobState state;  // a terminal one
  std::optional<int> exit_code = {};
  std::optional<std::string> log_flags = {};
};

// Jobs call it by Jobs::end(), which also tells the job's run; a run calls it for those that it ends itself.
//
// Ends a job that `lock_job` has locked and whose transition the caller has checked. `why` is a reason (see reason());
// nothing for a success. A job that was being cancelled keeps the reason that says by whom. Locks no group: the slot
// that becomes free is in the effects, and promote() fills it after the commit.
Task<Effects> settle(db::Transaction& tx, const JobRow& job, End end, std::optional<std::string> why, std::int64_t now);

// Why a job goes back to the queue, and which of its counters says so.
struct Again {
  enum class Counts : unsigned char { retry, agent_error, release };
  Counts counts = Counts::retry;
  std::string_view cause = {};  // unless it is a release
  std::int64_t pause_ms = 0;    // not offered before
};

// Puts a locked job whose current attempt has just ended back into the queue. It keeps its concurrency slot.
Task<Effects> requeue(db::Transaction& tx, JobRow job, Again again, std::int64_t now);

}  // namespace open_cicd::jobs
