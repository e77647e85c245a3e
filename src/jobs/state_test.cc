#include "jobs/state.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace open_cicd::jobs {
namespace {

template <class Visit>
void for_each_cell(Visit visit) {
  for (int from = 0; from < job_state_count; ++from)
    for (int to = 0; to < job_state_count; ++to)
      for (int caller = 0; caller < caller_count; ++caller)
        visit(static_cast<JobState>(from), static_cast<JobState>(to), static_cast<Caller>(caller));
}

// Written out by hand from the protocol, so that a slip in the table shows.
const std::set<std::tuple<std::string_view, std::string_view, std::string_view>> expected = {
    {"blocked", "queued", "server"},
    {"blocked", "failed", "server"},
    {"blocked", "skipped", "server"},
    {"blocked", "cancelled", "user"},
    {"queued", "cancelled", "user"},
    {"blocked", "cancelled", "server"},
    {"queued", "cancelled", "server"},
    {"queued", "assigned", "agent"},
    {"queued", "running", "agent"},
    {"assigned", "running", "lease_holder"},
    {"assigned", "queued", "lease_holder"},
    {"assigned", "failed", "server"},
    {"assigned", "queued", "reaper"},
    {"assigned", "lost", "reaper"},
    {"running", "succeeded", "lease_holder"},
    {"running", "failed", "lease_holder"},
    {"running", "timed_out", "lease_holder"},
    {"running", "queued", "lease_holder"},
    {"running", "timed_out", "server"},
    {"assigned", "cancelling", "user"},
    {"running", "cancelling", "user"},
    {"assigned", "cancelling", "server"},
    {"running", "cancelling", "server"},
    {"cancelling", "cancelled", "lease_holder"},
    {"cancelling", "cancelled", "reaper"},
    {"running", "queued", "reaper"},
    {"running", "lost", "reaper"},
};

TEST(JobState, A6_EveryCellOfStateStateCallerIsAsTheProtocolSays) {
  for_each_cell([](JobState from, JobState to, Caller caller) {
    EXPECT_EQ(allowed(from, to, caller), expected.contains({name_of(from), name_of(to), name_of(caller)}))
        << name_of(from) << " to " << name_of(to) << " by " << name_of(caller);
  });
}

TEST(JobState, NoPathLeavesATerminalState) {
  for_each_cell([](JobState from, JobState to, Caller caller) {
    if (is_terminal(from)) EXPECT_FALSE(allowed(from, to, caller)) << name_of(from) << " to " << name_of(to);
  });
  EXPECT_TRUE(is_terminal(JobState::lost));
  EXPECT_TRUE(is_terminal(JobState::skipped));
  EXPECT_FALSE(is_terminal(JobState::cancelling));
}

TEST(JobState, EveryStateCanReachAnEnd) {
  for (int state = 0; state < job_state_count; ++state) {
    std::set<JobState> reached{static_cast<JobState>(state)};
    for (std::size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const Transition& t : transitions())
        if (reached.contains(t.from)) reached.insert(t.to);
    }
    EXPECT_TRUE(std::ranges::any_of(reached, [](JobState s) { return is_terminal(s); }))
        << name_of(static_cast<JobState>(state));
  }
}

TEST(JobState, NamesRoundTrip) {
  for (int state = 0; state < job_state_count; ++state) {
    const auto value = static_cast<JobState>(state);
    EXPECT_EQ(parse_job_state(name_of(value)), value);
  }
  EXPECT_EQ(parse_job_state("Running"), std::nullopt);
  EXPECT_EQ(parse_job_state(""), std::nullopt);
}

TEST(StepState, MovesForwardOnly) {
  EXPECT_TRUE(step_allowed(StepState::pending, StepState::running));
  EXPECT_TRUE(step_allowed(StepState::running, StepState::failed));
  EXPECT_TRUE(step_allowed(StepState::failed, StepState::failed));
  EXPECT_FALSE(step_allowed(StepState::failed, StepState::succeeded));
  EXPECT_FALSE(step_allowed(StepState::succeeded, StepState::running));
  EXPECT_FALSE(step_allowed(StepState::running, StepState::pending));
}

}  // namespace
}  // namespace open_cicd::jobs
