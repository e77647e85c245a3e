// The life of a job as one table. The check on every write and the reference page both come from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace open_cicd::jobs {

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
inline constexpr int job_state_count = 11;

// Who asks for a transition. `server` is the server itself: the scheduler (needs, concurrency) and the back-stops that
// are nobody's request.
enum class Caller : std::uint8_t { user, agent, lease_holder, server, reaper };
inline constexpr int caller_count = 5;

struct Transition {
  JobState from;
  JobState to;
  Caller caller;
  std::string_view when;  // one line for people
};

std::string_view name_of(JobState);
std::optional<JobState> parse_job_state(std::string_view);
bool parse_name(std::string_view name, JobState& state);  // for rows read by name
std::string_view name_of(Caller);

std::span<const Transition> transitions();
bool allowed(JobState from, JobState to, Caller caller);
bool is_terminal(JobState);

enum class StepState : std::uint8_t { pending, running, succeeded, failed, cancelled, timed_out, skipped };
std::string_view name_of(StepState);
std::optional<StepState> parse_step_state(std::string_view);
bool is_terminal(StepState);
// A step moves forward only; the same value again is allowed, so that a repeated update is harmless.
bool step_allowed(StepState from, StepState to);

}  // namespace open_cicd::jobs
