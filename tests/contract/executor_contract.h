// What every executor must do. An adapter's test defines its ExecutorTraits and instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Shell, ExecutorContract, ::testing::Values(shell_traits()));
// A test that has no meaning for an executor says so and is skipped.
#pragma once

#include "contract/executor_contract_beside.h"
#include "contract/executor_contract_ends.h"
#include "contract/executor_contract_fixture.h"
#include "pipelines/limits.h"
#include "support/memory.h"
#include "support/sanitized.h"

namespace open_cicd::runner::contract {

TEST_P(ExecutorContract, SetUpSaysWhatItDoes) {
  given_a_job();
  EXPECT_FALSE(sink.texts[setup_step].empty());
  EXPECT_TRUE(sink.texts[setup_step].ends_with('\n'));
}

TEST_P(ExecutorContract, ExitCodesArriveAsTheyAre) {
  given_a_job();
  for (const int code : {0, 1, 3, 255}) {
    const auto result = run(traits().exit_with(code));
    EXPECT_EQ(result.end, StepEnd::exited);
    EXPECT_EQ(result.exit_code, code);
  }
}

TEST_P(ExecutorContract, ASignalIs128PlusItsNumber) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  EXPECT_EQ(run(Lines{"kill -KILL $$"}).exit_code, 137);
  EXPECT_EQ(run(Lines{"kill -TERM $$"}).exit_code, 143);
}

TEST_P(ExecutorContract, TheScriptEndsAtTheFirstFailure) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  EXPECT_EQ(run(Lines{"echo before", "false", "echo after"}).exit_code, 1);
  EXPECT_EQ(output(), "before\n");
  EXPECT_EQ(run(Lines{"x=1", "if [ $x = 1 ]; then\n  echo 'two lines'\nfi", "cat <<END\nhere $x\nEND"}).exit_code, 0);
  EXPECT_EQ(output(), "two lines\nhere 1\n");
}

TEST_P(ExecutorContract, BashEndsAtTheFirstFailureOfAPipeToo) {
  EXECUTOR_WITH_PROCESSES();
  auto job = new_job();
  const auto bash = [&](Lines lines) {
    auto command = step(next_step++, std::move(lines));
    command.step.shell = "bash";
    if (!traits().image_with_bash.empty()) command.step.image = traits().image_with_bash;
    return command;
  };
  job.spec.steps = {bash({":"}).step, step(next_step++, {":"}).step};
  given(std::move(job));
  EXPECT_EQ(run(bash({"a=(1 2 3)", "echo ${#a[@]} $0 | sed 's/ .*step.*/ script/'"})).exit_code, 0);
  EXPECT_EQ(output(), "3 script\n");
  EXPECT_EQ(run(bash({"echo before", "false | true", "echo after"})).exit_code, 1);
  EXPECT_EQ(output(), "before\n");
  EXPECT_EQ(run(Lines{"false | true", "echo sh goes on"}).exit_code, 0);
  EXPECT_EQ(output(), "sh goes on\n");
}

TEST_P(ExecutorContract, ABashThatIsMissingIsNamed) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  auto command = step(next_step++, {"echo ran"}, {{"PATH", "/no/programs"}});
  command.step.shell = "bash";
  const auto result = run(std::move(command));
  EXPECT_EQ(result.end, StepEnd::exited);
  EXPECT_EQ(result.exit_code, 127);
  EXPECT_TRUE(output().starts_with("There is no bash ")) << output();
  EXPECT_TRUE(output().contains("\"shell: bash\"")) << output();
  EXPECT_TRUE(traits().image.empty() || output().contains(traits().image)) << output();
}

// As much as a job may be submitted with.
TEST_P(ExecutorContract, TheLargestScriptAndEnvironmentWork) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  std::map<std::string, std::string> env;
  std::size_t left = pipelines::limits::start_bytes_max;
  for (int i = 0; left > 0; ++i) {
    const std::string name = fmt::format("LARGE{}", i);
    const std::size_t size = std::min(left, pipelines::limits::value_bytes_max);
    left -= size;
    if (size > 100) env[name] = std::string(size - name.size() - 10, 'x');
  }
  Lines lines{"set -- $LARGE0", "echo ${#1}"};
  while (lines.size() < pipelines::limits::script_lines_max - 1) lines.push_back("# " + std::string(257, 'y'));
  lines.emplace_back("/bin/true && echo last");
  const auto result = run(step(next_step++, lines, env));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(output(), fmt::format("{}\nlast\n", pipelines::limits::value_bytes_max - 16));
}

