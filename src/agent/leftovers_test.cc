#include "agent/agent_fixture.h"

namespace open_cicd::agent {
namespace {

class LeftoversTest : public AgentFixture {
 protected:
  static protocol::LeftAttempt left_by(std::string agent, std::string boot, std::string job) {
    return {.agent_id = std::move(agent), .boot_id = std::move(boot), .job_id = std::move(job), .attempt = 1};
  }
};

TEST_F(LeftoversTest, WhatTheServerCallsGoneIsRemovedAtTheStart) {
  record_.left = {left_by("a2", "b", "dead"), left_by("a3", "b", "alive")};
  server_.gone = {"dead"};
  start();
  until([&] { return !record_.removed.empty(); }, "the removal");
  end();
  EXPECT_EQ(record_.removed, std::vector<std::string>{"s1 a2 dead"});
  EXPECT_EQ(server_.asked_about, (std::vector<std::string>{"dead", "alive"}));
}

TEST_F(LeftoversTest, ItLooksAgainAndAgain) {
  AgentSettings settings;
  settings.leftovers_interval = Milliseconds(20);
  start(settings);
  until([&] { return agent_ && server_.count("poll") > 0; }, "a poll");
  EXPECT_EQ(server_.count("leftovers"), 0) << "there was nothing to ask about";
  record_.left = {left_by("a2", "b", "late")};
  until([&] { return server_.count("leftovers") > 1; }, "two questions");
  EXPECT_TRUE(record_.removed.empty());
  server_.gone = {"late"};
  until([&] { return !record_.removed.empty(); }, "the removal");
  end();
}

// Its own it knows better than the server: what is not of the job that it holds is left of a tear-down that failed.
TEST_F(LeftoversTest, ItsOwnIsRemovedUnlessItIsOfTheRunningJob) {
  ScriptedJob& job = server_.add_job({{"wait"}});
  AgentSettings settings;
  settings.leftovers_interval = Milliseconds(20);
  start(settings);
  until_calls("step 0");
  record_.left = {left_by("a1", server_.last_boot_id, job.id), left_by("a1", server_.last_boot_id, "torn")};
  until([&] { return !record_.removed.empty(); }, "the removal");
  EXPECT_EQ(record_.removed, std::vector<std::string>{"s1 a1 torn"});
  EXPECT_EQ(record_.left.size(), 1u);
  EXPECT_EQ(server_.count("leftovers"), 0);
  agent_->stop(15);
  agent_->stop(15);
  until([&] { return exit_code_.has_value(); }, "the agent's end");
}

TEST_F(LeftoversTest, AServerThatDoesNotAnswerRemovesNothing) {
  record_.left = {left_by("a2", "b", "dead")};
  server_.answers.emplace("leftovers", ScriptedServer::Answer{.status = 503, .body = "{}"});
  server_.gone = {"dead"};
  AgentSettings settings;
  settings.leftovers_interval = Milliseconds(20);
  start(settings);
  until([&] { return server_.count("leftovers") >= 1; }, "the question");
  until([&] { return !record_.removed.empty(); }, "the removal after the second");
  EXPECT_GE(server_.count("leftovers"), 2);
  end();
}

}  // namespace
}  // namespace open_cicd::agent
