// Which jobs of a run a re-run repeats, and what each of them waits for. Pure.
#pragma once

#include "base/error.h"
#include "base/id.h"
#include "jobs/state.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::runs {

// What a re-run is asked to repeat.
struct RerunJobs {
  enum class Which : unsigned char { all, failed, named };
  Which which = Which::all;
  std::vector<std::string> named;  // keys, or jobs as the file calls them: all legs of a matrix
};

// The newest job of a key.
struct NewestJob {
  JobId id;
  std::int64_t seq = 0;
  std::string key, job;
  jobs::JobState state = jobs::JobState::queued;
  std::vector<std::string> needs;
  bool left_out = false;  // by the plan: it can never run
  std::optional<std::int64_t> max_parallel;
  bool waits_for_slot = false;
};
BOOST_DESCRIBE_STRUCT(NewestJob, (), (id, seq, key, job, state, needs, left_out, max_parallel, waits_for_slot))

// One that an earlier round repeated, and that has not ended since.
struct LeavingJob {
  std::string key, job;
  bool waits_for_slot = false;
};
BOOST_DESCRIBE_STRUCT(LeavingJob, (), (key, job, waits_for_slot))

struct RepeatedJob {
  std::string id, old;
  std::string reason;  // of a blocked one
  int needs_open = 0;
  int waits_for_slot = 0;
};
BOOST_DESCRIBE_STRUCT(RepeatedJob, (), (id, old, reason, needs_open, waits_for_slot))

// Those that are asked for, and whatever depends on them, in the order of `newest`, which is the plan's. Errors:
// invalid, for a name that no job has; conflict "nothing_to_rerun".
Result<std::vector<RepeatedJob>> plan_rerun(const std::vector<NewestJob>& newest,
                                            const std::vector<LeavingJob>& leaving, const RerunJobs& asked,
                                            const std::optional<std::string>& run_group);

}  // namespace open_cicd::runs