TEST_P(ExecutorContract, TheEnvironmentIsExact) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const std::map<std::string, std::string> env{{"LINES_", "one\ntwo\n\n"},
                                               {"QUOTES", R"(it's "quoted" `id` $(id) $HOME \n)"},
                                               {"UNICODE", "grün ✓ 🚀"},
                                               {"EQUALS", "=a=b="},
                                               {"EMPTY", ""},
                                               {"LARGE", std::string(100'000, 'x')}};
  for (const auto& [name, value] : env) {
    const auto result = run(step(next_step++, {"printf '%s' \"$" + name + "\""}, env));
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(output(), value) << name;
  }
}

TEST_P(ExecutorContract, AStepsFilesAreReadWhenItHasEnded) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  auto command = step_with_files(
      {"echo a=1 >> \"$CI_OUTPUT\"", "printf 'b<<E\\nx\\ny\\nE\\n' > \"$CI_ENV\"", "echo '# Good' > \"$CI_SUMMARY\""});
  const int index = command.index;
  EXPECT_EQ(run(std::move(command)).exit_code, 0);
  const auto files = await(environment->read_files(index));
  ASSERT_TRUE(files) << files.error().message();
  ASSERT_EQ(files->size(), 3U);
  EXPECT_EQ(files->at(StepFile::output).text, "a=1\n");
  EXPECT_EQ(files->at(StepFile::env).text, "b<<E\nx\ny\nE\n");
  EXPECT_EQ(files->at(StepFile::summary).text, "# Good\n");
  auto next = step_with_files({"cat \"$CI_OUTPUT\""});
  EXPECT_NE(run(std::move(next)).exit_code, 0) << "each step has files of its own";
}

TEST_P(ExecutorContract, WhatAStepPutsInPlaceOfItsFilesIsNotFollowed) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  auto command = step_with_files({"ln -s /etc/passwd \"$CI_OUTPUT\"", "mkfifo \"$CI_ENV\"", "mkdir \"$CI_PATH\"",
                                  "dd if=/dev/zero of=\"$CI_SUMMARY\" bs=1 count=1 seek=1000000000 2>/dev/null"});
  const int index = command.index;
  EXPECT_EQ(run(std::move(command)).exit_code, 0) << output();
  const auto files = await(environment->read_files(index));
  ASSERT_TRUE(files) << files.error().message();
  for (const StepFile kind : {StepFile::output, StepFile::env, StepFile::path}) {
    EXPECT_FALSE(files->at(kind).is_file);
    EXPECT_EQ(files->at(kind).text, "");
  }
  EXPECT_TRUE(files->at(StepFile::summary).is_long);
  EXPECT_EQ(files->at(StepFile::summary).text.size(), step_file_bytes_max);
}

TEST_P(ExecutorContract, AddedFoldersComeBeforeThePath) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  EXPECT_EQ(run(Lines{"for name in one two; do mkdir $name; printf \"#!/bin/sh\\necho $name\\n\" > $name/my-tool; done",
                      "chmod +x */my-tool"})
                .exit_code,
            0);
  auto command = step(next_step++, {"my-tool", "ls / > /dev/null"});
  command.path = {environment->workspace() + "/one", environment->workspace() + "/two"};
  EXPECT_EQ(run(std::move(command)).exit_code, 0);
  EXPECT_EQ(output(), "two\n");
}

TEST_P(ExecutorContract, AnEntrypointGetsTheScript) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  auto command = step(next_step++, {"one", "two"});
  command.step.entrypoint = Lines{"sed", "s/^/> /"};
  EXPECT_EQ(run(std::move(command)).exit_code, 0);
  EXPECT_EQ(output(), "> one\n> two\n");
  auto missing = step(next_step++, {"one"});
  missing.step.entrypoint = Lines{"no-such-program"};
  EXPECT_EQ(run(std::move(missing)).exit_code, 127);
  EXPECT_TRUE(output().starts_with("There is no no-such-program ")) << output();
}

TEST_P(ExecutorContract, StandardInputIsEmpty) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  EXPECT_EQ(run(Lines{"cat", "echo done"}).exit_code, 0);
  EXPECT_EQ(output(), "done\n");
}

TEST_P(ExecutorContract, OutputIsTheExactBytes) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  run(Lines{R"(printf 'a\000b\377\r\n\033[31mno newline at the end')"});
  EXPECT_EQ(output(), std::string("a\0b\xff\r\n\x1b[31mno newline at the end", 32));
  run(Lines{":"});
  EXPECT_EQ(output(), "");
}

TEST_P(ExecutorContract, BothStreamsKeepTheirOrder) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  run(Lines{"i=0; while [ $i -lt 200 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"});
  std::string expected;
  for (int i = 0; i < 200; ++i) expected += fmt::format("out {}\nerr {}\n", i, i);
  EXPECT_EQ(output(), expected);
}

