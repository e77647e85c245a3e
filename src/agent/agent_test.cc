#include "agent/agent.h"

#include "agent/agent_fixture.h"
#include "base/boottime.h"

namespace open_cicd::agent {
namespace {

class AgentTest : public AgentFixture {};

TEST_F(AgentTest, AJobRunsFromOfferToFinish) {
  ScriptedJob& job = server_.add_job({{"print one"}, {"print two", "exit 4"}, {"print never"}});
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "failed");
  EXPECT_EQ(job.finish->at("exit_code").as_int64(), 4);
  EXPECT_EQ(job.finish->at("cause").as_string(), "exit");
  EXPECT_EQ(job.logs, (std::map<int, std::string>{{-1, "ready\n"}, {0, "one\n"}, {1, "two\n"}}));
  EXPECT_EQ(job.writes.front(), "running");
  end();
  EXPECT_EQ(*exit_code_, 0);
  EXPECT_EQ(record_.calls.front(), "sweep");
}

TEST_F(AgentTest, ShortJobsCostNoStepUpdates) {
  ScriptedJob& job = server_.add_job({{"print one"}});
  start();
  until_finished(job);
  EXPECT_EQ(job.writes, (std::vector<std::string>{"running", "succeeded"}));
  end();
}

TEST_F(AgentTest, LongStepsAreReportedInOrder) {
  ScriptedJob& job = server_.add_job({{"print one"}, {"wait"}});
  start();
  until([&] { return server_.count("step") == 3; }, "three step updates");
  EXPECT_EQ(job.writes,
            (std::vector<std::string>{"running", "step -1 succeeded", "step 0 succeeded", "step 1 running"}));
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  end();
}

TEST_F(AgentTest, JobsFollowEachOther) {
  start();
  for (int i = 0; i < 20; ++i) server_.add_job({{"print x"}});
  until([&] { return std::ranges::all_of(server_.jobs, [](const auto& j) { return j.finish.has_value(); }); },
        "all finishes");
  EXPECT_EQ(server_.count("claim"), 20);
  end();
}

TEST_F(AgentTest, ALostClaimAnswerIsAskedForAgainWithTheSameId) {
  ScriptedJob& job = server_.add_job({{"print one"}});
  server_.faults.emplace("claim", Fault::lose_answer);
  server_.faults.emplace("claim", Fault::lose_request);
  start();
  until_finished(job);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_GE(server_.count("claim"), 2);
  end();
}

TEST_F(AgentTest, NothingStartsBeforeTheServerKnows) {
  ScriptedJob& job = server_.add_job({{"print one"}});
  for (int i = 0; i < 4; ++i) server_.answers.emplace("running", ScriptedServer::Answer{503, "{}"});
  start();
  until([&] { return server_.count("running") == 3; }, "three tries");
  EXPECT_EQ(std::ranges::find(record_.calls, "set_up"), record_.calls.end());
  until_finished(job);
  end();
}

TEST_F(AgentTest, ABrokenPollIsFollowedAtOnceByAnotherAndByAHeartbeat) {
  ScriptedJob& job = server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  const int polls = server_.count("poll"), beats = server_.count("heartbeat");
  server_.answers.emplace("poll", ScriptedServer::Answer{504, "<html>"});
  server_.bump();  // ends the poll at hand; the next one is the proxy's
  until([&] { return server_.count("heartbeat") > beats; }, "a heartbeat, long before its time");
  until([&] { return server_.count("poll") >= polls + 2; }, "the poll after it");
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  end();
}

TEST_F(AgentTest, WhatAProxyAnswersInTheServersPlaceEndsNoJob) {
  ScriptedJob& job = server_.add_job({{"print one"}, {"wait"}, {"print two"}});
  for (const char* kind : {"poll", "append", "step", "heartbeat", "finish", "claim"})
    for (const int status : {404, 401, 403, 302})
      server_.answers.emplace(kind, ScriptedServer::Answer{status, "<html>Maintenance</html>"});
  start();
  until_calls("step 1");
  until([&] { return job.logs[0] == "one\n"; }, "the log to arrive");
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_EQ(server_.count("register"), 1) << "its identity is good";
  end();
}

TEST_F(AgentTest, AnExecutorThatFailsIsWithdrawnAndOfferedAgain) {
  start({.executor_look = Milliseconds(20)});
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  record_.probe_error = Error(ErrorKind::unavailable, "agent", "its engine\nis stopped");
  until([&] { return server_.withdrawn.is_object(); }, "a heartbeat that says so");
  EXPECT_EQ(server_.withdrawn.at("fake").as_string(), "its engine\\nis stopped") << "one line";
  record_.probe_error.reset();
  until([&] { return server_.withdrawn.is_null(); }, "a heartbeat without it");
  ScriptedJob& job = server_.add_job({{"print x"}});
  until_finished(job);
  end();
}

TEST_F(AgentTest, AJobWhoseExecutorFailsIsNotClaimed) {
  start({.executor_look = Milliseconds(3'600'000)});
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  record_.probe_error = Error(ErrorKind::unavailable, "agent", "its engine is stopped");
  ScriptedJob& job = server_.add_job({{"print x"}});
  until([&] { return server_.withdrawn.is_object(); }, "the heartbeat in the claim's place");
  EXPECT_EQ(server_.count("claim"), 0);
  record_.probe_error.reset();
  until_finished(job);
  EXPECT_EQ(job.state, "succeeded");
  end();
}

TEST_F(AgentTest, AfterAJobFailedByTheAgentsTroubleItsExecutorsAreLookedAt) {
  start({.executor_look = Milliseconds(3'600'000)});
  record_.set_up_error = Error(ErrorKind::unavailable, "agent", "the engine went away");
  ScriptedJob& job = server_.add_job({{"print x"}});
  until_calls("set_up");
  record_.probe_error = Error(ErrorKind::unavailable, "agent", "the engine is away");
  until_finished(job);
  EXPECT_EQ(job.finish->at("cause").as_string(), "agent");
  until([&] { return server_.withdrawn.is_object(); }, "a heartbeat that says so, long before the next look");
  end();
}

TEST_F(AgentTest, ALostFinishAnswerIsAskedForAgain) {
  ScriptedJob& job = server_.add_job({{"print one"}});
  for (int i = 0; i < 3; ++i) server_.faults.emplace("finish", Fault::lose_answer);
  start();
  until_finished(job);
  until([&] { return server_.faults.empty(); }, "the repeats");
  EXPECT_EQ(job.writes.back(), "succeeded");
  end();
  EXPECT_EQ(*exit_code_, 0);
}

TEST_F(AgentTest, WhatStepsWroteComesWithTheFinishHoweverOftenItIsSent) {
  ScriptedJob& job = server_.add_job({{"write output v=1.7", "write summary # Good"}, {"print ::error file=a.c::no"}},
                                     {{"outputs", {"v", "unwritten"}}});
  for (int i = 0; i < 2; ++i) server_.faults.emplace("finish", Fault::lose_answer);
  start();
  until_finished(job);
  until([&] { return server_.count("finish") == 3; }, "the finish to be answered");
  EXPECT_EQ(job.finish->at("outputs"), (bj::value{{"v", "1.7"}}));
  EXPECT_EQ(job.finish->at("summary"), "# Good\n");
  EXPECT_EQ(job.finish->at("annotations").at(0).at("file"), "a.c");
  EXPECT_EQ(job.finish->at("annotations").at(0).at("step"), 1);
  end();
}

TEST_F(AgentTest, AServerThatRefusesWhatStepsWroteStillGetsTheEnd) {
  ScriptedJob& job = server_.add_job({{"write summary # Good", "exit 3"}, {"print never"}});
  server_.answers.emplace("finish",
                          ScriptedServer::Answer{422, R"({"code":"invalid","detail":"summary is not known"})"});
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "failed");
  EXPECT_FALSE(job.finish->contains("summary"));
  EXPECT_FALSE(job.finish->at("steps").at(1).as_object().contains("reason"));
  end();
}

