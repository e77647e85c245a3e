#include "supervisor/client.h"

#include "base/boottime.h"
#include "base/run_alone.h"
#include "supervisor/program.h"
#include "supervisor/protocol.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

using namespace std::chrono_literals;

struct Ran {
  Result<Exit> exit;
  std::string output;
};

class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto spawned = Supervisor::spawn(context.get_executor(), {.fallback_directory = "/tmp"});
    ASSERT_TRUE(spawned);
    supervisor = std::move(*spawned);
  }

  Command sh(std::string script) {
    return {.argv = {"/bin/sh", "-c", std::move(script)}, .env = {{"PATH", "/usr/bin:/bin"}}};
  }

  template <class T>
  T await(Task<T> task) {
    return run_on(context, std::move(task));
  }

  Task<Ran> collect(Command command) {
    std::string output;
    auto exit = co_await supervisor->run(std::move(command), [&output](std::string_view bytes) -> Task<void> {
      output.append(bytes);
      co_return;
    });
    co_return Ran{std::move(exit), std::move(output)};
  }

  Ran run(std::string script) { return await(collect(sh(std::move(script)))); }

  asio::io_context context{1};
  std::unique_ptr<Supervisor> supervisor;
};

TEST_F(SupervisorTest, RunsCommandsOneAfterAnother) {
  for (const int code : {0, 3, 255}) {
    const auto ran = run(fmt::format("echo out; echo err >&2; exit {}", code));
    ASSERT_TRUE(ran.exit);
    EXPECT_EQ(ran.exit->code, code);
    EXPECT_EQ(ran.output, "out\nerr\n");
  }
}

TEST_F(SupervisorTest, AnAdoptedHelperHasNoDeadlineOfAnEarlierJob) {
  const auto spawned = spawn_init({.fallback_directory = "/tmp"});
  ASSERT_TRUE(spawned);
  const auto long_ago = encode_deadline(1ns);
  ASSERT_EQ(::write(spawned->socket, long_ago.data(), long_ago.size()), static_cast<ssize_t>(long_ago.size()));
  supervisor = Supervisor::adopt(context.get_executor(), *spawned);
  const auto ran = run("exit 5");
  ASSERT_TRUE(ran.exit);
  EXPECT_EQ(ran.exit->code, 5);
  supervisor->set_deadline(1ns);
  const auto late = run("exit 5");
  ASSERT_TRUE(late.exit);
  EXPECT_TRUE(late.exit->by_deadline);
}

TEST_F(SupervisorTest, TellsWhatDidNotStart) {
  const auto missing = await(collect({.argv = {"/no/such/program"}}));
  ASSERT_TRUE(missing.exit);
  EXPECT_EQ(missing.exit->code, 127);
  EXPECT_EQ(missing.exit->not_started, "/no/such/program can't be run: No such file or directory");
  const auto nowhere = await(collect({.argv = {"/bin/true"}, .cwd = "/no/such/folder"}));
  ASSERT_TRUE(nowhere.exit);
  EXPECT_EQ(nowhere.exit->code, 127);
  EXPECT_EQ(nowhere.exit->not_started, "The workdir can't be entered: /no/such/folder: No such file or directory");
  EXPECT_EQ(run("exit 4").exit->code, 4);
}

TEST_F(SupervisorTest, ClosedOutputIsNotTheEnd) {
  const auto ran = run("exec >/dev/null 2>&1; sleep 0.1; exit 9");
  ASSERT_TRUE(ran.exit);
  EXPECT_EQ(ran.exit->code, 9);
}

