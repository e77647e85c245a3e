// Which steps of a job run.
#include "runner/job_runner_fixture.h"

namespace open_cicd::runner {
namespace {

TEST_F(JobRunnerTest, AfterAFailureOnlyStepsThatAskForItRun) {
  pipelines::JobSpec spec = job_of({"exit 3", "print never"});
  spec.steps.push_back(step_if("print cleaned", "always()"));
  spec.steps.push_back(step_if("print told", "failure()"));
  spec.steps.push_back(step_if("print good", "success()"));
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(states(end), (Strings{"failed", "skipped", "succeeded", "succeeded", "skipped"}));
  EXPECT_EQ(reason_of(end, 1), "skipped_failure");
  EXPECT_EQ(end.steps[1].reason->facts.at("step"), 0);
  EXPECT_EQ(reason_of(end, 4), "skipped_condition");
  EXPECT_EQ(heard_.lines, (Strings{"0 started", "0 failed", "1 skipped", "2 started", "2 succeeded", "3 started",
                                   "3 succeeded", "4 skipped"}));
}

TEST_F(JobRunnerTest, AStepWithoutAFailureBeforeItSkipsItsFailureBranch) {
  pipelines::JobSpec spec = job_of({"print fine"});
  spec.steps.push_back(step_if("print never", "failure()"));
  spec.steps.push_back(step_if("print on", "!cancelled()"));
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "succeeded");
  EXPECT_EQ(states(end), (Strings{"succeeded", "skipped", "succeeded"}));
}

TEST_F(JobRunnerTest, AConditionWithoutAStatusFunctionMeansSuccessToo) {
  pipelines::JobSpec spec = job_of({"exit 1"});
  spec.steps.push_back(step_if("print never", "true"));
  EXPECT_EQ(states(run(std::move(spec))), (Strings{"failed", "skipped"}));
}

TEST_F(JobRunnerTest, TheFirstFailureDecidesWhatTheJobEndsWith) {
  pipelines::JobSpec spec = job_of({"exit 3"});
  spec.steps.push_back(step_if("exit 4", "always()"));
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(states(end), (Strings{"failed", "failed"}));
}

TEST_F(JobRunnerTest, StepsReadHowThoseBeforeThemEnded) {
  pipelines::JobSpec spec = job_of({"exit 3", "exit 4"});
  spec.steps[0].id = "lint";
  spec.steps[0].allow_failure = true;
  spec.steps[1] = step_if("print never", "steps.lint.outcome == 'succeeded'", "skipped-one");
  spec.steps.push_back(step_if("print fix", "steps.lint.outcome == 'failed'"));
  spec.steps.push_back(step_if("print too", "steps.skipped-one.outcome == 'skipped'"));
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(states(end), (Strings{"failed", "skipped", "succeeded", "succeeded"}));
  EXPECT_EQ(end.steps[0].allowed_failure, true);
}

TEST_F(JobRunnerTest, ConditionsReadTheEnvironmentAndWhatTheRunIs) {
  pipelines::JobSpec spec = job_of({});
  spec.env = {{"MODE", "fast"}};
  spec.contexts = boost::json::object{{"event", {{"name", "push"}}}};
  spec.steps.push_back(step_if("print a", "env.MODE == 'fast' && event.name == 'push'"));
  spec.steps.push_back(step_if("print b", "env.MODE == 'slow'"));
  spec.steps.push_back(step_if("print c", "env.MODE == 'slow'"));
  spec.steps[2].env = {{"MODE", "slow"}};
  EXPECT_EQ(states(run(std::move(spec))), (Strings{"succeeded", "skipped", "succeeded"}));
}

TEST_F(JobRunnerTest, AConditionThatHasNoValueFailsItsStepAndSaysWhy) {
  pipelines::JobSpec spec = job_of({});
  spec.steps.push_back(step_if("print never", "git.branch == 'main'"));
  spec.steps.push_back(step_if("print cleaned", "always()"));
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(states(end), (Strings{"failed", "succeeded"}));
  EXPECT_EQ(reason_of(end, 0), "expression_error");
  EXPECT_TRUE(printed_.text[0].starts_with("error: if: ")) << printed_.text[0];
}

TEST_F(JobRunnerTest, LateValuesReachTheEnvironmentOfTheStep) {
  pipelines::JobSpec spec = job_of({"exit 1", "print a"});
  spec.steps[0].id = "first";
  spec.steps[0].allow_failure = true;
  spec.steps[1].env = {{"FIXED", "1"}};
  spec.steps[1].late = std::vector<pipelines::LateValue>{{"env.HOW", "it ${{ steps.first.outcome }}"},
                                                         {"env.AGAIN", "${{ env.HOW }}, ${{ env.FIXED }}"}};
  run(std::move(spec));
  ASSERT_EQ(record_.env.size(), 2U);
  EXPECT_EQ(record_.env[1].at("HOW"), "it failed");
  EXPECT_EQ(record_.env[1].at("AGAIN"), "it failed, 1");
}

TEST_F(JobRunnerTest, AStepThatThePlanKnowsToBeSkippedKeepsItsReason) {
  pipelines::JobSpec spec = job_of({"print never", "print on"});
  spec.steps[0].skipped = boost::json::object{{"code", "skipped_condition"}, {"facts", {{"expression", "1 == 2"}}}};
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(states(end), (Strings{"skipped", "succeeded"}));
  EXPECT_EQ(end.steps[0].reason->facts.at("expression"), "1 == 2");
}

TEST_F(JobRunnerTest, ExitCodesThatAreAllowedDoNotFailTheJob) {
  pipelines::JobSpec spec = job_of({"exit 3", "exit 4", "print never"});
  spec.steps[0].allowed_exit_codes = std::vector{3};
  spec.steps[1].allowed_exit_codes = std::vector{3};
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(states(end), (Strings{"failed", "failed", "skipped"}));
  EXPECT_EQ(end.exit_code, 4);
}

TEST_F(JobRunnerTest, AfterACancelOnlyCleanUpRuns) {
  pipelines::JobSpec spec = job_of({"wait", "print never"});
  spec.steps.push_back(step_if("print failure", "failure()"));
  spec.steps.push_back(step_if("print cleaned", "always()"));
  spec.steps.push_back(step_if("print cancelled", "cancelled()"));
  const JobOutcome end = run(std::move(spec), [](JobRunner& runner) { runner.stop(StopReason::cancel); });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(states(end), (Strings{"cancelled", "skipped", "skipped", "succeeded", "succeeded"}));
  EXPECT_EQ(reason_of(end, 1), "cancelled");
}

TEST_F(JobRunnerTest, CleanUpEndsAtItsDeadline) {
  pipelines::JobSpec spec = job_of({"wait"});
  spec.steps.push_back(step_if("wait", "always()"));
  spec.steps.push_back(step_if("print never", "always()"));
  cleanup_ = Milliseconds(20);
  const JobOutcome end = run(std::move(spec), [](JobRunner& runner) { runner.stop(StopReason::cancel); });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(states(end), (Strings{"cancelled", "cancelled", "skipped"}));
}

TEST_F(JobRunnerTest, AfterTheJobsTimeOutItsCleanUpRuns) {
  pipelines::JobSpec spec = job_of({"wait"});
  spec.timeout_ms = 20;
  spec.steps.push_back(step_if("print failure", "failure()"));
  spec.steps.push_back(step_if("wait", "always()"));
  cleanup_ = Milliseconds(20);
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "timed_out");
  EXPECT_EQ(states(end), (Strings{"timed_out", "succeeded", "timed_out"}));
}

