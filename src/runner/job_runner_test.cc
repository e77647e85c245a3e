#include "runner/job_runner.h"

#include "runner/job_runner_fixture.h"

#include <fstream>

namespace open_cicd::runner {
namespace {

TEST_F(JobRunnerTest, StepsRunInOrder) {
  const JobOutcome end = run(job_of({"print one", "print two"}));
  EXPECT_EQ(name_of(end.state), "succeeded");
  EXPECT_EQ(end.exit_code, std::nullopt);
  EXPECT_EQ(end.cause, "");
  EXPECT_EQ(states(end), (Strings{"succeeded", "succeeded"}));
  EXPECT_EQ(name_of(end.setup.state), "succeeded");
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "step 1", "tear_down"}));
  EXPECT_EQ(heard_.lines, (Strings{"0 started", "0 succeeded", "1 started", "1 succeeded"}));
  EXPECT_EQ(printed_.text, (std::map<int, std::string>{{-1, "ready\n"}, {0, "one\n"}, {1, "two\n"}}));
}

TEST_F(JobRunnerTest, AFailedStepSkipsTheRest) {
  const JobOutcome end = run(job_of({"exit 3", "print never"}));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "exit");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(states(end), (Strings{"failed", "skipped"}));
  EXPECT_EQ(end.steps[0].exit_code, 3);
  EXPECT_EQ(end.steps[1].duration_ms, std::nullopt);
}

TEST_F(JobRunnerTest, AFailureThatIsAllowedDoesNotFailTheJob) {
  pipelines::JobSpec spec = job_of({"exit 3", "print on"});
  spec.steps[0].allow_failure = true;
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "succeeded");
  EXPECT_EQ(end.exit_code, std::nullopt);
  EXPECT_EQ(states(end), (Strings{"failed", "succeeded"}));
}

TEST_F(JobRunnerTest, TheAgentsTroubleIsNeverAllowed) {
  pipelines::JobSpec spec = job_of({"trouble", "print on"});
  spec.steps[0].allow_failure = true;
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "agent");
  EXPECT_EQ(end.message, "the engine is away");
  EXPECT_EQ(states(end), (Strings{"failed", "skipped"}));
}

TEST_F(JobRunnerTest, AnExecutorThatThrowsIsTheAgentsTrouble) {
  const JobOutcome end = run(job_of({"throw"}));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "agent");
}

TEST_F(JobRunnerTest, AnImageThatCannotBePulledIsTheCause) {
  record_.set_up_error = Error(ErrorKind::not_found, "image_pull", "no image nowhere:1");
  const JobOutcome end = run(job_of({"print never"}));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "image_pull");
  EXPECT_EQ(name_of(end.setup.state), "failed");
  EXPECT_EQ(states(end), (Strings{"skipped"}));
  EXPECT_EQ(printed_.text[-1], "ready\nerror: no image nowhere:1\n");
}

TEST_F(JobRunnerTest, RunningOutOfMemoryIsSaid) {
  const JobOutcome end = run(job_of({"oom"}));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.exit_code, 137);
  EXPECT_NE(end.message.find("out of memory"), std::string::npos);
}

TEST_F(JobRunnerTest, AMessageShowsNamesAsTheyWereWritten) {
  pipelines::JobSpec spec = job_of({"oom"});
  spec.steps[0].name = R"(echo "eat" \ all)";
  EXPECT_EQ(run(spec).message, R"(step "echo "eat" \ all" ran out of memory)");
  spec.steps[0].workdir = R"(/a"b)";
  EXPECT_EQ(run(spec).message, R"(workdir "/a"b" of step 1 is outside the workspace)");
}

TEST_F(JobRunnerTest, AStepThatTakesTooLongEndsTheJobAsTimedOut) {
  pipelines::JobSpec spec = job_of({"wait", "print never"});
  spec.steps[0].timeout_ms = 10;
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "timed_out");
  EXPECT_EQ(end.cause, "timeout");
  EXPECT_EQ(end.exit_code, 143);
  EXPECT_EQ(states(end), (Strings{"timed_out", "skipped"}));
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "stop step 0 1234", "tear_down"}));
}

TEST_F(JobRunnerTest, AStepThatMayFailMayTimeOut) {
  pipelines::JobSpec spec = job_of({"wait", "print on"});
  spec.steps[0].timeout_ms = 10;
  spec.steps[0].allow_failure = true;
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "succeeded");
  EXPECT_EQ(states(end), (Strings{"timed_out", "succeeded"}));
}

TEST_F(JobRunnerTest, AJobThatTakesTooLongIsTimedOut) {
  pipelines::JobSpec spec = job_of({"print a", "wait", "print never"});
  spec.timeout_ms = 20;
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "timed_out");
  EXPECT_EQ(end.cause, "timeout");
  EXPECT_EQ(states(end), (Strings{"succeeded", "timed_out", "skipped"}));
}

TEST_F(JobRunnerTest, ACancelStopsTheRunningStep) {
  const JobOutcome end = run(job_of({"wait", "print never"}), [](JobRunner& runner) {
    runner.stop(StopReason::cancel);
    runner.stop(StopReason::cancel);
  });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(end.cause, "");
  EXPECT_EQ(states(end), (Strings{"cancelled", "skipped"}));
  EXPECT_EQ(end.steps[0].exit_code, 143);
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "stop step 0 1234", "tear_down"}));
}

