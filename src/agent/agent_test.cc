#include "agent/agent.h"

#include "agent/scripted_server.h"
#include "runner/fake_executor.h"

#include <gtest/gtest.h>

#include <fstream>

namespace open_cicd::agent {
namespace {

namespace fs = std::filesystem;

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() : folder_(fs::temp_directory_path() / ("agent-" + format_uuid(make_uuid_v4()))), server_(io_) {}
  ~AgentTest() override {
    server_tasks_.spawn("stop", server_.stop());
    io_.restart();
    io_.run_for(std::chrono::seconds(5));
    fs::remove_all(folder_);
  }

  void start(AgentSettings settings = {}) {
    exit_code_.reset();
    settings.server = server_.url();
    settings.registration_token = Secret("reg");
    settings.name = "tester";
    settings.listen = "none";
    settings.backoff = {.base = Milliseconds(5), .max = Milliseconds(20)};
    Result<WorkDir> folder = WorkDir::open(folder_);
    ASSERT_TRUE(folder) << folder.error().message();
    Executors executors;
    executors["fake"] = std::make_unique<runner::FakeExecutor>(io_.get_executor(), record_);
    Result<std::unique_ptr<Agent>> agent =
        Agent::make(io_.get_executor(), std::move(settings), std::move(*folder), std::move(executors));
    ASSERT_TRUE(agent) << agent.error().message();
    agent_ = std::move(*agent);
    asio::co_spawn(io_, agent_->run(), [this](const std::exception_ptr& failure, int code) {
      EXPECT_FALSE(failure);
      exit_code_ = code;
    });
  }

  // Runs until it is so; fails after five seconds.
  template <class F>
  void until(F condition, const char* what) {
    io_.restart();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition() && std::chrono::steady_clock::now() < end) io_.run_one_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(condition()) << "waited in vain for: " << what;
  }
  void until_finished(const ScriptedJob& job) {
    until([&] { return job.finish.has_value(); }, "the job's finish");
  }
  void until_calls(const std::string& call) {
    until([&] { return std::ranges::find(record_.calls, call) != record_.calls.end(); }, call.c_str());
  }
  void end() {
    if (!exit_code_) agent_->stop(15);
    until([&] { return exit_code_.has_value(); }, "the agent's end");
  }
  // As kill -9 would: nothing is said, nothing is finished.
  void crash() {
    agent_->stop(15);
    agent_->stop(15);
    until([&] { return exit_code_.has_value(); }, "the agent's end");
    agent_.reset();
  }

  asio::io_context io_{1};
  fs::path folder_;
  ScriptedServer server_;
  TaskGroup server_tasks_{io_.get_executor()};
  runner::FakeRecord record_;
  std::unique_ptr<Agent> agent_;
  std::optional<int> exit_code_;
};

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

TEST_F(AgentTest, AJobOfAConcurrencyGroupHasTheShortFence) {
  server_.add_job({{"wait"}}, {{"concurrency", {{"group", "g"}, {"limit", 1}, {"on_conflict", "queue"}}}});
  start();
  until_calls("step 0");
  EXPECT_LT(record_.deadline, boottime_now() + std::chrono::seconds(46));
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

TEST_F(AgentTest, AJobForAnotherExecutorIsGivenBack) {
  ScriptedJob& job = server_.add_job({{"print one"}}, {{"executor", "docker"}});
  start();
  until([&] { return job.state == "released"; }, "the release");
  EXPECT_EQ(job.writes, std::vector<std::string>{"release mismatch"});
  end();
}

TEST_F(AgentTest, TheFirstSignalLetsTheJobFinish) {
  ScriptedJob& job = server_.add_job({{"wait"}});
  start();
  until_calls("step 0");
  agent_->stop(15);
  io_.restart();
  io_.run_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(exit_code_);
  server_.lease_state = "cancel";
  server_.bump();
  until_finished(job);
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 0);
  EXPECT_FALSE(server_.removed);
}

TEST_F(AgentTest, TheSecondSignalKillsTheJob) {
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

TEST_F(AgentTest, ADrainFromTheServerEndsAnIdleAgent) {
  start();
  until([&] { return server_.count("poll") >= 1; }, "a poll");
  server_.drain = true;
  server_.bump();
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 0);
}

TEST_F(AgentTest, OnceRunsOneJobAndUnregisters) {
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

TEST_F(AgentTest, AWrongRegistrationTokenEndsWith77) {
  server_.registration_token = "another";
  start();
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 77);
}

TEST_F(AgentTest, AnOwnTokenThatIsRefusedIsReplaced) {
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

TEST_F(AgentTest, SupersededEndsWith78AndKillsTheJob) {
  server_.add_job({{"ignore"}});
  start();
  until_calls("step 0");
  server_.answers.emplace("poll", ScriptedServer::Answer{409, R"({"code":"superseded","detail":"x"})"});
  server_.bump();
  until([&] { return exit_code_.has_value(); }, "the agent's end");
  EXPECT_EQ(*exit_code_, 78);
  EXPECT_EQ(record_.running, 0);
}

TEST_F(AgentTest, ARestartedAgentIsTheSameWithALaterBoot) {
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

TEST_F(AgentTest, AFinishThatCouldNotBeDeliveredIsReplayedByTheNextProcess) {
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

TEST_F(AgentTest, AReplayWhoseSpoolIsGoneSaysSo) {
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

TEST_F(AgentTest, AJobThatHadNotEndedIsNotReplayed) {
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

TEST_F(AgentTest, TwoAgentsDoNotShareAFolder) {
  start();
  const Result<WorkDir> second = WorkDir::open(folder_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), "work_dir_in_use");
  end();
}

TEST_F(AgentTest, AServerThatIsNotThereYetIsWaitedFor) {
  for (int i = 0; i < 3; ++i) server_.faults.emplace("register", Fault::lose_request);
  ScriptedJob& job = server_.add_job({{"print one"}});
  start();
  until_finished(job);
  end();
}

}  // namespace
}  // namespace open_cicd::agent
