#include "jobs/gates.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace open_cicd::jobs {
namespace {

std::string code_of(const Job& job) {
  return std::string(boost::json::parse(job.reason.value()).at("code").as_string());
}

Job paused_retry() {
  return {.state = JobState::queued,
          .reason = reason("retrying", {{"cause", "exit"}, {"attempt", 1}}),
          .executor = "shell",
          .runs_on = {"gpu"},
          .not_before = 5'000};
}

TEST(Gates, AfterItsPauseARetryIsSaidToWaitForAnAgent) {
  Job job = paused_retry();
  tell_end_of_pause(job, 4'999);
  EXPECT_EQ(code_of(job), "retrying");
  tell_end_of_pause(job, 5'000);
  EXPECT_EQ(*job.reason, waiting_for_agent("shell", {"gpu"}));
}

TEST(Gates, OtherReasonsStayAsTheyWereStored) {
  Job held = paused_retry();
  held.reason = reason("waiting_for_exclusive_release", {{"cause", "agent_lost"}, {"attempt", 1}});
  tell_end_of_pause(held, 9'000);
  EXPECT_EQ(code_of(held), "waiting_for_exclusive_release");
  Job ended = paused_retry();
  ended.state = JobState::cancelled;
  tell_end_of_pause(ended, 9'000);
  EXPECT_EQ(code_of(ended), "retrying");
}

}  // namespace
}  // namespace open_cicd::jobs
