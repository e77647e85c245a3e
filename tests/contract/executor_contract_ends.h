// The half of the executor contract about endings: stop, deadline, daemons, a dead agent. Included by
// executor_contract.h.
#pragma once

#include "contract/executor_contract_fixture.h"

namespace open_cicd::runner::contract {

TEST_P(ExecutorContract, StopIsPoliteFirst) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  when_up([this] { environment->stop(30s); });
  const auto result = run(Lines{"trap 'echo bye; exit 3' TERM", "echo up", "while :; do sleep 1 || :; done"});
  EXPECT_EQ(result.end, StepEnd::cancelled);
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(output().ends_with("bye\n")) << output();
}

TEST_P(ExecutorContract, StopEndsWhatHangs) {
  given_a_job();
  when_up([this] { environment->stop(30s); });
  const auto result = run(traits().say_up_and_hang());
  EXPECT_EQ(result.end, StepEnd::cancelled);
  EXPECT_EQ(result.exit_code, 143);
}

TEST_P(ExecutorContract, L9_StopKillsWhatIgnoresItAfterTheGrace) {
  given_a_job();
  when_up([this] { environment->stop(300ms); });
  const auto start = std::chrono::steady_clock::now();
  const auto result = run(traits().say_up_and_ignore_term());
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(result.end, StepEnd::cancelled);
  EXPECT_EQ(result.exit_code, 137);
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, 10s);
}

TEST_P(ExecutorContract, ARepeatedStopCanOnlyShortenTheGrace) {
  given_a_job();
  when_up([this] {
    environment->stop(60s);
    environment->stop(100ms);
    environment->stop(60s);
  });
  EXPECT_EQ(run(traits().say_up_and_ignore_term()).end, StepEnd::cancelled);
}

TEST_P(ExecutorContract, LaterStepsRunAfterAStop) {
  given_a_job();
  environment->stop(1s);
  when_up([this] { environment->stop(1s); });
  EXPECT_EQ(run(traits().say_up_and_hang()).end, StepEnd::cancelled);
  const auto result = run(traits().print("cleaned"));
  EXPECT_EQ(result.end, StepEnd::exited);
  EXPECT_EQ(output(), "cleaned\n");
}

TEST_P(ExecutorContract, StopReachesEveryProcess) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const auto number = unique_number();
  when_up([this] { environment->stop(300ms); });
  const auto result =
      run(Lines{"(trap '' TERM HUP; setsid sleep " + number + " & exec sleep " + number + ") &", "echo up", "wait"});
  EXPECT_EQ(result.end, StepEnd::cancelled);
  EXPECT_EQ(sleepers(number), 0);
}

TEST_P(ExecutorContract, L8_NothingOfAStepOutlivesIt) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const auto number = unique_number();
  const auto result =
      run(Lines{"sleep " + number + " &",                                            // a job of the shell, output open
                "(setsid sh -c 'trap \"\" TERM HUP; exec sleep " + number + "' &)",  // double fork, own session
                "nohup sleep " + number + " >/dev/null 2>&1 &", "sleep 1", "echo ended"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(output(), "ended\n");
  EXPECT_EQ(sleepers(number), 0);
}

TEST_P(ExecutorContract, AManyHeadedTreeIsGoneAtOnce) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const auto number = unique_number();
  run(Lines{"i=0; while [ $i -lt 100 ]; do (setsid sh -c '(sleep " + number + " & sleep " + number +
            " & wait) & wait' &); i=$((i+1)); done"});
  EXPECT_EQ(sleepers(number), 0);
}

TEST_P(ExecutorContract, TheDeadlineKills) {
  given_a_job();
  environment->extend_deadline(boottime_now() + 500ms);
  const auto result = run(traits().say_up_and_ignore_term());
  EXPECT_EQ(result.end, StepEnd::killed_by_deadline);
  EXPECT_EQ(run(traits().print("late")).end, StepEnd::killed_by_deadline) << "nothing starts after the deadline";
  environment->extend_deadline(boottime_now() + 60s);
  EXPECT_EQ(run(traits().print("renewed")).end, StepEnd::exited);
}

TEST_P(ExecutorContract, ADeadlineFromBeforeTheSetUpCounts) {
  auto job = new_job();
  directory = job.directory;
  environment = executor->make(std::move(job));
  environment->extend_deadline(boottime_now() + 60s);
  ASSERT_TRUE(await(environment->set_up(sink)));
  environment->extend_deadline(boottime_now() + 300ms);
  EXPECT_EQ(run(traits().say_up_and_hang()).end, StepEnd::killed_by_deadline);
}

TEST_P(ExecutorContract, TearDownEndsEverything) {
  given_a_job();
  run(traits().print("x"));
  await_void(environment->tear_down());
  await_void(environment->tear_down());
  environment.reset();
  EXPECT_FALSE(remove_tree(directory));
  EXPECT_FALSE(fs::exists(directory));
}

TEST_P(ExecutorContract, TearDownOfAJobThatWasNeverSetUp) {
  environment = executor->make(new_job());
  environment->stop(1s);
  await_void(environment->tear_down());
}

// The environment in an agent of its own, to be killed. Returns when the step's `sleep` runs.
class DyingAgent {
 public:
  DyingAgent(const std::function<void()>& run_the_agent, const std::function<bool()>& runs) {
    pid_ = ::fork();
    if (pid_ == 0) {
      run_the_agent();
      ::_exit(0);
    }
    started_ = runs();
  }
  ~DyingAgent() { kill(); }
  bool started() const { return started_; }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_;
  bool started_ = false;
};

class ExecutorContractDeath : public ExecutorContract {
 protected:
  // A daemon and a plain child that both sleep for `number` seconds, in a process of their own.
  std::unique_ptr<DyingAgent> given_an_agent_that_runs(const std::string& number) {
    executor.reset();  // one agent at a time has a work folder
    return std::make_unique<DyingAgent>(
        [this, number] {
          context.notify_fork(asio::io_context::fork_child);
          executor = traits().make(work_dir);
          if (!await(executor->check())) ::_exit(1);
          await_void(executor->sweep(agent_id));
          given_a_job();
          run(Lines{"trap '' TERM HUP", "(setsid sleep " + number + " &)", "sleep " + number});
        },
        [number] { return eventually([number] { return sleepers(number) == 2; }); });
  }
};

TEST_P(ExecutorContractDeath, L8_NothingOutlivesAKilledAgent) {
  EXECUTOR_WITH_PROCESSES();
  const auto number = unique_number();
  const auto agent = given_an_agent_that_runs(number);
  ASSERT_TRUE(agent->started());
  agent->kill();
  EXPECT_TRUE(eventually([&] { return sleepers(number) == 0; }, 5s));
  executor = traits().make(work_dir);  // the next test counts what there is
  ASSERT_TRUE(await(executor->check()));
  await_void(executor->sweep(agent_id));
}

TEST_P(ExecutorContractDeath, AfterASweepNothingOfAnEarlierAgentRuns) {
  EXECUTOR_WITH_PROCESSES();
  const auto number = unique_number();
  const auto agent = given_an_agent_that_runs(number);
  ASSERT_TRUE(agent->started());
  agent->kill();
  executor = traits().make(work_dir);
  ASSERT_TRUE(await(executor->check()));
  await_void(executor->sweep(agent_id));
  EXPECT_EQ(sleepers(number), 0);
  given_a_job();
  EXPECT_EQ(run(Lines{"echo works"}).exit_code, 0);
}

}  // namespace open_cicd::runner::contract
