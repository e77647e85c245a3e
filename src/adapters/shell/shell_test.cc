#include "adapters/shell/shell.h"

#include "adapters/shell/survivors.h"
#include "contract/executor_contract.h"

namespace open_cicd::runner::contract {
namespace {

ExecutorTraits shell_traits() {
  return {.name = "shell",
          .make = [](const fs::path& work_dir) { return shell::make_shell_executor({.work_dir = work_dir}); },
          .hides_agent = false,
          .has_network_none = false};
}

INSTANTIATE_TEST_SUITE_P(Shell, ExecutorContract, ::testing::Values(shell_traits()));
INSTANTIATE_TEST_SUITE_P(Shell, ExecutorContractDeath, ::testing::Values(shell_traits()));

class ShellExecutor : public ExecutorContract {};
INSTANTIATE_TEST_SUITE_P(Own, ShellExecutor, ::testing::Values(shell_traits()));

TEST_P(ShellExecutor, AStepThatKillsItsSupervisorTakesNothingAlong) {
  given_a_job();
  const auto number = unique_number();
  const auto result = await(
      environment->run_step(step(0, {"(setsid sleep " + number + " &)", "kill -KILL $PPID", "sleep " + number}), sink));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), "agent");
  EXPECT_EQ(sleepers(number), 0);
}

TEST_P(ShellExecutor, AStepHasItsOwnHomeAndAShortEnvironment) {
  given_a_job();
  run(step(next_step++, {"env | sed 's/=.*//' | grep -vE '^(PWD|OLDPWD|SHLVL|_)$' | sort"}, {{"MINE", "x"}}));
  EXPECT_EQ(output(), "HOME\nLANG\nMINE\nOPEN_CICD_JOB_DIRECTORY\nPATH\nTMPDIR\n");
  run(Lines{"cd; pwd"});
  EXPECT_EQ(output(), (directory / "home").string() + "\n");
}

TEST_P(ShellExecutor, StepsLeaveNoCoreFilesAndDieBeforeTheAgent) {
  given_a_job();
  run(Lines{"ulimit -c", "cat /proc/self/oom_score_adj"});
  EXPECT_EQ(output(), "0\n500\n");
}

}  // namespace
}  // namespace open_cicd::runner::contract