TEST_F(SupervisorTest, ADaemonIsGoneWhenTheCommandEnds) {
  const auto ran = run("(setsid sh -c 'trap \"\" TERM HUP; echo $$; exec sleep 1000' &) ; sleep 0.1");
  ASSERT_TRUE(ran.exit);
  const pid_t daemon = std::stoi(ran.output);
  EXPECT_EQ(::kill(daemon, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(SupervisorTest, ACommandRunsBesideOthersAndIsStoppedByItsKey) {
  std::optional<Exit> beside;
  std::string printed;
  Command command = sh("echo up; exec sleep 1000");
  command.own_tree = true;
  asio::co_spawn(context,
                 supervisor->run(
                     command,
                     [&printed](std::string_view bytes) -> Task<void> {
                       printed += bytes;
                       co_return;
                     },
                     7),
                 [&beside](const std::exception_ptr&, Result<Exit> exit) { beside = exit.value(); });
  EXPECT_EQ(run("exit 3").exit->code, 3);
  supervisor->stop(0, 1s);
  EXPECT_EQ(run("sleep 0.2; exit 4").exit->code, 4);
  EXPECT_EQ(printed, "up\n");
  EXPECT_FALSE(beside);
  supervisor->stop(7, 5s);
  EXPECT_EQ(run("sleep 0.3; exit 5").exit->code, 5);
  ASSERT_TRUE(beside);
  EXPECT_TRUE(beside->stopped);
  EXPECT_EQ(beside->code, 128 + SIGTERM);
}

// The guard of a command holds nothing that would hide the helper's end, and follows it.
TEST_F(SupervisorTest, AKilledHelperTakesGuardedCommandsAlong) {
  std::optional<Result<Exit>> beside;
  std::string printed;
  Command command = sh("trap '' HUP TERM; sleep 1000 & echo $!; wait");
  command.own_tree = true;
  asio::co_spawn(context,
                 supervisor->run(command,
                                 [&printed](std::string_view bytes) -> Task<void> {
                                   printed += bytes;
                                   co_return;
                                 }),
                 [&beside](const std::exception_ptr&, Result<Exit> exit) { beside = std::move(exit); });
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (printed.empty() && std::chrono::steady_clock::now() < until) context.run_one_for(100ms);
  ::kill(supervisor->pid(), SIGKILL);
  while (!beside && std::chrono::steady_clock::now() < until) context.run_one_for(100ms);
  ASSERT_TRUE(beside);
  EXPECT_FALSE(*beside);
  while (::kill(std::stoi(printed), 0) == 0 && std::chrono::steady_clock::now() < until) ::poll(nullptr, 0, 5);
  EXPECT_NE(::kill(std::stoi(printed), 0), 0);
}

TEST_F(SupervisorTest, ADyingSupervisorTakesTheTreeAlong) {
  const auto ran = run("echo $PPID");
  ASSERT_TRUE(ran.exit);
  EXPECT_EQ(std::stoi(ran.output), supervisor->pid());
  await([](Supervisor& s) -> Task<void> { co_await s.shutdown(5s); }(*supervisor));
  EXPECT_EQ(::kill(supervisor->pid(), 0), -1);
  EXPECT_FALSE(run("true").exit);
}

TEST_F(SupervisorTest, ItsOwnEnvironmentIsClosed) {
  const auto ran = run("cat /proc/$PPID/environ | tr '\\0' '\\n'");
  ASSERT_TRUE(ran.exit);
  EXPECT_EQ(ran.output.find("HOME="), std::string::npos) << ran.output;
}

// The framed mode, as a container's init speaks it, over two plain pipes.
class FramedInit : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }
  void TearDown() override {
    if (to >= 0) ::close(to);
    ::waitpid(pid, nullptr, 0);
    ::close(from);
  }

  void start(std::vector<std::string> arguments) {
    int commands[2];
    int events[2];
    ASSERT_EQ(::pipe2(commands, O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(events, O_CLOEXEC), 0);
    const int program = *init_program_descriptor("/tmp");
    std::vector<char*> argv{const_cast<char*>("open-cicd-init")};
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid = ::fork();
    if (pid == 0) {
      ::dup2(commands[0], 0);
      ::dup2(events[1], 1);
      ::fexecve(program, argv.data(), environ);
      ::_exit(1);
    }
    ::close(commands[0]);
    ::close(events[1]);
    to = commands[1];
    from = events[0];
  }

  void send(const std::string& bytes) {
    ASSERT_EQ(::write(to, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  // Until exit or error of `id`, or the stream's end.
  std::optional<Event> read_until_end(std::uint32_t id) {
    std::array<char, 65536> bytes;
    while (true) {
      while (true) {
        auto event = reader.next();
        if (!event || !*event) break;
        if ((*event)->type == Event::Type::output) output[(*event)->id].append((*event)->bytes);
        if ((*event)->type == Event::Type::error) errors[(*event)->id] = (*event)->bytes;
        if ((*event)->type == Event::Type::exit) exits[(*event)->id] = **event;
      }
      if (const auto found = exits.find(id); found != exits.end()) return found->second;
      pollfd waiting{.fd = from, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 30'000) <= 0) return std::nullopt;
      const auto size = ::read(from, bytes.data(), bytes.size());
      if (size <= 0) return std::nullopt;
      reader.feed({bytes.data(), static_cast<std::size_t>(size)});
    }
  }

  void start_command(std::uint32_t id, std::string script, bool own_tree = false) {
    const Command command{
        .argv = {"sh", "-c", std::move(script)}, .env = {{"PATH", "/usr/bin:/bin"}}, .own_tree = own_tree};
    send(*encode_start(id, command, OutputMode::frames));
  }

  // Of the process whose number a command has printed as its only line.
  static bool is_gone(const std::string& number) {
    std::ifstream file(fmt::format("/proc/{}/stat", std::stoi(number)));
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return text.empty() || text.contains(") Z ");
  }

  pid_t pid = -1;
  int to = -1;
  int from = -1;
  EventReader reader;
  std::map<std::uint32_t, std::string> output;
  std::map<std::uint32_t, std::string> errors;
  std::map<std::uint32_t, Event> exits;
};

TEST_F(FramedInit, FramesOutputBeforeTheExit) {
  start_command(1, "head -c 20000000 /dev/zero; printf end; exit 5");
  const auto exit = read_until_end(1);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 5);
  EXPECT_EQ(output[1].size(), 20'000'003U);
  EXPECT_TRUE(output[1].ends_with("end"));
}

TEST_F(FramedInit, SeveralCommandsKeepTheirOwnTrees) {
  start_command(1, "sleep 1000 & echo one; wait");
  start_command(2, "(setsid sleep 1000 &); echo two; exit 2");
  const auto second = read_until_end(2);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, 2);
  send(encode_stop(1, 5s));
  const auto first = read_until_end(1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->code, 128 + SIGTERM);
  EXPECT_EQ(output[1], "one\n");
  EXPECT_EQ(output[2], "two\n");
}

// A daemon as tools make them: of its own session, orphaned, deaf.
constexpr char daemon_script[] = "(setsid sh -c 'trap \"\" TERM HUP; echo $$; exec sleep 1000' &); sleep 0.3; ";

TEST_F(FramedInit, ADaemonEndsWithItsCommandAlsoBesideOthers) {
  start_command(1, std::string(daemon_script) + "sleep 1000", true);
  start_command(2, std::string(daemon_script) + "sleep 0.3; exit 2", true);
  start_command(3, std::string(daemon_script) + "exit 3");
  const auto third = read_until_end(3);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->code, 3);
  EXPECT_TRUE(is_gone(output.at(3)));
  const auto second = read_until_end(2);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, 2);
  EXPECT_TRUE(is_gone(output.at(2)));
  EXPECT_FALSE(is_gone(output.at(1)));
  send(encode_stop(1, 5s));
  const auto first = read_until_end(1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->code, 128 + SIGTERM);
  EXPECT_TRUE(is_gone(output.at(1)));
}

TEST_F(FramedInit, AStopReachesOnlyItsCommandsTree) {
  start_command(1, "echo up; exec sleep 1000", true);
  start_command(2, "trap '' TERM; sleep 1000 & echo $!; wait; wait; exit 2", true);
  start_command(3, "sleep 0.3; exit 3");
  ASSERT_TRUE(read_until_end(3));
  send(encode_stop(2, 200ms));
  const auto second = read_until_end(2);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, 128 + SIGKILL);
  EXPECT_TRUE(is_gone(output.at(2)));
  start_command(4, "exit 4");
  ASSERT_TRUE(read_until_end(4));
  send(encode_stop(1, 5s));
  const auto first = read_until_end(1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->code, 128 + SIGTERM);
}

TEST_F(FramedInit, TheDeadlineEndsAllThatRun) {
  send(encode_deadline(boottime_now() + 700ms));
  start_command(1, std::string(daemon_script) + "sleep 1000", true);
  start_command(2, std::string(daemon_script) + "sleep 1000");
  for (const std::uint32_t id : {2U, 1U}) {
    const auto exit = read_until_end(id);
    ASSERT_TRUE(exit) << id;
    EXPECT_TRUE(exit->by_deadline) << id;
    EXPECT_EQ(exit->code, 128 + SIGKILL) << id;
  }
  EXPECT_TRUE(is_gone(output.at(1)));
  EXPECT_TRUE(is_gone(output.at(2)));
}

// As a step of the same user can do.
TEST_F(FramedInit, AKilledGuardSavesNothing) {
  start_command(1, std::string(daemon_script) + "kill -KILL $PPID; sleep 1000", true);
  const auto exit = read_until_end(1);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 128 + SIGKILL);
  EXPECT_TRUE(is_gone(output.at(1)));
}

