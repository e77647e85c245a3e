#include "jobs/state.h"

#include <algorithm>
#include <array>

namespace open_cicd::jobs {
namespace {

using enum JobState;

constexpr std::array caller_names = {std::string_view("user"), std::string_view("agent"),
                                     std::string_view("lease_holder"), std::string_view("server"),
                                     std::string_view("reaper")};
static_assert(caller_names.size() == caller_count);

constexpr std::array table = {
    Transition{blocked, queued, Caller::server, "all that it needs has ended, and its concurrency slot is free"},
    Transition{blocked, failed, Caller::server, "an expression could not be evaluated when it was released"},
    Transition{blocked, skipped, Caller::server, "its condition is false, or a need failed"},
    Transition{blocked, cancelled, Caller::user, "at once"},
    Transition{queued, cancelled, Caller::user, "at once"},
    Transition{blocked, cancelled, Caller::server, "a newer job of its group replaces it"},
    Transition{queued, cancelled, Caller::server, "a newer job of its group replaces it"},
    Transition{queued, assigned, Caller::agent, "a claim: compare-and-set, the attempt number grows by one"},
    Transition{queued, running, Caller::agent, "a claim that starts it at once"},
    Transition{assigned, running, Caller::lease_holder, "before anything of it starts"},
    Transition{assigned, queued, Caller::lease_holder, "a release: the agent drains or does not fit"},
    Transition{assigned, failed, Caller::server, "released too often: unplaceable"},
    Transition{assigned, queued, Caller::reaper, "not started in time, lease lost or new boot, and retries are left"},
    Transition{assigned, lost, Caller::reaper, "the same with no retry left"},
    Transition{running, succeeded, Caller::lease_holder, "a finish"},
    Transition{running, failed, Caller::lease_holder, "a finish"},
    Transition{running, timed_out, Caller::lease_holder, "a finish: the agent enforced the time-out"},
    Transition{running, queued, Caller::lease_holder,
               "a finish that failed or timed out, and `retry` covers its cause"},
    Transition{running, timed_out, Caller::server, "the agent did not enforce the time-out"},
    Transition{assigned, cancelling, Caller::user, "told to the agent in the next reply it gets"},
    Transition{running, cancelling, Caller::user, "told to the agent in the next reply it gets"},
    Transition{assigned, cancelling, Caller::server, "a newer job of its group replaces it"},
    Transition{running, cancelling, Caller::server, "a newer job of its group replaces it"},
    Transition{cancelling, cancelled, Caller::lease_holder, "any finish"},
    Transition{cancelling, cancelled, Caller::reaper, "lease lost or new boot, no renewal, or too long in all"},
    Transition{running, queued, Caller::reaper, "lease lost and retries are left"},
    Transition{running, lost, Caller::reaper, "lease lost, no retry left"},
};

}  // namespace

std::string_view name_of(Caller caller) {
  return caller_names[static_cast<std::size_t>(caller)];
}

std::span<const Transition> transitions() {
  return table;
}

bool allowed(JobState from, JobState to, Caller caller) {
  return std::ranges::any_of(table,
                             [&](const Transition& t) { return t.from == from && t.to == to && t.caller == caller; });
}

bool is_terminal(JobState state) {
  return std::ranges::none_of(table, [&](const Transition& t) { return t.from == state; });
}

bool is_terminal(StepState state) {
  return state != StepState::pending && state != StepState::running;
}

bool step_allowed(StepState from, StepState to) {
  if (from == to) return true;
  if (is_terminal(from)) return false;
  return to != StepState::pending;
}

StepState end_of_running_step(JobState attempt_end) {
  if (attempt_end == JobState::succeeded) return StepState::succeeded;
  if (attempt_end == JobState::cancelled) return StepState::cancelled;
  if (attempt_end == JobState::timed_out) return StepState::timed_out;
  return StepState::failed;
}

}  // namespace open_cicd::jobs
