// What the executor contract is written in: an executor under test, one job on it, and a sink that remembers.
#pragma once

#include "base/boottime.h"
#include "runner/executor.h"
#include "runner/remove_tree.h"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <signal.h>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::runner::contract {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

// What an adapter's test says about it. The scripts are for POSIX sh with busybox's tools; an executor without a shell
// brings its own.
struct ExecutorTraits {
  std::string name;
  std::function<std::unique_ptr<Executor>(const fs::path& work_dir)> make;
  std::string image;            // set: an image with sh, for every step
  std::string image_with_bash;  // set: `image` has no bash, this one has
  bool runs_processes = true;   // false: nothing is executed, and what is about processes is skipped
  bool hides_agent = true;      // a step sees neither the agent's processes nor its files
  bool has_network_none = true;
  bool checks_out_host_files = true;  // file:// of the host
  std::function<Lines(int)> exit_with = [](int code) { return Lines{fmt::format("exit {}", code)}; };
  std::function<Lines(std::string)> print = [](const std::string& text) {
    return Lines{fmt::format("echo '{}'", text)};
  };
  std::function<Lines(std::size_t)> print_bytes = [](std::size_t count) {
    return Lines{fmt::format("head -c {} /dev/zero | tr '\\0' x", count)};
  };
  std::function<Lines()> say_up_and_hang = [] { return Lines{"echo up", "sleep 100000"}; };
  std::function<Lines()> say_up_and_ignore_term = [] {
    return Lines{"trap '' TERM", "echo up", "while :; do sleep 1 || :; done"};
  };
};

inline std::ostream& operator<<(std::ostream& out, const ExecutorTraits& traits) {
  return out << traits.name;
}

