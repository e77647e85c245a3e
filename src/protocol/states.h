// The states of jobs and of their steps, and their names: the words of the protocol, the API and the database.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace open_cicd::protocol {

enum class JobState : std::uint8_t {
  blocked,
  queued,
  assigned,
  running,
  cancelling,
  succeeded,
  failed,
  cancelled,
  timed_out,
  lost,
  skipped,
};
inline constexpr std::array<std::string_view, 11> job_state_names{"blocked",    "queued",    "assigned", "running",
                                                                  "cancelling", "succeeded", "failed",   "cancelled",
                                                                  "timed_out",  "lost",      "skipped"};

// In the order of a step's life.
enum class StepState : std::uint8_t { pending, running, succeeded, failed, cancelled, timed_out, skipped };
inline constexpr std::array<std::string_view, 7> step_state_names{"pending",   "running",   "succeeded", "failed",
                                                                  "cancelled", "timed_out", "skipped"};
// Those that an agent may report of a step, and those that a step ends in.
inline constexpr std::span<const std::string_view> told_step_states =
    std::span(step_state_names).subspan(static_cast<std::size_t>(StepState::running));
inline constexpr std::span<const std::string_view> step_ends =
    std::span(step_state_names).subspan(static_cast<std::size_t>(StepState::succeeded));

constexpr std::string_view name_of(JobState state) {
  return job_state_names[static_cast<std::size_t>(state)];
}
constexpr std::string_view name_of(StepState state) {
  return step_state_names[static_cast<std::size_t>(state)];
}
static_assert(name_of(JobState::skipped) == "skipped" && name_of(StepState::skipped) == "skipped");

// False when no state is called so. JSON (base/json.h) and rows (db/row.h) are read by them.
constexpr bool parse_name(std::string_view name, JobState& state) {
  const auto found = std::ranges::find(job_state_names, name);
  if (found == job_state_names.end()) return false;
  state = static_cast<JobState>(found - job_state_names.begin());
  return true;
}
constexpr bool parse_name(std::string_view name, StepState& state) {
  const auto found = std::ranges::find(step_state_names, name);
  if (found == step_state_names.end()) return false;
  state = static_cast<StepState>(found - step_state_names.begin());
  return true;
}
constexpr std::optional<JobState> parse_job_state(std::string_view name) {
  JobState state{};
  return parse_name(name, state) ? std::optional(state) : std::nullopt;
}

}  // namespace open_cicd::protocol