TEST_P(ExecutorContract, ALineOf100MegabytesArrivesWhole) {
  given_a_job();
  constexpr std::size_t size = 100'000'000;
  sink.keep = false;
  bool only_x = true;
  sink.on_write = [&only_x](int, std::string_view bytes) {
    only_x = only_x && bytes.find_first_not_of('x') == std::string_view::npos;
  };
  EXPECT_EQ(run(traits().print_bytes(size)).exit_code, 0);
  EXPECT_EQ(sink.sizes[next_step - 1], size);
  EXPECT_TRUE(only_x);
}

TEST_P(ExecutorContract, ASlowSinkSlowsTheStepAndFillsNoMemory) {
  if (sanitized) GTEST_SKIP() << "memory is not measured under a sanitizer";
  given_a_job();
  sink.keep = false;
  sink.delay = 1ms;
  const auto before = resident_bytes();
  std::size_t most = before;
  sink.on_write = [&](int, std::string_view) { most = std::max(most, resident_bytes()); };
  constexpr std::size_t size = 60'000'000;
  EXPECT_EQ(run(traits().print_bytes(size)).exit_code, 0);
  EXPECT_EQ(sink.sizes[next_step - 1], size);
  EXPECT_LT(most - before, 16U << 20);
}

TEST_P(ExecutorContract, StepsShareTheWorkspace) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  EXPECT_EQ(run(Lines{"echo from the first > file", "mkdir -p sub/folder", "echo x > sub/folder/x"}).exit_code, 0);
  EXPECT_EQ(run(Lines{"cat file"}).exit_code, 0);
  EXPECT_EQ(output(), "from the first\n");
  EXPECT_EQ(run(step(next_step++, {"ls", "pwd"}, {}, "sub/folder")).exit_code, 0);
  EXPECT_TRUE(output().starts_with("x\n/")) << output();
}

TEST_P(ExecutorContract, TheWorkspaceIsWhereItSays) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  EXPECT_EQ(run(Lines{"pwd"}).exit_code, 0);
  EXPECT_EQ(output(), environment->workspace() + "\n");
}

// What the steps change stays, and belongs to who owned the folder or runs them.
TEST_P(ExecutorContract, AFolderCanBeTheWorkspaceItself) {
  EXECUTOR_WITH_PROCESSES();
  const fs::path folder = work_dir.string() + "-in-place";
  fs::create_directories(folder / "sub");
  std::ofstream(folder / "given") << "given\n";
  if (::geteuid() == 0) {
    for (const fs::path& path : {folder, folder / "sub", folder / "given"})
      ASSERT_EQ(::chown(path.c_str(), 1234, 1234), 0);
  }
  JobContext job = new_job();
  job.in_place = folder;
  given(std::move(job));
  run(Lines{"cat given", "echo made >sub/made", "pwd"});
  EXPECT_EQ(output(), "given\n" + environment->workspace() + "\n");
  const auto digest = await(environment->hash_files(next_step, {"sub/*"}));
  EXPECT_TRUE(digest) << digest.error().message();
  await_void(environment->tear_down());
  environment.reset();
  std::string made;
  std::ifstream(folder / "sub" / "made") >> made;
  EXPECT_EQ(made, "made");
  EXPECT_TRUE(fs::exists(folder / "given"));
  remove_tree(folder);
}

TEST_P(ExecutorContract, AMissingWorkdirIsTheStepsOwnFailure) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const auto result = run(step(next_step++, {"echo ran"}, {}, "no/such/folder"));
  EXPECT_EQ(result.end, StepEnd::exited);
  EXPECT_NE(result.exit_code, 0);
  EXPECT_FALSE(output().contains("ran\n"));
  EXPECT_TRUE(output().contains("no/such/folder")) << output();
}

// A step can reach the folder of the scripts: what it puts there is its own trouble, not the machine's.
TEST_P(ExecutorContract, AScriptThatCannotBeWrittenIsTheStepsOwnFailure) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  const int later = next_step + 1;
  const auto first =
      run(Lines{fmt::format("mkdir -p \"$(dirname \"$0\")/step-{}.sh/x\"", later), "rm -f \"$0\"; mkdir -p \"$0/x\""});
  EXPECT_EQ(first.exit_code, 0) << output();
  const auto result = run(Lines{"echo ran"});
  EXPECT_EQ(result.end, StepEnd::exited);
  EXPECT_EQ(result.exit_code, 127);
  EXPECT_TRUE(output().contains("script can't be written")) << output();
}

TEST_P(ExecutorContract, HomeAndTemporaryFolderAreWritable) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  EXPECT_EQ(
      run(Lines{"echo a > \"$HOME/a\"", "echo b > \"${TMPDIR:-/tmp}/b\"", "cat \"$HOME/a\" \"${TMPDIR:-/tmp}/b\""})
          .exit_code,
      0);
  EXPECT_EQ(output(), "a\nb\n");
}

