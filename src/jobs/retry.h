// Whether a job is tried again after an attempt that ended badly, when, and at whose expense. Pure: what it decides
// with is in the job's row, the end's report and the settings.
#pragma once

#include "jobs/jobs.h"
#include "jobs/settle.h"

#include <optional>
#include <string_view>

namespace open_cicd::jobs {

struct BadEnd {
  std::string_view cause;  // exit, timeout, image_pull, agent, agent_lost
  std::optional<int> exit_code = {};
  // No step of the attempt has begun, so trying again does nothing twice and `retry` need not allow it. If its agent is
  // lost, only the state `assigned` proves that, because its last messages may not have arrived.
  bool untouched = false;
  std::string_view told = {};  // the cause in the reason, when that is more exact: not_started, agent_restarted, …
};

// Nothing when the job ends for good. The agent's own trouble, and an attempt that was lost before it began, do not use
// up the job's retries: they count apart, up to `agent_errors_max`, with pauses that grow. Once steps have begun, such
// a job is tried again only if `retry` lets it be run more than once after an agent was lost.
std::optional<Again> try_again(const pipelines::Retry& retry, const BadEnd& end, const JobRow& job,
                               const JobSettings& settings);

}  // namespace open_cicd::jobs
