// The next job that comes with the answer to a finish.
#include "agent/agent_fixture.h"

namespace open_cicd::agent {
namespace {

class NextJobTest : public AgentFixture {
 protected:
  NextJobTest() {
    server_.offers_start = true;
    server_.takes_next = true;
  }
  // A job that runs until it is cancelled, and the agent that runs it.
  ScriptedJob& given_running_job(AgentSettings settings = {}) {
    ScriptedJob& job = server_.add_job({{"wait"}});
    start(std::move(settings));
    until_calls("step 0");
    return job;
  }
  void cancel_the_running() {
    server_.lease_state = "cancel";
    server_.bump();
  }
};

TEST_F(NextJobTest, JobsFollowEachOtherWithOneClaim) {
  for (int i = 0; i < 20; ++i) server_.add_job({{"print x"}});
  start();
  until([&] { return std::ranges::all_of(server_.jobs, [](const auto& j) { return j.finish.has_value(); }); },
        "all finishes");
  EXPECT_EQ(server_.count("claim"), 1);
  EXPECT_EQ(server_.count("finish"), 20);
  for (const ScriptedJob& job : server_.jobs) {
    EXPECT_EQ(job.state, "succeeded");
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.with_finish, &job != &server_.jobs.front());
  }
  end();
}

TEST_F(NextJobTest, IsAskedForAgainWithTheSameClaimWhenTheAnswerWasLost) {
  ScriptedJob& first = server_.add_job({{"print x"}});
  ScriptedJob& second = server_.add_job({{"print y"}});
  for (int i = 0; i < 2; ++i) server_.faults.emplace("finish", Fault::lose_answer);
  start();
  until_finished(second);
  EXPECT_TRUE(second.with_finish);
  EXPECT_EQ(second.claim_id, first.next_claim);
  EXPECT_EQ(second.attempt, 1);
  EXPECT_EQ(server_.count("claim"), 1);
  end();
}

// A heartbeat hears that the attempt is over, by the finish whose answer was lost.
TEST_F(NextJobTest, IsNotForgottenWithTheAttemptThatItsFinishEnded) {
  server_.heartbeat_s = 0.05;
  server_.add_job({{"print x"}});
  ScriptedJob& second = server_.add_job({{"print y"}});
  for (int i = 0; i < 10'000; ++i) server_.faults.emplace("finish", Fault::lose_answer);
  start();
  until([&] { return second.state == "running"; }, "the claim");
  const int beats = server_.count("heartbeat");
  until([&] { return server_.count("heartbeat") >= beats + 2; }, "the word that the first is over");
  server_.faults.clear();
  until_finished(second);
  EXPECT_TRUE(second.with_finish);
  EXPECT_EQ(second.state, "succeeded");
  end();
}

TEST_F(NextJobTest, IsNotAskedForOfAServerThatDoesNotSayThatItKnowsIt) {
  server_.takes_next = false;
  ScriptedJob& first = server_.add_job({{"print x"}});
  ScriptedJob& second = server_.add_job({{"print y"}});
  start();
  until_finished(second);
  EXPECT_EQ(first.next_claim, "");
  EXPECT_EQ(server_.count("claim"), 2);
  end();
}

TEST_F(NextJobTest, AServerThatNoLongerKnowsItStillGetsTheFinish) {
  server_.answers.emplace("finish", ScriptedServer::Answer{422, R"({"code":"invalid","detail":"x"})"});
  ScriptedJob& job = server_.add_job({{"print x"}});
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "succeeded");
  EXPECT_EQ(job.next_claim, "");
  end();
}

TEST_F(NextJobTest, AnAgentThatDrainsTakesNone) {
  ScriptedJob& first = given_running_job();
  ScriptedJob& second = server_.add_job({{"print y"}});
  agent_->stop(15);
  cancel_the_running();
  until_finished(first);
  EXPECT_EQ(first.next_claim, "");
  end();
  EXPECT_EQ(second.state, "queued");
}

TEST_F(NextJobTest, AnAgentOfOneJobTakesNone) {
  ScriptedJob& first = server_.add_job({{"print x"}});
  ScriptedJob& second = server_.add_job({{"print y"}});
  start({.after = After::end});
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(first.next_claim, "");
  EXPECT_EQ(second.state, "queued");
}

TEST_F(NextJobTest, AnAgentWithAnExecutorThatIsWithdrawnTakesNone) {
  ScriptedJob& first = given_running_job({.executor_look = Milliseconds(20)});
  record_.probe_error = Error(ErrorKind::unavailable, "agent", "its engine is stopped");
  until([&] { return server_.withdrawn.is_object(); }, "a heartbeat that says so");
  cancel_the_running();
  until_finished(first);
  EXPECT_EQ(first.next_claim, "");
  end();
}

TEST_F(NextJobTest, IsNotRunWhereItsExecutorStoppedWorking) {
  ScriptedJob& first = given_running_job({.executor_look = Milliseconds(3'600'000)});
  ScriptedJob& second = server_.add_job({{"print y"}});
  record_.probe_error = Error(ErrorKind::unavailable, "agent", "its engine is stopped");
  cancel_the_running();
  until_finished(first);
  server_.lease_state = "ok";
  until_finished(second);
  EXPECT_TRUE(second.with_finish);
  EXPECT_EQ(second.state, "failed");
  EXPECT_EQ(second.finish->at("cause").as_string(), "agent");
  EXPECT_EQ(second.finish->at("message").as_string(), "its engine is stopped");
  EXPECT_EQ(second.next_claim, "") << "an agent in trouble takes no other";
  end();
}

TEST_F(NextJobTest, AFinishThatALaterProcessRepeatsClaimsNone) {
  for (int i = 0; i < 3; ++i) server_.faults.emplace("finish", Fault::lose_request);
  ScriptedJob& job = server_.add_job({{"print x"}});
  start();
  until([&] { return server_.count("finish") == 1; }, "a try");
  crash();
  server_.faults.clear();
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "succeeded");
  EXPECT_EQ(job.next_claim, "");
  end();
}

// The poll tells of the new lease before the answer to the finish has come.
TEST_F(NextJobTest, IsCancelledAlsoByAPollThatCameBeforeIt) {
  ScriptedJob& first = given_running_job();
  ScriptedJob& second = server_.add_job({{"wait"}});
  for (int i = 0; i < 10'000; ++i) server_.faults.emplace("finish", Fault::lose_answer);
  cancel_the_running();
  until([&] { return second.state == "running"; }, "the claim");
  const int polls = server_.count("poll");
  server_.bump();
  until([&] { return server_.count("poll") > polls; }, "the poll after the one that told of the cancel");
  server_.faults.clear();
  until_finished(second);
  EXPECT_EQ(first.state, "cancelled");
  EXPECT_EQ(second.state, "cancelled");
  EXPECT_EQ(second.logs.count(0), 0U);
  EXPECT_EQ(server_.count("heartbeat"), 0);
  end();
}

TEST_F(NextJobTest, IsLeftToTheServerByAProcessThatMustEndAtOnce) {
  ScriptedJob& first = given_running_job();
  ScriptedJob& second = server_.add_job({{"ignore"}});
  server_.faults.emplace("finish", Fault::lose_answer);
  cancel_the_running();
  until([&] { return second.state == "running"; }, "the claim");
  agent_->stop(15);
  agent_->stop(15);
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 128 + 15);
  EXPECT_TRUE(first.finish);
  EXPECT_FALSE(second.finish);
}

}  // namespace
}  // namespace open_cicd::agent
