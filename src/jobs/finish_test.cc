#include "jobs/jobs_fixture.h"

#include <algorithm>

namespace open_cicd::jobs {
namespace {

class FinishTest : public JobsFixture {
 protected:
  void report_step(const LeaseProof& lease, int step, StepState state) {
    const auto reply = run_alone(jobs.update_step(lease, {.status = "running", .step = step, .step_state = state}));
    EXPECT_TRUE(reply.has_value());
  }
  Result<FinishAnswer> finish(const LeaseProof& lease, protocol::StatusRequest request) {
    return run_alone(jobs.finish(lease, std::move(request)));
  }
  // The fields that a finish was refused for, in order.
  std::vector<std::string> wrong_fields(const LeaseProof& lease, protocol::StatusRequest request) {
    const auto reply = finish(lease, std::move(request));
    std::vector<std::string> fields;
    if (!reply)
      for (const FieldError& error : reply.error().fields()) fields.push_back(error.path);
    return fields;
  }
  // "0 succeeded, 1 skipped"
  std::string steps_of(const LeaseProof& lease) {
    std::string text;
    for (const StepRecord& record : detail(lease.job).attempts.at(0).steps)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", record.step, name_of(record.state));
    return text;
  }
};

// Viewers wait for that word; the one whose commit it was does not know that it was stored.
TEST_F(FinishTest, TheSecondOfTwoAtATimeTellsOfTheEndIfTheFirstCannot) {
  const LeaseProof lease = given_running_job(no_retry());
  const protocol::StatusRequest request{.status = "succeeded"};
  logs.meanwhile = [&]() -> Task<void> {
    session.mute = true;
    bool lost = false;
    try {
      co_await jobs.finish(lease, request);
    } catch (const db::DatabaseError&) {
      lost = true;
    }
    session.mute = false;
    EXPECT_TRUE(lost);
  };
  int told = 0;
  const int number = bus.subscribe([&](const events::Event&) { ++told; });
  EXPECT_TRUE(finish(lease, request));
  bus.unsubscribe(number);
  EXPECT_GT(told, 0);
  EXPECT_EQ(state_of(lease), "succeeded");
}

TEST_F(FinishTest, ARepeatTellsOfTheEndIfTheFirstCouldNot) {
  const LeaseProof lease = given_running_job(no_retry());
  session.mute = true;
  EXPECT_THROW(finish(lease, {.status = "succeeded"}), db::DatabaseError);
  session.mute = false;
  int changes = 0, ends = 0;
  const int number = bus.subscribe(
      [&](const events::Event& event) { ++(std::holds_alternative<events::JobEnded>(event) ? ends : changes); });
  EXPECT_TRUE(finish(lease, {.status = "succeeded"}));
  bus.unsubscribe(number);
  EXPECT_GT(changes, 0);
  EXPECT_EQ(ends, 1);
}

// What was true before the log was looked at need not be when the end is written.
TEST_F(FinishTest, AnAttemptThatWasLostWhileItsLogWasComparedIsStale) {
  enum class Then : std::uint8_t { lost, queued_again, running_again };
  for (const Then then : {Then::lost, Then::queued_again, Then::running_again}) {
    pipelines::JobSpec spec = no_retry();
    if (then != Then::lost) spec.retry = {.max = 1, .on = {"agent_lost"}};
    const LeaseProof lease = given_running_job(spec);
    logs.meanwhile = [&]() -> Task<void> {
      co_await jobs.expire(lease.job, lease.attempt, ExpireCause::lease_lost);
      if (then != Then::running_again) co_return;
      ClaimRequest next = claim_of(lease.job);
      next.start = true;
      EXPECT_TRUE(co_await jobs.claim(next));
    };
    const auto refused = finish(lease, {.status = "succeeded"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), "stale_attempt");
    EXPECT_EQ(state_of(lease), then == Then::lost ? "lost" : then == Then::queued_again ? "queued" : "running");
    EXPECT_EQ(detail(lease.job).attempts.at(0).state, "lost");
  }
}

// The twin that ended the attempt has closed its log, which now looks as if it lacked everything.
TEST_F(FinishTest, TheSecondOfTwoAtATimeIsAnsweredLikeTheFirstAlsoWhenItsLogIsGone) {
  const LeaseProof lease = given_running_job(no_retry());
  const protocol::StatusRequest request{.status = "succeeded"};
  logs.meanwhile = [&]() -> Task<void> {
    EXPECT_TRUE(co_await jobs.finish(lease, request));
    logs.verdict.emplace().next = {{0, 0}};
  };
  const auto second = finish(lease, request);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->missing.empty());
  EXPECT_EQ(second->reply.state, "succeeded");
}

TEST_F(FinishTest, AFinishThatIsNotStoredLetsTheLogGoOn) {
  const LeaseProof lease = given_running_job(no_retry());
  session.away = true;
  EXPECT_THROW(finish(lease, {.status = "succeeded"}), db::DatabaseError);
  EXPECT_EQ(logs.closed, false);
  session.away = false;
  EXPECT_TRUE(finish(lease, {.status = "succeeded"}));
  EXPECT_EQ(logs.closed, true);
}

using Fields = std::vector<std::string>;

TEST_F(FinishTest, ALogSumMustBePossible) {
  const LeaseProof lease = given_running_job(no_retry());
  const auto with = [](std::string step, std::int64_t size, std::string crc) {
    return protocol::StatusRequest{.status = "succeeded", .logs = {{{std::move(step), {size, std::move(crc)}}}}};
  };
  EXPECT_EQ(wrong_fields(lease, with("0", -1, "00000000")), Fields{"logs.0.size"});
  EXPECT_EQ(wrong_fields(lease, with("0", 5, "0000000")), Fields{"logs.0.crc32c"});
  EXPECT_EQ(wrong_fields(lease, with("1", -5, "xyz")), (Fields{"logs.1.size", "logs.1.crc32c"}));
  for (const char* step : {"2", "-2", "x", "", "0x", "+1", " 1", "99999999999"})
    EXPECT_EQ(wrong_fields(lease, with(step, 5, "00000000")), Fields{fmt::format("logs.{}", step)});
  EXPECT_EQ(state_of(lease), "running") << "a refused finish changes nothing";
  for (const char* step : {"-1", "0", "1"}) EXPECT_EQ(wrong_fields(lease, with(step, 0, "00000000")), Fields{}) << step;
  EXPECT_EQ(state_of(lease), "succeeded");
}

TEST_F(FinishTest, TheReportsAreOfTheJobsSteps) {
  const LeaseProof lease = given_running_job(no_retry());
  const protocol::StepEndReport good{.state = StepState::succeeded, .exit_code = 0, .duration_ms = 5};
  EXPECT_EQ(wrong_fields(lease, {.status = "succeeded", .steps = {{good, good, good}}}), Fields{"steps"});
  EXPECT_EQ(wrong_fields(lease, {.status = "succeeded", .steps = {{good, {.state = StepState::running}}}}),
            Fields{"steps[1].state"});
  EXPECT_EQ(wrong_fields(lease, {.status = "succeeded", .setup = protocol::StepEndReport{.state = StepState::pending}}),
            Fields{"setup.state"});
  EXPECT_EQ(state_of(lease), "running");
  EXPECT_TRUE(finish(lease, {.status = "succeeded", .steps = {{good, good}}}));
  EXPECT_EQ(state_of(lease), "succeeded");
}

TEST_F(FinishTest, CauseAndMessageHaveTheirLimits) {
  const LeaseProof lease = given_running_job(no_retry());
  EXPECT_EQ(wrong_fields(lease, {.status = "failed", .cause = "weather"}), Fields{"cause"});
  EXPECT_EQ(wrong_fields(lease, {.status = "failed", .message = std::string(4097, 'x')}), Fields{"message"});
  EXPECT_TRUE(finish(lease, {.status = "failed", .message = std::string(4096, 'x')}));
}

TEST_F(FinishTest, TheImagesOfAnAttemptAreKept) {
  const LeaseProof lease = given_running_job(no_retry());
  EXPECT_TRUE(detail(lease.job).attempts.at(0).images.empty());
  EXPECT_TRUE(finish(lease, {.status = "succeeded", .images = {{{"app:latest", "sha256:1", "checked"}}}}));
  const auto images = detail(lease.job).attempts.at(0).images;
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].image + " " + images[0].digest + " " + images[0].how, "app:latest sha256:1 checked");
}