TEST_F(AgentTest, ASkippedStepIsToldWhenALaterOneStarts) {
  ScriptedJob& job = server_.add_job({{"print never"}, {"wait"}});
  job.spec.at("steps").at(0).as_object()["condition"] = "failure()";
  start();
  until([&] { return server_.count("step") == 3; }, "three step updates");
  EXPECT_EQ(job.writes, (std::vector<std::string>{"running", "step -1 succeeded", "step 0 skipped", "step 1 running"}));
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  EXPECT_EQ(job.finish->at("steps").at(0).at("reason").at("code"), "skipped_condition");
  end();
}

TEST_F(AgentTest, LogsThatTheServerForgotAreSentAgain) {
  ScriptedJob& job = server_.add_job({{"print one"}, {"wait"}, {"print three"}});
  start();
  until([&] { return job.logs[0] == "one\n"; }, "the first log");
  job.logs.clear();  // as after a crash of the server
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  EXPECT_EQ(job.logs[0], "one\n");
  EXPECT_EQ(job.finish->if_contains("log_incomplete"), nullptr);
  end();
}

TEST_F(AgentTest, ACancelComesThroughThePoll) {
  ScriptedJob& job = server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  EXPECT_EQ(job.state, "cancelled");
  EXPECT_EQ(server_.count("heartbeat"), 0) << "the poll brought it";
  end();
}

