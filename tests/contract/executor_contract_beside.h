// The part of the executor contract about steps in the background. Included by executor_contract.h.
#pragma once

#include "contract/executor_contract_ends.h"

namespace open_cicd::runner::contract {

TEST_P(ExecutorContract, StepsRunBesideOneInTheBackground) {
  given_a_job();
  const auto beside = given_beside(traits().say_up_and_hang());
  until_printed(beside->index, "up\n");
  EXPECT_TRUE(beside->started);
  for (const int code : {0, 3}) EXPECT_EQ(run(traits().exit_with(code)).exit_code, code);
  EXPECT_EQ(run(traits().print("beside")).end, StepEnd::exited);
  EXPECT_EQ(output(), "beside\n");
  EXPECT_FALSE(beside->has_ended());
  environment->stop_step(beside->index, 30s);
  const StepResult end = end_of(*beside);
  EXPECT_EQ(end.end, StepEnd::cancelled);
  EXPECT_EQ(end.exit_code, 143);
  EXPECT_EQ(sink.texts[beside->index], "up\n");
  EXPECT_EQ(run(traits().exit_with(4)).exit_code, 4);
}

TEST_P(ExecutorContract, AStopOfOneStepIsNoneOfAnother) {
  given_a_job();
  const auto first = given_beside(traits().say_up_and_hang());
  const auto second = given_beside(traits().say_up_and_ignore_term());
  for (const Beside* beside : {first.get(), second.get()}) until_printed(beside->index, "up\n");
  when_up([this] { environment->stop_step(next_step - 1, 30s); });
  EXPECT_EQ(run(traits().say_up_and_hang()).end, StepEnd::cancelled);
  EXPECT_FALSE(first->has_ended());
  environment->stop_step(second->index, 100ms);
  EXPECT_EQ(end_of(*second).exit_code, 137);
  EXPECT_FALSE(first->has_ended());
  environment->stop_step(second->index, 0ms);
  EXPECT_EQ(run(traits().exit_with(3)).end, StepEnd::exited);
  environment->stop(30s);
  EXPECT_EQ(end_of(*first).exit_code, 143);
}

TEST_P(ExecutorContract, AStepInTheBackgroundEndsByItself) {
  given_a_job();
  const auto beside = given_beside(traits().exit_with(5));
  const StepResult end = end_of(*beside);
  EXPECT_EQ(end.end, StepEnd::exited);
  EXPECT_EQ(end.exit_code, 5);
}

TEST_P(ExecutorContract, AllThatRunEndAtTheDeadline) {
  given_a_job();
  const auto beside = given_beside(traits().say_up_and_ignore_term());
  until_printed(beside->index, "up\n");
  environment->extend_deadline(boottime_now() + 500ms);
  EXPECT_EQ(run(traits().say_up_and_ignore_term()).end, StepEnd::killed_by_deadline);
  EXPECT_EQ(end_of(*beside).end, StepEnd::killed_by_deadline);
}

TEST_P(ExecutorContract, EachStepRunsItsOwnScript) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const Lines waits{"echo up", "while [ ! -e go ]; do sleep 0.1; done", "echo mine"};
  const auto beside = given_beside(waits);
  EXPECT_EQ(run(Lines{"touch go", "echo other"}).exit_code, 0);
  EXPECT_EQ(output(), "other\n");
  EXPECT_EQ(end_of(*beside).exit_code, 0);
  EXPECT_EQ(sink.texts[beside->index], "up\nmine\n");
}

TEST_P(ExecutorContract, FilesOfAStepInTheBackgroundAreRead) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const auto beside =
      given_beside(step_with_files({"echo up=1 >> \"$CI_OUTPUT\"", "while [ ! -e go ]; do sleep 0.1; done"}));
  EXPECT_EQ(run(step_with_files({"echo a=2 >> \"$CI_OUTPUT\"", "touch go"})).exit_code, 0);
  const auto others = await(environment->read_files(beside->index + 1));
  ASSERT_TRUE(others);
  EXPECT_EQ(others->at(StepFile::output).text, "a=2\n");
  EXPECT_EQ(end_of(*beside).exit_code, 0);
  const auto files = await(environment->read_files(beside->index));
  ASSERT_TRUE(files);
  EXPECT_EQ(files->at(StepFile::output).text, "up=1\n");
}