struct UnreportedEnd {
  const char* finish;
  const char* running_becomes;
};
class UnreportedSteps : public FinishTest, public testing::WithParamInterface<UnreportedEnd> {};

TEST_P(UnreportedSteps, NoStepRunsOrWaitsInAJobThatHasEnded) {
  const LeaseProof lease = given_running_job(no_retry());
  report_step(lease, -1, StepState::succeeded);
  report_step(lease, 0, StepState::running);
  ASSERT_TRUE(finish(lease, {.status = GetParam().finish}));
  const bool succeeded = std::string_view(GetParam().finish) == "succeeded";
  EXPECT_EQ(steps_of(lease),
            fmt::format("-1 succeeded, 0 {}, 1 {}", GetParam().running_becomes, succeeded ? "succeeded" : "skipped"));
}

INSTANTIATE_TEST_SUITE_P(, UnreportedSteps,
                         testing::Values(UnreportedEnd{"succeeded", "succeeded"}, UnreportedEnd{"failed", "failed"},
                                         UnreportedEnd{"timed_out", "timed_out"}),
                         [](const auto& info) { return std::string(info.param.finish); });

TEST_F(FinishTest, ARunningStepOfACancelledJobIsCancelled) {
  const LeaseProof lease = given_running_job(no_retry());
  report_step(lease, 0, StepState::running);
  ASSERT_TRUE(run_alone(jobs.cancel(lease.job, "a user")));
  ASSERT_TRUE(finish(lease, {.status = "succeeded"}));
  EXPECT_EQ(state_of(lease), "cancelled");
  EXPECT_EQ(steps_of(lease), "0 cancelled, 1 skipped");
}