TEST_F(FramedInit, AGuardedStartThatFailsIsTold) {
  send(*encode_start(1, {.argv = {"/no/such/program"}, .own_tree = true}, OutputMode::frames));
  start_command(2, "exit 2");
  const auto second = read_until_end(2);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, 2);
  EXPECT_EQ(errors.at(1), "program: No such file or directory");
}

TEST_F(FramedInit, ADeadlineEndsEvenWhatNobodyReads) {
  send(encode_deadline(boottime_now() + 300ms));
  start_command(1, "exec yes");
  const auto exit = read_until_end(1);
  ASSERT_TRUE(exit);
  EXPECT_TRUE(exit->by_deadline);
  EXPECT_EQ(exit->code, 128 + SIGKILL);
}

// The script is written first of all, so it tells whether a start was tried.
TEST_F(FramedInit, WhatComesAfterTheDeadlineIsNotStarted) {
  const std::filesystem::path script =
      std::filesystem::temp_directory_path() / fmt::format("late-script-{}", ::getpid());
  const Command command{.argv = {"/bin/sh"}, .script_path = script.string(), .script = "exit 5"};
  send(encode_deadline(std::chrono::nanoseconds(1)));
  send(*encode_start(1, command, OutputMode::frames));
  const auto exit = read_until_end(1);
  ASSERT_TRUE(exit);
  EXPECT_TRUE(exit->by_deadline);
  EXPECT_EQ(exit->code, 128 + SIGKILL);
  EXPECT_FALSE(std::filesystem::exists(script));
  std::filesystem::remove(script);
}

