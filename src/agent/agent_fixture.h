// For tests: a whole agent with a fake executor, against a control plane in miniature.
#pragma once

#include "agent/agent.h"
#include "agent/scripted_server.h"
#include "agent/temporary_folder.h"
#include "runner/fake_executor.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace open_cicd::agent {

// Stands for the agent's process: lose() ends what runs on it, in the middle of anything.
class AgentProcess : public asio::io_context {
 public:
  AgentProcess() : asio::io_context(1) {}
  void lose() { shutdown(); }  // every coroutine ends where it waits and never runs again
};

class AgentFixture : public ::testing::Test {
 protected:
  AgentFixture() : server_(io_) {}
  ~AgentFixture() override {
    crash();
    server_tasks_.spawn("stop", server_.stop());
    io_.restart();
    io_.run_for(std::chrono::seconds(5));
  }

  void start(AgentSettings settings = {}) {
    exit_code_.reset();
    process_ = std::make_unique<AgentProcess>();
    settings.server = server_.url();
    settings.registration_token = Secret("reg");
    settings.name = "tester";
    settings.listen = "none";
    settings.backoff = backoff_;
    Result<WorkDir> folder = WorkDir::open(folder_);
    ASSERT_TRUE(folder) << folder.error().message();
    Executors executors;
    executors["fake"] = std::make_unique<runner::FakeExecutor>(process_->get_executor(), record_);
    Result<std::unique_ptr<Agent>> agent =
        Agent::make(process_->get_executor(), std::move(settings), std::move(*folder), std::move(executors));
    ASSERT_TRUE(agent) << agent.error().message();
    agent_ = std::move(*agent);
    asio::co_spawn(*process_, agent_->run(), [this](const std::exception_ptr& failure, int code) {
      EXPECT_FALSE(failure);
      exit_code_ = code;
    });
  }

  // Runs until it is so; fails after five seconds.
  template <class F>
  void until(F condition, const char* what) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition() && std::chrono::steady_clock::now() < end) run_a_little();
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
  // As kill -9 does: nothing is said, written or flushed any more. What is in the page cache stays.
  void crash() {
    if (process_) process_->lose();
    agent_.reset();
    process_.reset();
  }
  void run_a_little() {
    for (asio::io_context* context : {static_cast<asio::io_context*>(process_.get()), &io_}) {
      if (context == nullptr) continue;
      context->restart();
      context->poll();
    }
    io_.run_one_for(std::chrono::microseconds(200));
  }

  asio::io_context io_{1};
  TemporaryFolder temporary_;
  const std::filesystem::path& folder_ = temporary_.path();
  ScriptedServer server_;
  TaskGroup server_tasks_{io_.get_executor()};
  runner::FakeRecord record_;
  BackoffSettings backoff_{.base = Milliseconds(5), .max = Milliseconds(20)};
  std::unique_ptr<AgentProcess> process_;
  std::unique_ptr<Agent> agent_;
  std::optional<int> exit_code_;
};

}  // namespace open_cicd::agent