TEST_F(AgentTest, ACancelComesThroughTheHeartbeat) {
  server_.heartbeat_s = 0.05;
  ScriptedJob& job = server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  server_.lease_state = "cancel";
  until_finished(job);
  EXPECT_EQ(job.state, "cancelled");
  end();
}

TEST_F(AgentTest, ACancelBeforeTheStartStartsNothing) {
  ScriptedJob& job = server_.add_job({{"print never"}});
  server_.answers.emplace(
      "running", ScriptedServer::Answer{409, R"({"code":"bad_transition","detail":"x","state":"cancelling"})"});
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "cancelled");
  EXPECT_EQ(job.logs.count(0), 0U);
  end();
}

TEST_F(AgentTest, AnAcknowledgedHeartbeatExtendsTheFence) {
  server_.heartbeat_s = 0.2;
  server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  const auto before = record_.deadline;
  EXPECT_GT(before, boottime_now() + std::chrono::minutes(14));
  until([&] { return record_.deadline > before; }, "a later deadline");
  server_.lease_state = "lost";
  server_.bump();
  end();
}

TEST_F(AgentTest, TheFenceCountsFromWhenTheHeartbeatWasSent) {
  server_.heartbeat_s = 0.2;
  server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  const auto first = record_.deadline;
  auto seen = first;
  const auto renewed_by_heartbeat = [&] {  // looked at after every step of the agent: nothing else is under way
    if (std::exchange(seen, record_.deadline) != record_.deadline)
      EXPECT_LE(record_.deadline, server_.heard_at + std::chrono::minutes(15))
          << "the lease's time began when the server heard, not when its answer arrived";
    return server_.count("heartbeat") > 0 && seen > first;
  };
  until(renewed_by_heartbeat, "a later deadline");
  server_.lease_state = "lost";
  server_.bump();
  end();
}

