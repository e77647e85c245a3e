#include "cli/run_view.h"

#include "cli/output.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace open_cicd::cli {

std::string state_of(const RunView& run) {
  return run.warnings.value_or(false) ? run.state + ", with warnings" : run.state;
}

bool has_ended(const RunView& run) {
  constexpr std::array<std::string_view, 4> ends{"succeeded", "failed", "cancelled", "skipped"};
  return std::ranges::find(ends, run.state) != ends.end();
}

std::string time_of(const RunJobView& job) {
  const auto began = parse_rfc3339_ms(job.started_at.value_or(""));
  const auto ended = parse_rfc3339_ms(job.finished_at.value_or(""));
  return began && ended ? short_duration(*ended - *began) : "";
}

}  // namespace open_cicd::cli