TEST_F(FinishTest, ARunningStepOfAnAttemptThatIsRetriedHasFailed) {
  pipelines::JobSpec spec;
  spec.retry = {.max = 1, .on = {"exit"}, .exit_codes = {}, .delay_ms = 0};
  const LeaseProof lease = given_running_job(spec);
  report_step(lease, 0, StepState::running);
  ASSERT_TRUE(finish(lease, {.status = "failed", .exit_code = 1, .cause = "exit"}));
  EXPECT_EQ(state_of(lease), "queued");
  EXPECT_EQ(steps_of(lease), "0 failed, 1 skipped");
}

TEST_F(FinishTest, ARetryIsUsedUp) {
  pipelines::JobSpec spec;
  spec.retry = {.max = 1, .on = {"exit"}, .exit_codes = {}, .delay_ms = 0};
  const protocol::StatusRequest failed{.status = "failed", .exit_code = 1, .cause = "exit"};
  const LeaseProof first = given_running_job(spec);
  ASSERT_TRUE(finish(first, failed));
  EXPECT_EQ(state_of(first), "queued");
  ClaimRequest request = claim_of(first.job);
  request.start = true;
  const auto claim = run_alone(jobs.claim(request));
  ASSERT_TRUE(claim);
  ASSERT_TRUE(
      finish({.job = request.job, .agent = request.agent, .attempt = 2, .lease_token = claim->lease_token}, failed));
  EXPECT_EQ(state_of(first), "failed");
}