TEST_P(ExecutorContract, B20_TwoJobsShareNothing) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  run(Lines{"echo first > file"});
  auto first = std::move(environment);
  given_a_job();
  EXPECT_NE(run(Lines{"cat file"}).exit_code, 0);
  await_void(first->tear_down());
  EXPECT_EQ(run(Lines{"echo still here"}).exit_code, 0);
}

TEST_P(ExecutorContract, A12_TheAgentsEnvironmentStaysWithTheAgent) {
  EXECUTOR_WITH_PROCESSES();
  ::setenv("OPEN_CICD_CONTRACT_TOKEN", "agent-secret-of-the-contract", 1);
  given_a_job();
  EXPECT_EQ(run(Lines{"env", "cat /proc/$PPID/environ 2>/dev/null || :"}).exit_code, 0);
  EXPECT_FALSE(output().contains("agent-secret-of-the-contract")) << output();
  if (traits().hides_agent) {
    EXPECT_EQ(run(Lines{"cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null || :"}).exit_code, 0);
    EXPECT_FALSE(output().contains("agent-secret-of-the-contract"));
    EXPECT_FALSE(output().contains("_test")) << "the agent's own process is visible";
    EXPECT_NE(run(Lines{fmt::format("ls '{}'", work_dir.string())}).exit_code, 0) << "the agent's folder is visible";
  }
  ::unsetenv("OPEN_CICD_CONTRACT_TOKEN");
}

TEST_P(ExecutorContract, VariablesOfOneStepAreNotTheNextOnes) {
  EXECUTOR_WITH_PROCESSES();
  given_a_job();
  run(step(next_step++, {":"}, {{"ONLY_HERE", "secret-of-a-step"}}));
  run(Lines{"env; cat /proc/$PPID/environ 2>/dev/null || :"});
  EXPECT_FALSE(output().contains("ONLY_HERE"));
}

TEST_P(ExecutorContract, NetworkNoneHasOnlyLoopback) {
  if (!traits().has_network_none) GTEST_SKIP() << traits().name << " has no network of its own";
  auto job = new_job();
  job.spec.network = "none";
  given(std::move(job));
  EXPECT_EQ(run(Lines{"sed '1,2d;s/:.*//;s/ //g' /proc/net/dev | grep -vE "
                      "'^(lo|tunl0|ip6tnl0|sit0|gre0|gretap0|erspan0)$' || :"})
                .exit_code,
            0);
  EXPECT_EQ(output(), "");
}

TEST_P(ExecutorContract, ChecksOutARepository) {
  if (!traits().checks_out_host_files) GTEST_SKIP() << traits().name << " sees no repository of the host";
  const auto origin = work_dir / "origin";
  ASSERT_EQ(
      std::system(
          fmt::format("git init -q -b main {0} && cd {0} && echo hello > file && git add file && git -c user.name=a -c "
                      "user.email=a@b commit -qm 'the first commit'",
                      origin.string())
              .c_str()),
      0);
  auto job = new_job();
  job.spec.checkout = pipelines::Checkout{.url = "file://" + origin.string(), .ref = "main"};
  given(std::move(job));
  const auto done = await(environment->check_out(sink));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(sink.texts[setup_step].contains(*done + " the first commit")) << sink.texts[setup_step];
  EXPECT_EQ(done->size(), 40U) << *done;
  EXPECT_EQ(run(Lines{"cat file"}).exit_code, 0);
  EXPECT_EQ(output(), "hello\n");
}

TEST_P(ExecutorContract, AFailedCheckoutTellsWhatGitSaid) {
  if (!traits().checks_out_host_files) GTEST_SKIP() << traits().name << " sees no repository of the host";
  auto job = new_job();
  job.spec.checkout = pipelines::Checkout{.url = "file:///no/such/repository", .ref = "main"};
  given(std::move(job));
  const auto done = await(environment->check_out(sink));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), "exit") << "the job named it";
  EXPECT_TRUE(sink.texts[setup_step].contains("/no/such/repository")) << sink.texts[setup_step];
  const auto refused = [&](pipelines::Checkout checkout) {
    auto hostile = new_job();
    hostile.spec.checkout = std::move(checkout);
    await_void(environment->tear_down());
    given(std::move(hostile));
    const auto end = await(environment->check_out(sink));
    return !end && end.error().code() == "exit";
  };
  EXPECT_TRUE(refused({.url = "ext::sh -c id"}));
  EXPECT_TRUE(refused({.url = "file:///no/such", .ref = "--upload-pack=id"}));
}

}  // namespace open_cicd::runner::contract
