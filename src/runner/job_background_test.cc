// Steps in the background.
#include "runner/job_runner_fixture.h"

namespace open_cicd::runner {
namespace {

class JobBackground : public JobRunnerTest {
 protected:
  static pipelines::JobSpec job_with(std::vector<std::string> background, std::vector<std::string> others) {
    const std::size_t count = background.size();
    background.insert(background.end(), others.begin(), others.end());
    pipelines::JobSpec spec = job_of(std::move(background));
    for (std::size_t i = 0; i < count; ++i) spec.steps[i].background = true;
    return spec;
  }
};

TEST_F(JobBackground, TheNextStepStartsAtOnceAndTheLastOnesEndEndsIt) {
  const JobOutcome end = run(job_with({"wait"}, {"print one", "print two"}));
  EXPECT_EQ(name_of(end.state), "succeeded");
  EXPECT_EQ(states(end), (Strings{"succeeded", "succeeded", "succeeded"}));
  EXPECT_EQ(reason_of(end, 0), "ended_with_job");
  EXPECT_EQ(end.steps[0].exit_code, std::nullopt);
  EXPECT_EQ(end.exit_code, std::nullopt);
  EXPECT_EQ(heard_.lines,
            (Strings{"0 started", "1 started", "1 succeeded", "2 started", "2 succeeded", "0 succeeded"}));
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "step 1", "step 2", "stop step 0 1234", "tear_down"}));
  EXPECT_EQ(printed_.text.at(0), "note: all other steps have ended, so this one was ended too\n");
}

TEST_F(JobBackground, ItIsEndedAfterTheCleanUp) {
  pipelines::JobSpec spec = job_with({"wait"}, {"exit 3", "print cleaned"});
  spec.steps[2].condition = "always()";
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(states(end), (Strings{"succeeded", "failed", "succeeded"}));
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "step 1", "step 2", "stop step 0 1234", "tear_down"}));
}

TEST_F(JobBackground, OneThatEndsByItselfIsAStepLikeAnother) {
  const JobOutcome end = run(job_with({"print done"}, {"sleep 20"}));
  EXPECT_EQ(states(end), (Strings{"succeeded", "succeeded"}));
  EXPECT_EQ(reason_of(end, 0), "");
  EXPECT_EQ(end.steps[0].exit_code, 0);
  EXPECT_EQ(heard_.lines, (Strings{"0 started", "0 succeeded", "1 started", "1 succeeded"}));
}

TEST_F(JobBackground, ItsFailureSkipsTheStepsAfterThatMoment) {
  pipelines::JobSpec spec = job_with({"sleep 5"}, {"sleep 40", "print never", "print cleaned"});
  spec.steps[0].run.emplace_back("exit 4");
  spec.steps[3].condition = "always()";
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "exit");
  EXPECT_EQ(end.exit_code, 4);
  EXPECT_EQ(states(end), (Strings{"failed", "succeeded", "skipped", "succeeded"}));
  EXPECT_EQ(reason_of(end, 2), "skipped_failure");
  EXPECT_EQ(end.steps[2].reason->facts.at("step"), 0);
}

TEST_F(JobBackground, ItsFailureMayBeAllowed) {
  pipelines::JobSpec spec = job_with({"exit 4"}, {"print on"});
  spec.steps[0].allow_failure = true;
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "succeeded");
  EXPECT_EQ(states(end), (Strings{"failed", "succeeded"}));
  EXPECT_EQ(end.steps[0].allowed_failure, true);
}

TEST_F(JobBackground, ItsTimeoutEndsItAlone) {
  pipelines::JobSpec spec = job_with({"wait"}, {"sleep 60", "print never"});
  spec.steps[0].timeout_ms = 10;
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "timed_out");
  EXPECT_EQ(end.cause, "timeout");
  EXPECT_EQ(states(end), (Strings{"timed_out", "succeeded", "skipped"}));
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "step 1", "stop step 0 1234", "tear_down"}));
}

TEST_F(JobBackground, ACancelLeavesItToTheCleanUp) {
  pipelines::JobSpec spec = job_with({"wait"}, {"wait", "print never", "print cleaned"});
  spec.steps[3].condition = "always()";
  const JobOutcome end = run(std::move(spec), [](JobRunner& runner) { runner.stop(StopReason::cancel); });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(states(end), (Strings{"cancelled", "cancelled", "skipped", "succeeded"}));
  EXPECT_EQ(record_.calls,
            (Strings{"set_up", "step 0", "step 1", "stop step 1 1234", "step 3", "stop step 0 1234", "tear_down"}));
}