TEST_F(FinishTest, WhatTheFinishSaysOfAStepIsTheLastWord) {
  const LeaseProof lease = given_running_job(no_retry());
  report_step(lease, 0, StepState::running);
  ASSERT_TRUE(finish(lease, {.status = "failed",
                             .steps = {{{.state = StepState::succeeded, .exit_code = 0, .duration_ms = 7},
                                        {.state = StepState::failed, .exit_code = 9, .duration_ms = {}}}},
                             .setup = protocol::StepEndReport{.state = StepState::skipped}}));
  EXPECT_EQ(steps_of(lease), "-1 succeeded, 0 succeeded, 1 failed") << "a setup cannot be skipped";
  EXPECT_EQ(detail(lease.job).job.exit_code, 9) << "the first failing step's, when the finish gives none";
}

class AgentTrouble : public FinishTest {
 protected:
  Result<FinishAnswer> could_not_run(const LeaseProof& lease) {
    return finish(lease, {.status = "failed", .cause = "agent", .message = "the engine is down"});
  }
  LeaseProof claim_again(const LeaseProof& before) {
    ClaimRequest request = claim_of(before.job);
    request.start = true;
    const ClaimAnswer claim = run_alone(jobs.claim(request)).value();
    return {.job = before.job, .agent = request.agent, .attempt = claim.attempt, .lease_token = claim.lease_token};
  }
};

TEST_F(AgentTrouble, IsTriedElsewhereAlsoWithoutRetriesUntilABound) {
  LeaseProof lease = given_running_job(no_retry());
  for (int error = 0; error < 10; ++error) {
    ASSERT_EQ(could_not_run(lease)->reply.state, "queued") << error;
    EXPECT_EQ(queue.avoided.back(), std::pair(lease.agent, Avoid::while_others_are_there));
    EXPECT_EQ(queue.jobs.back().delay_ms, std::min(2'000 << error, 60'000)) << error;
    lease = claim_again(lease);
  }
  EXPECT_EQ(could_not_run(lease)->reply.state, "failed");
  const std::string reason = reason_of(lease);
  for (const char* fact : {"agent_error", "the engine is down", R"("agent_errors":11)"})
    EXPECT_TRUE(reason.contains(fact)) << fact << " in " << reason;
}

TEST_F(AgentTrouble, LeavesTheJobItsRetries) {
  pipelines::JobSpec spec;
  spec.retry = {.max = 1, .on = {"exit", "agent_lost"}, .exit_codes = {}, .delay_ms = 0};
  LeaseProof lease = given_running_job(spec);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(could_not_run(lease)->reply.state, "queued");
    lease = claim_again(lease);
  }
  EXPECT_EQ(finish(lease, {.status = "failed", .exit_code = 1, .cause = "exit"})->reply.state, "queued");
  lease = claim_again(lease);
  EXPECT_EQ(finish(lease, {.status = "failed", .exit_code = 1, .cause = "exit"})->reply.state, "failed");
}

TEST_F(AgentTrouble, AJobThatRunsAtMostOnceEndsOnceAStepHasBegun) {
  const LeaseProof lease = given_running_job(no_retry());
  report_step(lease, 0, StepState::running);
  EXPECT_EQ(could_not_run(lease)->reply.state, "failed");
  EXPECT_TRUE(reason_of(lease).contains("agent_error"));
}

TEST_F(AgentTrouble, AClaimThatWasLostBeforeItStartedCostsNoRetry) {
  const LeaseProof lease = given_assigned_job(no_retry());
  run_alone(jobs.expire(lease.job, lease.attempt, ExpireCause::lease_lost));
  EXPECT_EQ(state_of(lease), "queued");
  const LeaseProof second = claim_again(lease);
  run_alone(jobs.expire(lease.job, second.attempt, ExpireCause::lease_lost));
  EXPECT_EQ(state_of(lease), "lost") << "it ran, and may run once";
}

}  // namespace
}  // namespace open_cicd::jobs