TEST_P(ExecutorContract, FilesOfTheWorkspaceAreHashed) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  run(Lines{"mkdir -p a/b .git; printf one > a/b/x.lock; printf two > y.lock; printf no > z.txt; ln -s y.lock l.lock",
            "printf hidden > .git/g.lock; ln -s /etc a/etc; mkfifo p.lock; touch 'a/with\nbreak.sum'"});
  const auto hash_of = [this](std::vector<std::string> patterns) {
    const auto hash = await(environment->hash_files(next_step, std::move(patterns)));
    return hash ? *hash : "error: " + hash.error().message();
  };
  // cd workspace; sha256sum a/b/x.lock y.lock | sha256sum
  EXPECT_EQ(hash_of({"**/*.lock"}), "df9b026cfb4ea038ae200192ddfc573858e465f8df23867c3ede52bd3c8ba48a");
  EXPECT_EQ(hash_of({"y.lock", "a/**/*.lock"}), hash_of({"**/*.lock"}));
  EXPECT_NE(hash_of({"y.lock"}), hash_of({"**/*.lock"}));
  EXPECT_EQ(hash_of({"**/*.lock", "!a/**"}), hash_of({"y.lock"}));
  EXPECT_EQ(hash_of({"l.lock"}), "error: no file of the workspace matches l.lock");
  EXPECT_EQ(hash_of({"a/etc/**", ".git/**"}), "error: no file of the workspace matches a/etc/**, .git/**");
  EXPECT_EQ(hash_of({"[a"}),
            "error: the pattern \"[a\" has \"[\" without \"]\": write \"\\[\" for the character itself");
  EXPECT_EQ(run(Lines{"printf 2 > y.lock"}).exit_code, 0);
  const std::string changed = hash_of({"y.lock"});
  EXPECT_EQ(run(Lines{"printf two > y.lock"}).exit_code, 0);
  EXPECT_NE(hash_of({"y.lock"}), changed);
  EXPECT_EQ(run(Lines{"printf 2 > y.lock"}).exit_code, 0);
  EXPECT_EQ(hash_of({"y.lock"}), changed);
}

// As daemons are made: of their own session, orphaned, deaf.
inline std::string daemon_of(const std::string& number) {
  return "(setsid sh -c 'trap \"\" TERM HUP; exec sleep " + number + "' &)";
}

TEST_P(ExecutorContract, L8_NothingOfAStepOutlivesItBesideOthers) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const auto mine = unique_number(), others = unique_number(), ended = unique_number();
  const auto beside = given_beside({daemon_of(mine), "echo up", "sleep " + mine});
  until_printed(beside->index, "up\n");
  const auto leaves = given_beside({daemon_of(ended), "sleep 0.5"});
  EXPECT_EQ(run(Lines{daemon_of(others), "sleep 0.5"}).exit_code, 0);
  EXPECT_EQ(sleepers(others), 0);
  EXPECT_EQ(end_of(*leaves).exit_code, 0);
  EXPECT_EQ(sleepers(ended), 0);
  EXPECT_EQ(sleepers(mine), 2);
  environment->stop_step(beside->index, 300ms);
  EXPECT_EQ(end_of(*beside).end, StepEnd::cancelled);
  EXPECT_EQ(sleepers(mine), 0);
}

TEST_P(ExecutorContractDeath, L8_NothingInTheBackgroundOutlivesAKilledAgent) {
  EXECUTOR_WITH_PROCESSES();
  const auto number = unique_number();
  executor.reset();
  DyingAgent agent(
      [this, number] {
        context.notify_fork(asio::io_context::fork_child);
        executor = traits().make(work_dir);
        if (!await(executor->check())) ::_exit(1);
        await_void(executor->sweep(agent_id));
        given_a_job();
        const auto beside = given_beside({"trap '' TERM HUP", daemon_of(number), "sleep " + number});
        run(Lines{"trap '' TERM HUP", daemon_of(number), "sleep " + number});
      },
      [number] { return eventually([number] { return sleepers(number) == 4; }); });
  ASSERT_TRUE(agent.started());
  agent.kill();
  EXPECT_TRUE(eventually([&] { return sleepers(number) == 0; }, 5s));
  executor = traits().make(work_dir);
  ASSERT_TRUE(await(executor->check()));
  await_void(executor->sweep(agent_id));
}

}  // namespace open_cicd::runner::contract
