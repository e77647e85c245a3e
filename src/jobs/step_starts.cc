#include "jobs/step_starts.h"

#include <algorithm>

namespace open_cicd::jobs {

std::vector<std::optional<std::int64_t>> step_starts(const std::vector<StepRecord>& steps,
                                                     std::optional<std::int64_t> attempt_started_at) {
  std::vector<std::optional<std::int64_t>> starts;
  starts.reserve(steps.size());
  std::optional<std::int64_t> next = attempt_started_at;  // when a step begins that follows those before
  for (const StepRecord& record : steps) {
    if (record.state == StepState::pending || record.state == StepState::skipped) {
      starts.emplace_back();
      continue;
    }
    // The setup begins with the attempt, whenever its first line comes.
    const bool is_setup = record.step < 0;
    const std::optional<std::int64_t> heard = is_setup ? std::nullopt : record.started_at;
    starts.push_back(heard ? heard : next);
    if (starts.back() && !record.background.value_or(false))
      next = std::max(*starts.back() + record.duration_ms.value_or(0), next.value_or(0));
  }
  return starts;
}

}  // namespace open_cicd::jobs