// Keeps all output, tells a waiter when a text has come, and can be slow.
class MemorySink final : public OutputSink {
 public:
  Task<void> write(int step, std::string_view bytes) override {
    sizes[step] += bytes.size();
    if (keep) texts[step].append(bytes);
    if (on_write) on_write(step, bytes);
    if (delay > 0ms) {
      asio::steady_timer timer(co_await asio::this_coro::executor, delay);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  std::map<int, std::string> texts;
  std::map<int, std::size_t> sizes;
  bool keep = true;
  std::chrono::milliseconds delay{0};
  std::function<void(int, std::string_view)> on_write;
};

class ExecutorContract : public ::testing::TestWithParam<ExecutorTraits> {
 protected:
  void SetUp() override {
    work_dir = fs::temp_directory_path() / fmt::format("executor-contract.{}.{}", ::getpid(), unique_number());
    fs::create_directories(work_dir / "jobs");
    executor = traits().make(work_dir);
    const auto checked = await(executor->check());
    ASSERT_TRUE(checked) << checked.error().message();
    await_void(executor->sweep(agent_id));
  }

  void TearDown() override {
    if (environment) await_void(environment->tear_down());
    environment.reset();
    executor.reset();
    remove_tree(work_dir);
  }

  const ExecutorTraits& traits() const { return GetParam(); }

  JobContext new_job() {
    JobContext job{.job = JobId::make(), .agent_id = agent_id};
    job.spec.name = "contract";
    job.spec.executor = std::string(executor->name());
    job.spec.image = traits().image;
    job.directory = work_dir / "jobs" / fmt::format("{}.1", job.job.str());
    EXPECT_TRUE(executor->make_directory(job.directory));
    return job;
  }

  void given_a_job() { given(new_job()); }
  void given(JobContext job) {
    directory = job.directory;
    environment = executor->make(std::move(job));
    const auto done = await(environment->set_up(sink));
    ASSERT_TRUE(done) << done.error().message() << '\n' << sink.texts[setup_step];
  }

  StepCommand step(int index, Lines lines, std::map<std::string, std::string> env = {}, std::string workdir = "") {
    StepCommand command{.index = index, .env = std::move(env)};
    command.step.name = "step";
    command.step.run = std::move(lines);
    command.step.image = traits().image;
    command.step.workdir = std::move(workdir);
    return command;
  }

  // The next step, with the variables of the files that it may write.
  StepCommand step_with_files(Lines lines) {
    StepCommand command = step(next_step++, std::move(lines));
    for (const StepFileKind& kind : step_file_kinds)
      command.env[std::string(kind.variable)] = environment->file_path(command.index, kind.file);
    return command;
  }

  // Runs it as the next step; its output is in sink.texts[index].
  StepResult run(StepCommand command) {
    auto result = await(environment->run_step(std::move(command), sink));
    EXPECT_TRUE(result) << result.error().message();
    return result.value_or(StepResult{.exit_code = -1});
  }
  StepResult run(Lines lines) { return run(step(next_step++, std::move(lines))); }
  const std::string& output() { return sink.texts[next_step - 1]; }

  // A step in the background, as the next one; returns when another may start.
  struct Beside {
    std::future<Result<StepResult>> end;
    int index = 0;
    bool started = false;
    bool has_ended() const { return end.wait_for(0s) == std::future_status::ready; }
  };
  std::unique_ptr<Beside> given_beside(Lines lines) { return given_beside(step(next_step++, std::move(lines))); }
  std::unique_ptr<Beside> given_beside(StepCommand command) {
    auto beside = std::make_unique<Beside>();
    beside->index = command.index;
    command.step.background = true;
    command.started = [&started = beside->started] { EXPECT_FALSE(std::exchange(started, true)); };
    beside->end = asio::co_spawn(context, environment->run_step(std::move(command), sink), asio::use_future);
    run_until([&] { return beside->started || beside->has_ended(); });
    return beside;
  }
  StepResult end_of(Beside& beside) {
    run_until_ready(beside.end);
    const auto result = beside.end.get();
    EXPECT_TRUE(result) << result.error().message();
    return result.value_or(StepResult{.exit_code = -1});
  }
  void until_printed(int index, const std::string& text) {
    run_until([&] { return sink.texts[index].contains(text); });
  }

  // The action happens once, at the moment the step has printed "up".
  void when_up(std::function<void()> action) {
    sink.on_write = [this, action = std::move(action)](int at, std::string_view) {
      if (at == setup_step || !sink.texts[at].contains("up\n")) return;
      const auto once = std::exchange(sink.on_write, nullptr);
      action();
    };
  }

  template <class T>
  T await(Task<T> task) {
    auto future = asio::co_spawn(context, std::move(task), asio::use_future);
    run_until_ready(future);
    return future.get();
  }
  void await_void(Task<void> task) {
    auto future = asio::co_spawn(context, std::move(task), asio::use_future);
    run_until_ready(future);
    future.get();
  }

  // A number that only this test passes to `sleep`, so that its processes are found from outside any namespace.
  static std::string unique_number() {
    static std::atomic<int> count = 0;
    return fmt::format("7{:07}{:03}", ::getpid() % 10'000'000, ++count);
  }
  static int sleepers(const std::string& number) {
    int found = 0;
    std::error_code error;
    for (fs::directory_iterator process("/proc", error), end; !error && process != end; process.increment(error)) {
      std::ifstream file(process->path() / "cmdline", std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();  // empty when the process ends meanwhile
      const auto command = text.str();
      found += command == "sleep" + std::string(1, '\0') + number + std::string(1, '\0') ? 1 : 0;
    }
    return found;
  }
  static bool eventually(const std::function<bool()>& condition, std::chrono::seconds patience = 20s) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      ::usleep(2000);
    }
    return true;
  }

  fs::path work_dir;
  fs::path directory;
  std::string agent_id = AgentId::make().str();
  asio::io_context context{1};
  std::unique_ptr<Executor> executor;
  std::unique_ptr<JobEnvironment> environment;
  MemorySink sink;
  int next_step = 0;

 private:
  template <class Future>
  void run_until_ready(Future& future) {
    run_until([&future] { return future.wait_for(0s) == std::future_status::ready; });
  }
  void run_until(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + 120s;
    context.restart();
    while (!condition()) {
      context.run_one_for(1s);
      if (std::chrono::steady_clock::now() > until)
        throw std::runtime_error("the executor did not answer within two minutes");
      if (context.stopped()) context.restart();
    }
  }
};

#define EXECUTOR_WITH_PROCESSES() \
  if (!traits().runs_processes) GTEST_SKIP() << traits().name << " runs no processes"

}  // namespace open_cicd::runner::contract