TEST_F(JobBackground, ACleanUpThatTakesTooLongEndsAll) {
  cleanup_ = Milliseconds(20);
  pipelines::JobSpec spec = job_with({"wait"}, {"wait", "wait"});
  spec.steps[2].condition = "always()";
  const JobOutcome end = run(std::move(spec), [](JobRunner& runner) { runner.stop(StopReason::cancel); });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(states(end), (Strings{"cancelled", "cancelled", "cancelled"}));
  EXPECT_EQ(record_.calls,
            (Strings{"set_up", "step 0", "step 1", "stop step 1 1234", "step 2", "stop 1234", "tear_down"}));
}

TEST_F(JobBackground, ALostAttemptKillsAllAtOnce) {
  const JobOutcome end =
      run(job_with({"ignore"}, {"ignore"}), [](JobRunner& runner) { runner.stop(StopReason::lost); });
  EXPECT_EQ(states(end), (Strings{"cancelled", "cancelled"}));
  EXPECT_EQ(record_.calls[3], "stop 0");
}

TEST_F(JobBackground, TheJobsTimeoutIsNotUpWhileItEnds) {
  pipelines::JobSpec spec = job_with({"wait"}, {"print one"});
  spec.timeout_ms = 3'600'000;
  EXPECT_EQ(name_of(run(std::move(spec)).state), "succeeded");
}

TEST_F(JobBackground, WhatItWroteComesWithItsEnd) {
  pipelines::JobSpec spec = job_with({"write output port=1"}, {"print one", "print two", "print three"});
  spec.steps[0].run = {"write output port=80", "write env BESIDE=yes", "sleep 20", "exit 0"};
  spec.steps[0].id = "serve";
  spec.steps[1].late = {{.path = "env.PORT", .text = "${{ default(steps.serve.outputs.port, 'none') }}"},
                        {.path = "env.OUTCOME", .text = "${{ default(steps.serve.outcome, 'runs') }}"}};
  spec.steps[2].run = {"sleep 60"};
  spec.steps[3].late = {{.path = "env.PORT", .text = "${{ steps.serve.outputs.port }}"},
                        {.path = "env.OUTCOME", .text = "${{ steps.serve.outcome }}"}};
  spec.outputs = Strings{"port"};
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "succeeded");
  ASSERT_EQ(record_.env.size(), 4u);
  EXPECT_EQ(record_.env[1].at("PORT"), "none");
  EXPECT_EQ(record_.env[1].at("OUTCOME"), "runs");
  EXPECT_FALSE(record_.env[1].contains("BESIDE"));
  EXPECT_EQ(record_.env[3].at("PORT"), "80");
  EXPECT_EQ(record_.env[3].at("OUTCOME"), "succeeded");
  EXPECT_EQ(record_.env[3].at("BESIDE"), "yes");
  EXPECT_EQ(end.outputs.at("port"), "80");
}

TEST_F(JobBackground, WhatAnEndedOneWroteCounts) {
  pipelines::JobSpec spec = job_with({"write output port=80"}, {"print one"});
  spec.steps[0].run.emplace_back("wait");
  spec.outputs = Strings{"port"};
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(reason_of(end, 0), "ended_with_job");
  EXPECT_EQ(end.outputs.at("port"), "80");
}

TEST_F(JobBackground, OneTooManyIsRefused) {
  pipelines::JobSpec spec = job_with(std::vector<std::string>(background_running_max + 1, "wait"), {"print never"});
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.message, "step \"wait\" would be one too many: 10 may run in the background at a time");
  EXPECT_EQ(name_of(end.steps[background_running_max].state), "failed");
  EXPECT_EQ(name_of(end.steps[background_running_max + 1].state), "skipped");
  EXPECT_EQ(reason_of(end, 0), "ended_with_job");
}

TEST_F(JobBackground, AnExecutorThatThrowsThereIsTheAgentsTrouble) {
  const JobOutcome end = run(job_with({"throw"}, {"print never"}));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "agent");
  EXPECT_EQ(states(end), (Strings{"failed", "skipped"}));
}

}  // namespace
}  // namespace open_cicd::runner
