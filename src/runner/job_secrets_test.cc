#include "runner/job_runner_fixture.h"

namespace open_cicd::runner {
namespace {

class JobSecrets : public JobRunnerTest {
 protected:
  JobSecrets() { secrets_ = {{"KEY", "s3cr3t-value"}, {"OTHER", "another-one"}}; }

  static pipelines::JobSpec with_key(std::vector<std::string> steps) {
    pipelines::JobSpec spec = job_of(std::move(steps));
    spec.secrets = Names{{"TOKEN", "KEY"}};
    return spec;
  }
};

TEST_F(JobSecrets, ReachTheStepsThatNameThemAndNoOthers) {
  pipelines::JobSpec spec = job_of({"print a", "print b"});
  spec.secrets = Names{{"TOKEN", "KEY"}};
  spec.env = {{"TOKEN", "open"}};
  spec.steps[1].secrets = Names{{"DEPLOY", "OTHER"}};
  spec.steps[1].env = {{"DEPLOY", "open"}};
  run(std::move(spec));
  ASSERT_EQ(record_.env.size(), 2U);
  EXPECT_EQ(record_.env[0].at("TOKEN"), "s3cr3t-value");
  EXPECT_FALSE(record_.env[0].contains("KEY")) << "a secret is a variable only where it is named";
  EXPECT_FALSE(record_.env[0].contains("DEPLOY"));
  EXPECT_EQ(record_.env[1].at("TOKEN"), "s3cr3t-value");
  EXPECT_EQ(record_.env[1].at("DEPLOY"), "another-one");
}

TEST_F(JobSecrets, OneThatTheServerDoesNotGiveFailsTheSetUp) {
  pipelines::JobSpec spec = job_of({"print never"});
  spec.steps[0].secrets = Names{{"A", "NONE"}};
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(end.cause, "exit");
  EXPECT_EQ(end.message, "There is no secret NONE for this job.");
  EXPECT_EQ(printed_.text[setup_step], "error: There is no secret NONE for this job.\n");
}

TEST_F(JobSecrets, WhatTheServerRefusesFailsTheSetUpWithItsWords) {
  change_claim_ = [](ClaimedJob& job) { job.secrets_error = "A fork has no secrets."; };
  const JobOutcome end = run(with_key({"print never"}));
  EXPECT_EQ(name_of(end.state), "failed");
  EXPECT_EQ(name_of(end.setup.state), "failed");
  EXPECT_EQ(end.cause, "exit");
  EXPECT_EQ(end.message, "A fork has no secrets.");
  EXPECT_EQ(printed_.text[setup_step], "error: A fork has no secrets.\n");
  EXPECT_TRUE(record_.calls.empty());
  EXPECT_EQ(reason_of(end, 0), "skipped_setup");
}

TEST_F(JobSecrets, C1_AreHiddenInLogsHoweverTheyArePrinted) {
  run(with_key({"show TOKEN", "print a s3cr3t-value b", "print s3cr3t-", "print value"}));
  EXPECT_EQ(printed_.text[0], "***\n");
  EXPECT_EQ(printed_.text[1], "a *** b\n");
  EXPECT_EQ(printed_.text[2], "s3cr3t-\n");
  EXPECT_EQ(printed_.text[3], "value\n") << "each step's log is a stream of its own";
}

TEST_F(JobSecrets, C13_WhatMayBecomeASecretIsShownAtTheStepsEnd) {
  pipelines::JobSpec spec = with_key({"show LAST"});
  secrets_["KEY"] = "begin\nof something longer";
  spec.env["LAST"] = "begin";
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(name_of(end.state), "succeeded");
  EXPECT_EQ(printed_.text[0], "begin\n");
}

TEST_F(JobSecrets, C5_WhatIsTooShortOrCommonIsToldByItsNameOnce) {
  secrets_ = {{"KEY", "abc"}, {"OTHER", "true"}};
  run(with_key({"print abc", "print true"}));
  EXPECT_EQ(printed_.text[setup_step],
            "note: the secret KEY is not hidden in logs: it has less than 4 bytes\n"
            "note: the secret OTHER is not hidden in logs: it is a word that stands in logs of every kind\nready\n");
  EXPECT_EQ(printed_.text[0], "abc\n");
}

TEST_F(JobSecrets, C6_AreHiddenInAllThatLeavesTheAgent) {
  record_.set_up_error = fail(ErrorKind::invalid, "exit", "git said s3cr3t-value").error();
  JobOutcome end = run(with_key({"print never"}));
  EXPECT_EQ(end.message, "git said ***");
  EXPECT_EQ(printed_.text[setup_step], "ready\nerror: git said ***\n");
  record_.set_up_error.reset();

  end = run(with_key({"print ::error file=s3cr3t-value,title=s3cr3t-value::s3cr3t-value",
                      "write summary # s3cr3t-value", "print ::notice::s3cr3t%0D-value"}));
  ASSERT_EQ(end.annotations.size(), 2U);
  EXPECT_EQ(end.annotations[0].file, "***");
  EXPECT_EQ(end.annotations[0].title, "***");
  EXPECT_EQ(end.annotations[0].message, "***");
  EXPECT_EQ(end.annotations[1].message, "***") << "what unescaping makes a secret of";
  EXPECT_EQ(end.summary, "# ***\n");

  pipelines::JobSpec spec = with_key({"print a"});
  spec.steps.push_back(step_if("print b", "from_json('s3cr3t-value') == 1"));
  end = run(std::move(spec));
  EXPECT_FALSE(end.message.contains("s3cr3t")) << end.message;
  EXPECT_FALSE(printed_.text[1].contains("s3cr3t")) << printed_.text[1];
}

TEST_F(JobSecrets, C6_AnOutputOfTheJobHoldsNone) {
  pipelines::JobSpec spec =
      with_key({"write output mine=s3cr3t-value", "write output theirs=x s3cr3t-value", "print never"});
  spec.outputs = std::vector<std::string>{"theirs"};
  spec.steps[0].id = "own";
  spec.steps[1].late = std::vector<pipelines::LateValue>{{"env.V", "${{ steps.own.outputs.mine }}"}};
  const JobOutcome end = run(std::move(spec));
  EXPECT_EQ(states(end), (Strings{"succeeded", "failed", "skipped"}));
  EXPECT_EQ(record_.env[1].at("V"), "s3cr3t-value") << "what stays in the job stays as it is";
  EXPECT_EQ(end.message,
            "$CI_OUTPUT: line 1: \"theirs\" holds a secret, and outputs are stored and shown: let the job that needs "
            "it name the secret");
  EXPECT_TRUE(end.outputs.empty());
}

TEST_F(JobSecrets, C6_ALineThatIsWrongIsNamedWithoutItsSecret) {
  secrets_["KEY"] = std::string(100, 'a') + std::string(100, 'b') + "=";
  const JobOutcome end = run(with_key({"write output ?" + secrets_["KEY"]}));
  EXPECT_TRUE(end.message.starts_with("$CI_OUTPUT: line 1: \"?***")) << end.message;
  EXPECT_FALSE(end.message.contains("aaaa")) << end.message;
}

TEST_F(JobSecrets, C6_ASummaryThatIsCutEndsWithNoBeginningOfOne) {
  const std::string full(summary_bytes_max - 7, 'x');
  const JobOutcome end = run(with_key({"write summary " + full + "s3cr3t-value"}));
  EXPECT_EQ(end.summary.find("s3cr3t"), std::string::npos);
}

TEST_F(JobSecrets, TheCheckoutsTokenAndRegistryPasswordsAreHiddenToo) {
  change_claim_ = [](ClaimedJob& job) {
    job.registry_logins = {{.registry = "r:5000", .username = "ann", .password = "pass-of-ann"}};
    job.secrets = {};
  };
  run(job_of({"print a pass-of-ann b"}));
  EXPECT_EQ(printed_.text[0], "a *** b\n");
}

TEST_F(JobSecrets, MoreThanTheMaskerTakesFailsTheSetUp) {
  for (int i = 0; i < 201; ++i) secrets_[fmt::format("S{}", i)] = fmt::format("value-number-{}", i);
  const JobOutcome end = run(job_of({"print never"}));
  EXPECT_EQ(end.cause, "exit");
  EXPECT_TRUE(end.message.starts_with("A job may have 200 secrets")) << end.message;
}

}  // namespace
}  // namespace open_cicd::runner
