#include "jobs/notes.h"

#include "jobs/jobs_fixture.h"
#include "jobs/retention.h"
#include "protocol/message_rules.h"

namespace open_cicd::jobs {
namespace {

class NotesTest : public JobsFixture {
 protected:
  Result<FinishAnswer> finish_with(const LeaseProof& lease, protocol::StatusRequest request) {
    request.status = "failed";
    return run_alone(jobs.finish(lease, std::move(request)));
  }
  std::string refused_field(const LeaseProof& lease, protocol::StatusRequest request) {
    const auto reply = finish_with(lease, std::move(request));
    return reply ? "" : reply.error().fields().at(0).path;
  }
  AttemptNotes notes_of(const LeaseProof& lease) { return run_alone(jobs.notes(lease.job, lease.attempt)); }
};

protocol::StatusRequest with_notes() {
  return {.status = "failed",
          .outputs = std::map<std::string, std::string>{{"version", "1.7"}},
          .summary = "# Tests\n",
          .annotations = std::vector<protocol::Annotation>{
              {.level = "error", .message = "no such name", .file = "a \"b\".c", .line = 3, .step = 1}}};
}

TEST_F(NotesTest, AFinishBringsThemOnceHoweverOftenItIsRepeated) {
  const LeaseProof lease = given_running_job(no_retry());
  for (int i = 0; i < 3; ++i) {
    const auto answer = finish_with(lease, with_notes());
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->reply.state, "failed");
  }
  const AttemptNotes notes = notes_of(lease);
  EXPECT_EQ(notes.summary_bytes, 8);
  EXPECT_EQ(run_alone(jobs.summary(lease.job, lease.attempt)), "# Tests\n");
  ASSERT_EQ(notes.annotations.size(), 1U);
  EXPECT_EQ(notes.annotations[0].file, "a \"b\".c");
  EXPECT_EQ(notes.annotations[0].line, 3);
  EXPECT_EQ(notes.annotations[0].step, 1);
  protocol::StatusRequest other = with_notes();
  other.summary = "# Others\n";
  EXPECT_FALSE(finish_with(lease, other)) << "another finish is none of a repeat";
}

TEST_F(NotesTest, AnAttemptWithoutThemHasNone) {
  const LeaseProof lease = given_running_job(no_retry());
  ASSERT_TRUE(finish_with(lease, {}));
  EXPECT_EQ(notes_of(lease).summary_bytes, 0);
  EXPECT_TRUE(notes_of(lease).annotations.empty());
  EXPECT_EQ(run_alone(jobs.summary(lease.job, lease.attempt)), "");
}

TEST_F(NotesTest, TheirLimitsAreChecked) {
  const LeaseProof lease = given_running_job(no_retry());
  EXPECT_EQ(refused_field(lease, {.summary = std::string(protocol::summary_bytes_max + 1, 'x')}), "summary");
  EXPECT_EQ(refused_field(lease, {.outputs = std::map<std::string, std::string>{{"a b", ""}}}), "outputs.a b");
  EXPECT_EQ(
      refused_field(
          lease, {.outputs = std::map<std::string, std::string>{{"a", std::string(protocol::outputs_bytes_max, 'x')}}}),
      "outputs");
  std::vector<protocol::Annotation> many(101, {.level = "error", .message = "x"});
  EXPECT_EQ(refused_field(lease, {.annotations = many}), "annotations");
  EXPECT_EQ(
      refused_field(lease, {.annotations = std::vector<protocol::Annotation>{{.level = "fatal", .message = "x"}}}),
      "annotations[0].level");
  protocol::StatusRequest facts{.steps =
                                    std::vector<protocol::StepEndReport>{{.reason = protocol::StepReason{"x", {}}}}};
  facts.steps->at(0).reason->facts["long"] = std::string(5000, 'x');
  EXPECT_EQ(refused_field(lease, facts), "steps[0].reason.facts");
  EXPECT_EQ(state_of(lease), "running");
}

TEST_F(NotesTest, TheReasonOfAStepIsKept) {
  const LeaseProof lease = given_running_job(no_retry());
  protocol::StatusRequest request{
      .steps = std::vector<protocol::StepEndReport>{
          {.state = StepState::skipped,
           .reason = protocol::StepReason{"skipped_condition", {{"expression", "failure()"}}}}}};
  ASSERT_TRUE(finish_with(lease, request));
  const StepRecord step = detail(lease.job).attempts.at(0).steps.at(0);
  ASSERT_TRUE(step.reason);
  EXPECT_EQ(step.reason->facts.at("expression"), "failure()");
}

TEST_F(NotesTest, AFailureThatWasAllowedIsNotWhyTheJobFailed) {
  const LeaseProof lease = given_running_job(no_retry());
  ASSERT_TRUE(finish_with(lease, {.steps = std::vector<protocol::StepEndReport>{
                                      {.state = StepState::failed, .exit_code = 3, .allowed_failure = true},
                                      {.state = StepState::failed, .exit_code = 4}}}));
  EXPECT_TRUE(reason_of(lease).contains("\"test\"")) << reason_of(lease);
  EXPECT_EQ(detail(lease.job).job.exit_code, 4);
}

TEST_F(NotesTest, TheyGoWithTheirJob) {
  const LeaseProof lease = given_running_job(no_retry());
  ASSERT_TRUE(finish_with(lease, with_notes()));
  clock.advance(std::chrono::hours(2));
  const Retention retention({.age = std::chrono::hours(1), .jobs = 0}, session, clock);
  const std::int64_t cutoff = run_alone(retention.cutoff());
  EXPECT_EQ(run_alone(retention.delete_some(cutoff, {})).deleted, std::vector{lease.job});
  EXPECT_EQ(notes_of(lease).summary_bytes, 0);
}

}  // namespace
}  // namespace open_cicd::jobs
