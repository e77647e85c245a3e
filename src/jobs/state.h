// The life of a job as one table, which a write of its state asks first.
#pragma once

#include "protocol/states.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace open_cicd::jobs {

using protocol::JobState;
using protocol::name_of;
using protocol::parse_job_state;
using protocol::StepState;
inline constexpr int job_state_count = protocol::job_state_names.size();

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

std::string_view name_of(Caller);

std::span<const Transition> transitions();
bool allowed(JobState from, JobState to, Caller caller);
inline bool is_waiting(JobState state) {
  return state == JobState::queued || state == JobState::blocked;
}
inline bool is_failure(JobState state) {
  return state == JobState::failed || state == JobState::timed_out || state == JobState::lost;
}
bool is_terminal(JobState);

bool is_terminal(StepState);
// A step moves forward only; the same value again is allowed, so that a repeated update is harmless.
bool step_allowed(StepState from, StepState to);
// How a step ends that was running when its attempt ended so and nobody said more about the step.
StepState end_of_running_step(JobState attempt_end);

}  // namespace open_cicd::jobs
