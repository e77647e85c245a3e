// How an agent begins, ends and begins again.
#include "agent/agent_fixture.h"

#include <fstream>

namespace open_cicd::agent {
namespace {

namespace fs = std::filesystem;

class AgentLifeTest : public AgentFixture {};

TEST_F(AgentLifeTest, TheFirstSignalLetsTheJobFinish) {
  ScriptedJob& job = server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  agent_->stop(15);
  for (int i = 0; i < 100; ++i) run_a_little();
  EXPECT_FALSE(exit_code_);
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 0);
  EXPECT_FALSE(server_.removed);
}

TEST_F(AgentLifeTest, TheSecondSignalKillsTheJob) {
  ScriptedJob& job = server_.add_job({{"ignore"}});
  start();
  until_calls("step 0");
  agent_->stop(15);
  agent_->stop(15);
  end();
  EXPECT_EQ(*exit_code_, 128 + 15);
  EXPECT_EQ(record_.running, 0);
  EXPECT_FALSE(job.finish);
}

TEST_F(AgentLifeTest, ADrainFromTheServerEndsAnIdleAgent) {
  start();
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  server_.drain = true;
  server_.bump();
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 0);
}

TEST_F(AgentLifeTest, OnceRunsOneJobAndUnregisters) {
  ScriptedJob& job = server_.add_job({{"exit 1"}});
  ScriptedJob& other = server_.add_job({{"print x"}});
  start({.after = After::end});
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 0) << "the job's failure is not the agent's";
  EXPECT_EQ(job.state, "failed");
  EXPECT_EQ(other.state, "queued");
  EXPECT_TRUE(server_.removed);
  EXPECT_FALSE(fs::exists(folder_ / "agent.json"));
}

TEST_F(AgentLifeTest, AWrongRegistrationTokenEndsWith77) {
  server_.registration_token = "another";
  start();
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 77);
}

TEST_F(AgentLifeTest, AnOwnTokenThatIsRefusedIsReplaced) {
  server_.add_job({{"ignore"}});
  start();
  until_calls("step 0");
  server_.agent_token = "own-2";
  server_.bump();
  until([&] { return server_.tokens.size() == 2; }, "a second registration");
  EXPECT_EQ(server_.tokens, (std::vector<std::string>{"reg", "reg"}));
  EXPECT_EQ(record_.running, 0) << "what it ran was another agent's";
  ScriptedJob& next = server_.add_job({{"print x"}});
  until_finished(next);
  end();
}

TEST_F(AgentLifeTest, AForgottenAgentWaitsForAGoodTokenInItsFile) {
  const std::filesystem::path file = folder_ / "registration.token";
  const auto write_token = [&file](std::string_view token) { std::ofstream(file) << token << "\n"; };
  write_token("reg");
  start({.token_file = file});
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  server_.registration_token = "reg-2";  // the server's data are new
  server_.agent_token = "own-2";
  server_.bump();
  until([&] { return server_.tokens.size() >= 4; }, "some tries");
  EXPECT_FALSE(exit_code_);
  std::filesystem::remove(file);
  const std::size_t tries = server_.tokens.size();
  for (int i = 0; i < 200; ++i) run_a_little();
  EXPECT_LE(server_.tokens.size(), tries + 1) << "without a token there is nothing to ask";
  EXPECT_FALSE(exit_code_);
  write_token("reg-2");
  ScriptedJob& job = server_.add_job({{"print x"}});
  until_finished(job);
  EXPECT_EQ(server_.tokens.back(), "reg-2");
  end();
  EXPECT_EQ(*exit_code_, 0);
}

TEST_F(AgentLifeTest, AForgottenAgentWithoutATokenFileEndsWith77) {
  start();
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  server_.registration_token = server_.agent_token = "another";
  server_.bump();
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 77);
}

TEST_F(AgentLifeTest, SupersededEndsWith78AndKillsTheJob) {
  server_.add_job({{"ignore"}});
  start();
  until_calls("step 0");
  server_.answers.emplace("poll", ScriptedServer::Answer{409, R"({"code":"superseded","detail":"x"})"});
  server_.bump();
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 78);
  EXPECT_EQ(record_.running, 0);
}

