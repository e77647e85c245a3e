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

class ShellExecutorReuse : public ShellExecutor {
 protected:
  std::string first_helper;
  std::string second_helper;
  bool folders_kept = false;

  // A job with this script, and another one after it, which must find all as the first one did.
  void run_two(const std::string& script) {
    given_a_job();
    run(Lines{"echo $PPID"});
    first_helper = output();
    run(Lines{script});
    end_job();
    folders_kept = fs::exists(work_dir / "jobs/kept");
    given_a_job();
    run(Lines{"echo $PPID"});
    second_helper = output();
    run(Lines{"find .. ! -name 'step-*.sh' -printf '%P %m\\n' | sort", "pwd"});
    const auto workspace = (directory / "workspace").string();
    EXPECT_EQ(output(), fmt::format(" 700\nhome 755\ntmp 755\nworkspace 755\n{}\n", workspace)) << script;
    end_job();
  }
  void end_job() {
    await_void(environment->tear_down());
    environment.reset();
    remove_tree(directory);
  }
};
INSTANTIATE_TEST_SUITE_P(Own, ShellExecutorReuse, ::testing::Values(shell_traits()));

TEST_P(ShellExecutorReuse, AJobThatLeavesAllAsItWasLeavesItToTheNext) {
  run_two("ls -la .. ../home; cd ../tmp; exit 3");
  EXPECT_EQ(first_helper, second_helper);
  EXPECT_TRUE(folders_kept);
}

TEST_P(ShellExecutorReuse, FoldersThatAJobChangedAreNotKept) {
  for (const char* script :
       {"echo x > file", "echo x > ../home/.profile", "mkdir ../tmp/x", "chmod 711 ../home", "chmod 711 ..",
        "touch ../stray", "mkdir ../step-x", "rmdir ../tmp", "rm -r ../home; ln -s workspace ../home"}) {
    run_two(script);
    EXPECT_FALSE(folders_kept) << script;
    EXPECT_EQ(first_helper, second_helper) << script;
  }
}

TEST_P(ShellExecutorReuse, AHelperWhoseJobLeftAProcessIsNotKept) {
  const auto number = unique_number();
  run_two("(setsid sleep " + number + " &)");
  EXPECT_NE(first_helper, second_helper);
  EXPECT_FALSE(folders_kept);
  EXPECT_EQ(sleepers(number), 0);
}

}  // namespace
}  // namespace open_cicd::runner::contract
