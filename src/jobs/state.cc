#include "jobs/state.h"

#include <algorithm>
#include <array>

namespace open_cicd::jobs {
namespace {

using enum JobState;

constexpr std::array job_names = {
    std::string_view("blocked"), std::string_view("queued"),     std::string_view("assigned"),
    std::string_view("running"), std::string_view("cancelling"), std::string_view("succeeded"),
    std::string_view("failed"),  std::string_view("cancelled"),  std::string_view("timed_out"),
    std::string_view("lost"),    std::string_view("skipped")};
static_assert(job_names.size() == job_state_count);

constexpr std::array caller_names = {std::string_view("user"), std::string_view("agent"),
                                     std::string_view("lease_holder"), std::string_view("server"),
                                     std::string_view("reaper")};
static_assert(caller_names.size() == caller_count);

constexpr std::array step_names = {std::string_view("pending"),   std::string_view("running"),
                                   std::string_view("succeeded"), std::string_view("failed"),
                                   std::string_view("cancelled"), std::string_view("timed_out"),
                                   std::string_view("skipped")};

constexpr std::array table = {
    Transition{blocked, queued, Caller::server, "its concurrency slot is free"},
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

std::string_view name_of(JobState state) {
  return job_names[static_cast<std::size_t>(state)];
}
std::string_view name_of(Caller caller) {
  return caller_names[static_cast<std::size_t>(caller)];
}
std::string_view name_of(StepState state) {
  return step_names[static_cast<std::size_t>(state)];
}

std::optional<JobState> parse_job_state(std::string_view name) {
  const auto found = std::ranges::find(job_names, name);
  if (found == job_names.end()) return std::nullopt;
  return static_cast<JobState>(found - job_names.begin());
}

bool parse_name(std::string_view name, JobState& state) {
  const std::optional<JobState> known = parse_job_state(name);
  if (known) state = *known;
  return known.has_value();
}

std::optional<StepState> parse_step_state(std::string_view name) {
  const auto found = std::ranges::find(step_names, name);
  if (found == step_names.end()) return std::nullopt;
  return static_cast<StepState>(found - step_names.begin());
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

}  // namespace open_cicd::jobs