TEST_F(FramedInit, AStopReachesAStoppedProcess) {
  start_command(1, "trap 'exit 7' TERM; echo $$; kill -STOP $$; while :; do sleep 0.01; done");
  const auto stopped = [this] {
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      if (std::isdigit(static_cast<unsigned char>(process.path().filename().native()[0])) == 0) continue;
      std::ifstream file(process.path() / "stat");
      const std::string text((std::istreambuf_iterator<char>(file)), {});
      const std::size_t name_end = text.rfind(')');
      if (name_end == std::string::npos || !text.substr(name_end).starts_with(") T ")) continue;
      if (text.substr(name_end + 4).starts_with(fmt::format("{} ", pid))) return true;
    }
    return false;
  };
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!stopped() && std::chrono::steady_clock::now() < deadline) ::poll(nullptr, 0, 1);
  ASSERT_TRUE(stopped());
  send(encode_stop(1, 5s));
  const auto exit = read_until_end(1);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 7) << "it could end by itself";
}

TEST_F(FramedInit, AWrongFrameEndsIt) {
  send(std::string(sizeof(FrameHeader), '\x7f'));
  EXPECT_FALSE(read_until_end(1));
}

class ServiceInit : public FramedInit {
 protected:
  void SetUp() override {}
  std::string read_line() {
    std::string line;
    char c = 0;
    while (::read(from, &c, 1) == 1 && c != '\n') line.push_back(c);
    return line;
  }
};

TEST_F(ServiceInit, EndsWithItsCommand) {
  start({"--exec", "sh", "-c", "sleep 1000 & exit 6"});
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 6);
}

TEST_F(ServiceInit, ForwardsSignals) {
  start({"--exec", "sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done"});
  EXPECT_EQ(read_line(), "up");
  ::kill(pid, SIGTERM);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST_F(ServiceInit, EndsWhenItsAgentIsGone) {
  start({"--exec", "sh", "-c", "trap '' TERM; sleep 1000 & echo $!; wait"});
  const pid_t left = std::stoi(read_line());
  ::close(std::exchange(to, -1));
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGKILL);
  EXPECT_TRUE(::kill(left, 0) != 0 || ::access(fmt::format("/proc/{}/exe", left).c_str(), F_OK) != 0);
}

}  // namespace
}  // namespace open_cicd::supervisor