TEST_F(AgentTest, AJobsStepsLiveForAsLongWithoutRenewalAsItsClaimSays) {
  server_.fence_s = 20.5;
  server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  EXPECT_GT(record_.deadline, boottime_now()) << "it has a deadline";
  EXPECT_LE(record_.deadline, server_.heard_at + std::chrono::milliseconds(20'500));
  server_.lease_state = "lost";
  server_.bump();
  end();
}

TEST_F(AgentTest, AServerThatSaysNoFenceGetsTheShortestOfOlderOnes) {
  server_.fence_s = std::nullopt;
  server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  EXPECT_GT(record_.deadline, boottime_now()) << "it has a deadline";
  EXPECT_LE(record_.deadline, server_.heard_at + std::chrono::seconds(45));
  server_.lease_state = "lost";
  server_.bump();
  end();
}

TEST_F(AgentTest, AStaleAttemptIsKilledAndForgotten) {
  ScriptedJob& job = server_.add_job({{"ignore"}});
  server_.answers.emplace("step", ScriptedServer::Answer{409, R"({"code":"stale_attempt","detail":"x"})"});
  start();
  until_calls("stop 0");
  until([&] { return record_.running == 0; }, "the tear-down");
  job.state = "queued";
  job.spec.at("steps").at(0).at("run") = bj::array{"print again"};
  server_.bump();
  until_finished(job);
  EXPECT_EQ(job.attempt, 2);
  EXPECT_EQ(server_.count("finish"), 1);
  end();
}

TEST_F(AgentTest, ALostLeaseInAPollKillsTheJob) {
  ScriptedJob& job = server_.add_job({{"ignore"}});
  start();
  until_calls("step 0");
  server_.lease_state = "lost";
  server_.bump();
  until_calls("tear_down");
  EXPECT_FALSE(job.finish);
  end();
  EXPECT_EQ(server_.count("finish"), 0);
}

TEST_F(AgentTest, ALeaseThatAPollNoLongerListsIsAskedFor) {
  ScriptedJob& job = server_.add_job({{"ignore"}});
  start();
  until_calls("step 0");
  EXPECT_EQ(server_.count("heartbeat"), 0);
  job.state = "lost";
  server_.bump();
  until_calls("tear_down");
  EXPECT_EQ(server_.count("heartbeat"), 1) << "long before its time";
  end();
  EXPECT_EQ(server_.count("finish"), 0);
}

TEST_F(AgentTest, TheNextStepsLogWaitsForTheEndOfTheStepBefore) {
  server_.answers.emplace("step", ScriptedServer::Answer{503, "{}"});
  ScriptedJob& job = server_.add_job({{"print one"}, {"print two", "wait"}});
  bool early = false;
  start();
  until(
      [&] {
        early |= job.logs.contains(0) && std::ranges::find(job.writes, "step -1 succeeded") == job.writes.end();
        early |= job.logs.contains(1) && std::ranges::find(job.writes, "step 0 succeeded") == job.writes.end();
        return job.logs.contains(1) && job.logs[1] == "two\n";
      },
      "the second step's log");
  EXPECT_FALSE(early);
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  end();
}

TEST_F(AgentTest, ALogThatIsRefusedForTheMomentIsWholeInTheEnd) {
  ScriptedJob& job = server_.add_job({{"print one"}});
  for (int i = 0; i < 3; ++i)
    server_.answers.emplace("append", ScriptedServer::Answer{409, R"({"code":"bad_transition","detail":"x"})"});
  start();
  until_finished(job);
  EXPECT_EQ(job.logs, (std::map<int, std::string>{{-1, "ready\n"}, {0, "one\n"}}));
  EXPECT_EQ(job.finish->if_contains("log_incomplete"), nullptr);
  end();
}

TEST_F(AgentTest, ACancelDuringAReleaseEndsTheJob) {
  ScriptedJob& job = server_.add_job({{"print one"}, {"print two"}}, {{"executor", "docker"}});
  server_.answers.emplace("release", ScriptedServer::Answer{409, R"({"code":"bad_transition","detail":"x"})"});
  server_.answers.emplace("job", ScriptedServer::Answer{200, R"({"state":"cancelling"})"});
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "cancelled");
  EXPECT_EQ(job.finish->at("steps").as_array().size(), 2U);
  end();
}

TEST_F(AgentTest, AJobForAnotherExecutorIsGivenBack) {
  ScriptedJob& job = server_.add_job({{"print one"}}, {{"executor", "docker"}});
  start();
  until([&] { return job.state == "released"; }, "the release");
  EXPECT_EQ(job.writes, std::vector<std::string>{"release mismatch"});
  end();
}

TEST_F(AgentTest, AClaimStartsTheJobWhereTheOfferAllowsIt) {
  server_.offers_start = true;
  for (int i = 0; i < 2; ++i) server_.answers.emplace("claim", ScriptedServer::Answer{503, "{}"});
  server_.faults.emplace("claim", Fault::lose_answer);
  ScriptedJob& job = server_.add_job({{"print one"}});
  start();
  until([&] { return server_.count("claim") == 2; }, "two tries");
  EXPECT_EQ(std::ranges::find(record_.calls, "set_up"), record_.calls.end()) << "nothing starts before the answer";
  const std::chrono::nanoseconds before_the_answer = boottime_now();
  until_finished(job);
  EXPECT_EQ(job.writes, std::vector<std::string>{"succeeded"});
  EXPECT_EQ(server_.count("running"), 0);
  EXPECT_GE(record_.deadline, before_the_answer + std::chrono::seconds(900)) << "the answered claim renewed the lease";
  end();
}

TEST_F(AgentTest, AJobThatItsClaimStartedAndThatCannotRunFails) {
  server_.offers_start = true;
  ScriptedJob& job = server_.add_job({{"print one"}}, {{"executor", "docker"}});
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "failed");
  EXPECT_EQ(job.finish->at("cause").as_string(), "agent");
  EXPECT_TRUE(job.finish->at("message").as_string().starts_with("this agent has no executor \"docker\""));
  EXPECT_EQ(job.finish->at("steps").as_array().at(0).at("state").as_string(), "skipped");
  end();
}

}  // namespace
}  // namespace open_cicd::agent
