// What the steps of a job write for each other and for people.
#include "runner/job_runner_fixture.h"

namespace open_cicd::runner {
namespace {

TEST_F(JobRunnerTest, OutputsReachLaterStepsAndTheEndOfTheJob) {
  pipelines::JobSpec spec = job_of({"write output version=1.7\nother=x", "print a"});
  spec.outputs = std::vector<std::string>{"version", "unwritten"};
  spec.steps[0].id = "build";
  spec.steps[1].late = std::vector<pipelines::LateValue>{{"env.V", "v${{ steps.build.outputs.version }}"}};
  spec.steps.push_back(step_if("print b", "steps.build.outputs.version == '1.7'"));
  spec.steps.push_back(step_if("print c", "steps.build.outputs.none == null"));
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(states(end), (Strings{"succeeded", "succeeded", "succeeded", "succeeded"}));
  EXPECT_EQ(record_.env[1].at("V"), "v1.7");
  EXPECT_EQ(end.outputs, (std::map<std::string, std::string>{{"version", "1.7"}}));
}

TEST_F(JobRunnerTest, VariablesAndFoldersThatAStepAddsAreThereForLaterSteps) {
  pipelines::JobSpec spec =
      job_of({"write env A=step\nB<<E\none\ntwo\nE\nCI_ENV=/etc/passwd", "write path /opt/x", "print c"});
  spec.env = {{"A", "job"}};
  spec.steps[2].env = {{"B", "own"}};
  run(std::move(spec));
  ASSERT_EQ(record_.env.size(), 3U);
  EXPECT_EQ(record_.env[0].at("A"), "job");
  EXPECT_EQ(record_.env[1].at("A"), "step");
  EXPECT_EQ(record_.env[1].at("B"), "one\ntwo");
  EXPECT_EQ(record_.env[1].at("CI_ENV"), "/fake/step-1.env") << "a step cannot move the files of later ones";
  EXPECT_EQ(record_.env[2].at("B"), "own");
  EXPECT_EQ(record_.paths[1], Strings{});
  EXPECT_EQ(record_.paths[2], Strings{"/opt/x"});
}

TEST_F(JobRunnerTest, AWrongLineFailsItsStepAndIsNamed) {
  pipelines::JobSpec spec = job_of({"write output a=1\nhello", "print never"});
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(states(end), (Strings{"failed", "skipped"}));
  EXPECT_EQ(end.message, "$CI_OUTPUT: line 2 is neither name=value nor name<<MARK");
  EXPECT_EQ(printed_.text[0], "error: $CI_OUTPUT: line 2 is neither name=value nor name<<MARK\n");
}

TEST_F(JobRunnerTest, OutputsHaveALimitForTheWholeJob) {
  const std::string half = "write output a=" + std::string(40 << 10, 'x');
  const JobOutcome end = run(job_of({half, half}));
  EXPECT_EQ(states(end), (Strings{"succeeded", "failed"}));
  EXPECT_EQ(end.message, "$CI_OUTPUT: line 1: \"a\" is too much: the outputs of a job may have 65536 bytes");
}

// A program's environment takes no more than 128 KiB for one variable: later steps could not start.
TEST_F(JobRunnerTest, NoVariableThatAStepAddsIsTooLongForAProgram) {
  const JobOutcome fine = run(job_of({"write env BIG=" + std::string(64 << 10, 'x'), "print a"}));
  EXPECT_EQ(states(fine), (Strings{"succeeded", "succeeded"}));
  const JobOutcome end = run(job_of({"write env A=1\nBIG=" + std::string((64 << 10) + 1, 'x'), "print never"}));
  EXPECT_EQ(states(end), (Strings{"failed", "skipped"}));
  EXPECT_EQ(end.message, "$CI_ENV: line 2: \"BIG\" must be at most 65536 bytes long");
}

TEST_F(JobRunnerTest, NorTheFoldersOfItsPathTogether) {
  std::string folders = "write path";
  for (int i = 0; i < 5; ++i) folders += (i == 0 ? " /" : "\n/") + std::string(3000, 'd');
  const JobOutcome end = run(job_of({folders, folders, folders, "print never"}));
  EXPECT_EQ(states(end), (Strings{"succeeded", "succeeded", "failed", "skipped"}));
  EXPECT_EQ(end.message, "$CI_PATH: is too much: the folders that a job adds may have 32768 bytes");
}

TEST_F(JobRunnerTest, TheSummariesOfTheStepsAreOneText) {
  const JobOutcome end = run(job_of({"write summary # One", "exit 1", "print never"}));
  EXPECT_EQ(end.summary, "# One\n");
  const JobOutcome cut = run(job_of({"write summary " + std::string((1 << 20) - 3, 'x'), "write summary yyy"}));
  EXPECT_EQ(name_of(cut.state), "succeeded");
  EXPECT_EQ(cut.summary.size(), std::size_t{1} << 20);
  EXPECT_TRUE(printed_.text[1].starts_with("note: $CI_SUMMARY: cut")) << printed_.text[1];
}

TEST_F(JobRunnerTest, AnnotationsOfItsStepsBelongToTheJob) {
  const JobOutcome end = run(job_of({"print ::error file=a.c,line=3::no", "print ::warning::slow"}));
  ASSERT_EQ(end.annotations.size(), 2U);
  EXPECT_EQ(end.annotations[0].file, "a.c");
  EXPECT_EQ(end.annotations[1].step, 1);
  EXPECT_EQ(printed_.text[0], "::error file=a.c,line=3::no\n");
}

TEST_F(JobRunnerTest, APluginGetsItsValuesAsVariables) {
  pipelines::JobSpec spec = job_of({"print a"});
  spec.executor = "docker";
  spec.steps[0].uses = "plugins/x:1";
  spec.steps[0].with = std::map<std::string, std::string>{{"dry-run", "true"}, {"Tag", "v1"}};
  run(std::move(spec));
  for (const char* prefix : {"PLUGIN_", "INPUT_"}) {
    EXPECT_EQ(record_.env[0].at(fmt::format("{}DRY_RUN", prefix)), "true");
    EXPECT_EQ(record_.env[0].at(fmt::format("{}TAG", prefix)), "v1");
  }
}

TEST_F(JobRunnerTest, B15_APrivilegedStepIsItsImageAloneAndGetsNothingFromOtherSteps) {
  const auto privileged = [](auto change) {
    pipelines::JobSpec spec = job_of({"write env LD_PRELOAD=/workspace/x.so", "write path /workspace/bin"});
    spec.executor = "docker";
    spec.steps.push_back({.name = "p", .uses = "docker:1", .privileged = true});
    change(spec.steps.back());
    return spec;
  };
  EXPECT_EQ(name_of(run(privileged([](pipelines::Step&) {})).state), "succeeded");
  ASSERT_EQ(record_.env.size(), 3U);
  EXPECT_TRUE(record_.env[1].contains("LD_PRELOAD"));
  for (const char* name : {"LD_PRELOAD", "CI_ENV", "CI_PATH"}) EXPECT_FALSE(record_.env[2].contains(name)) << name;
  EXPECT_EQ(record_.paths[2], Strings{});
  for (const JobOutcome& end : {run(privileged([](pipelines::Step& s) { s.run = {"print never"}; })),
                                run(privileged([](pipelines::Step& s) { s.entrypoint = Strings{"sh"}; })),
                                run(privileged([](pipelines::Step& s) { s.user = "root"; }))})
    EXPECT_EQ(states(end), (Strings{"succeeded", "succeeded", "failed"}));
}

TEST_F(JobRunnerTest, WhatNeedsAContainerIsRefusedElsewhere) {
  for (const char* executor : {"shell", "sandbox"}) {
    pipelines::JobSpec spec = job_of({"print never"});
    spec.executor = executor;
    spec.steps[0].user = "root";
    const JobOutcome end = run(std::move(spec));
    EXPECT_EQ(states(end), Strings{"failed"});
    EXPECT_EQ(end.message, fmt::format("\"user\" needs the docker executor, not {}", executor));
  }
}

}  // namespace
}  // namespace open_cicd::runner