TEST_F(JobRunnerTest, CleanUpThatRunsOutOfTimeLeavesTheJobAsItFailed) {
  pipelines::JobSpec spec = job_of({"exit 3"});
  spec.timeout_ms = 20;
  spec.steps.push_back(step_if("wait", "always()"));
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.cause, "exit");
  EXPECT_EQ(states(end), (Strings{"failed", "timed_out"}));
}

TEST_F(JobRunnerTest, AnAttemptThatIsLostRunsNoCleanUp) {
  pipelines::JobSpec spec = job_of({"wait"});
  spec.steps.push_back(step_if("print never", "always()"));
  const JobOutcome end = run(std::move(spec), [](JobRunner& runner) { runner.stop(StopReason::lost); });
  EXPECT_EQ(states(end), (Strings{"cancelled", "skipped"}));
}

TEST_F(JobRunnerTest, AJobThatCannotBeSetUpSkipsItsStepsAndSaysSo) {
  record_.set_up_error = Error(ErrorKind::not_found, "image_pull", "no image nowhere:1");
  pipelines::JobSpec spec = job_of({});
  spec.steps.push_back(step_if("print never", "always()"));
  EXPECT_EQ(reason_of(run(std::move(spec)), 0), "skipped_setup");
}

}  // namespace
}  // namespace open_cicd::runner