TEST_F(JobRunnerTest, ACancelDuringSetUpStartsNothing) {
  record_.set_up_waits = true;
  const JobOutcome end = run(job_of({"print never"}), [](JobRunner& runner) { runner.stop(StopReason::cancel); });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(name_of(end.setup.state), "cancelled");
  EXPECT_EQ(states(end), (Strings{"skipped"}));
  EXPECT_EQ(record_.calls, (Strings{"set_up", "stop 1234", "tear_down"}));
}

TEST_F(JobRunnerTest, ALostAttemptIsKilledAtOnceEvenWhileItIsBeingCancelled) {
  const JobOutcome end = run(job_of({"ignore"}), [](JobRunner& runner) {
    runner.stop(StopReason::cancel);
    runner.stop(StopReason::lost);
  });
  EXPECT_EQ(name_of(end.state), "cancelled");
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "stop step 0 1234", "stop 0", "tear_down"}));
}

TEST_F(JobRunnerTest, AFullDiskFailsTheJobAsTheAgentsTrouble) {
  const JobOutcome end =
      run(job_of({"wait"}), [](JobRunner& runner) { runner.stop(StopReason::agent_trouble, "no space left"); });
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "agent");
  EXPECT_EQ(end.message, "no space left");
}

TEST_F(JobRunnerTest, AWorkdirOutsideTheWorkspaceIsRefused) {
  for (const char* workdir : {"/usr/bin", "../..", "a/../../b"}) {
    pipelines::JobSpec spec = job_of({"print never"});
    spec.steps[0].workdir = workdir;
    const JobOutcome end = run(std::move(spec));
    EXPECT_EQ(name_of(end.state), "failed") << workdir;
    EXPECT_EQ(printed_.text.count(0), 0U) << workdir;
  }
}

TEST_F(JobRunnerTest, AFolderThatCannotBeMadeFailsTheJob) {
  std::ofstream(folder_ / "jobs") << "a file is in the way";
  const JobOutcome end = run(job_of({"print never"}));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(end.cause, "agent");
  EXPECT_EQ(name_of(end.setup.state), "failed");
}

TEST_F(JobRunnerTest, TheEnvironmentIsTheJobsAndTheStepsOnTop) {
  pipelines::JobSpec spec = job_of({"print a", "print b"});
  secrets_ = {{"KEY", "hush"}};
  spec.secrets = Names{{"KEY", "KEY"}};
  spec.env = {{"KEY", "open"}, {"CI", "yes"}, {"A", "job"}};
  spec.steps[1].env = {{"A", "step"}};
  run(std::move(spec));
  ASSERT_EQ(record_.env.size(), 2U);
  EXPECT_EQ(record_.env[0].at("CI"), "yes");
  EXPECT_EQ(record_.env[0].at("CI_ATTEMPT"), "2");
  EXPECT_EQ(record_.env[0].at("CI_JOB_NAME"), "tests");
  EXPECT_EQ(record_.env[0].at("CI_SERVER"), "http://ci");
  EXPECT_EQ(record_.env[0].at("CI_WORKSPACE"), "/fake/workspace");
  EXPECT_FALSE(record_.env[0].contains("OPEN_CICD_JOB_TOKEN")) << "it opens nothing yet, so no step needs it";
  EXPECT_EQ(record_.env[0].at("KEY"), "hush") << "a secret wins";
  EXPECT_EQ(record_.env[0].at("A"), "job");
  EXPECT_EQ(record_.env[1].at("A"), "step");
}

TEST_F(JobRunnerTest, AStepHasTheJobsShellUnlessItHasItsOwn) {
  pipelines::JobSpec spec = job_of({"print a", "print b"});
  spec.shell = "bash";
  spec.steps[1].shell = "sh";
  run(std::move(spec));
  EXPECT_EQ(record_.shells, (Strings{"bash", "sh"}));
}

TEST_F(JobRunnerTest, ADeadlineThatCameBeforeTheEnvironmentIsPassedOn) {
  asio::io_context io(1);
  FakeExecutor executor(io.get_executor(), record_);
  JobRunner runner(io.get_executor(), executor, {.id = JobId::make(), .spec = job_of({"print a"})},
                   {.work_dir = folder_}, printed_, heard_);
  runner.extend_deadline(std::chrono::nanoseconds(77));
  asio::co_spawn(io, runner.run(), [](const std::exception_ptr&, const JobOutcome&) {});
  io.run();
  EXPECT_EQ(record_.deadline.count(), 77);
}

TEST_F(JobRunnerTest, CheckoutComesAfterSetUp) {
  pipelines::JobSpec spec = job_of({"print a"});
  spec.checkout = pipelines::Checkout{.url = "https://user:pw@git.example/x"};
  run(std::move(spec));
  EXPECT_EQ(record_.env[0].at("CI_REPO"), "https://git.example/x");
  EXPECT_EQ(record_.env[0].at("CI_COMMIT"), "c0ffee");
  EXPECT_EQ(record_.calls, (Strings{"set_up", "check_out", "step 0", "tear_down"}));
}

TEST_F(JobRunnerTest, InPlaceNothingIsCheckedOut) {
  in_place_ = "/a/tree";
  pipelines::JobSpec spec = job_of({"print a"});
  const std::string commit(40, 'a');
  spec.checkout = pipelines::Checkout{.url = "file:///a/tree", .ref = commit};
  run(std::move(spec));
  EXPECT_EQ(record_.env[0].at("CI_COMMIT"), commit);
  EXPECT_EQ(record_.calls, (Strings{"set_up", "step 0", "tear_down"}));
  EXPECT_EQ(printed_.text.at(setup_step), "ready\nthe workspace is /a/tree itself; nothing is checked out\n");
}

}  // namespace
}  // namespace open_cicd::runner