TEST_F(AgentLifeTest, ARestartedAgentIsTheSameWithALaterBoot) {
  start();
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  EXPECT_EQ(server_.last_boot_seq, 1);
  const std::string boot = server_.last_boot_id;
  end();
  agent_.reset();
  start();
  until([&] { return server_.count("register") == 2; }, "the second registration");
  EXPECT_EQ(server_.tokens, (std::vector<std::string>{"reg", "own-1"}));
  EXPECT_EQ(server_.last_boot_seq, 2);
  EXPECT_NE(server_.last_boot_id, boot);
  end();
}

TEST_F(AgentLifeTest, AFinishThatCouldNotBeDeliveredIsReplayedByTheNextProcess) {
  ScriptedJob& job = server_.add_job({{"print one"}, {"exit 5"}});
  for (int i = 0; i < 1000; ++i) server_.answers.emplace("finish", ScriptedServer::Answer{503, "{}"});
  start();
  until([&] { return server_.count("finish") >= 3; }, "some tries");
  crash();
  EXPECT_FALSE(job.finish);
  job.logs.clear();  // and the server lost its tail
  server_.answers.clear();
  start();
  until_finished(job);
  EXPECT_EQ(job.state, "failed");
  EXPECT_EQ(job.finish->at("exit_code").as_int64(), 5);
  EXPECT_EQ(job.logs[0], "one\n") << "the spool survived";
  EXPECT_EQ(job.finish->if_contains("log_incomplete"), nullptr);
  EXPECT_EQ(server_.count("register"), 1) << "registering ends the old lease, so the replay comes first";
  until([&] { return server_.count("register") == 2; }, "the new process's registration");
  EXPECT_EQ(fs::file_size(folder_ / "journal"), 0U);
  end();
}

TEST_F(AgentLifeTest, AFinishIsNotRepeatedForEverForALogThatTheServerDoesNotTake) {
  const ScriptedServer::Answer incomplete{202, R"({"code":"logs_incomplete","next":{"0":0}})"};
  for (const int refusals : {3, 4}) {
    const int before = server_.count("finish");
    for (int i = 0; i < refusals; ++i) server_.answers.emplace("finish", incomplete);
    ScriptedJob& job = server_.add_job({{"print one"}});
    if (!agent_) start();
    until_finished(job);
    EXPECT_EQ(job.state, "succeeded");
    EXPECT_EQ(server_.count("finish") - before, refusals + 1);
    EXPECT_EQ(job.finish->if_contains("log_incomplete") != nullptr, refusals == 4) << "after four it says so";
  }
  end();
}

TEST_F(AgentLifeTest, AReplayWhoseSpoolIsGoneSaysSo) {
  ScriptedJob& job = server_.add_job({{"print one"}});
  for (int i = 0; i < 1000; ++i) server_.answers.emplace("finish", ScriptedServer::Answer{503, "{}"});
  start();
  until([&] { return server_.count("finish") >= 3; }, "some tries");
  crash();
  job.logs.clear();
  fs::remove_all(folder_ / "spool");
  server_.answers.clear();
  start();
  until_finished(job);
  EXPECT_TRUE(job.finish->at("log_incomplete").as_bool());
  end();
}

TEST_F(AgentLifeTest, AJobThatHadNotEndedIsNotReplayed) {
  ScriptedJob& job = server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  crash();
  start();
  until([&] { return job.state == "lost"; }, "the registration that frees it");
  EXPECT_EQ(server_.count("finish"), 0);
  EXPECT_FALSE(fs::exists(folder_ / "jobs"));
  end();
}

TEST_F(AgentLifeTest, TwoAgentsDoNotShareAFolder) {
  start();
  const Result<WorkDir> second = WorkDir::open(folder_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), "work_dir_in_use");
  end();
}

TEST_F(AgentLifeTest, AServerThatIsNotThereYetIsWaitedFor) {
  for (int i = 0; i < 3; ++i) server_.faults.emplace("register", Fault::lose_request);
  ScriptedJob& job = server_.add_job({{"print one"}});
  start();
  until_finished(job);
  end();
}

}  // namespace
}  // namespace open_cicd::agent
