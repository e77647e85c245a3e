// What an executor costs beside a bare process on the same machine: set-up, one step of `true`, tear-down, and output.
//   executor_bench [ROUNDS [BYTES]]
#include "adapters/sandbox/sandbox.h"
#include "adapters/shell/shell.h"
#include "client/row.h"
#include "runner/executor.h"
#include "runner/remove_tree.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <numeric>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double bare_spawn() {
  const auto start = Clock::now();
  char* argv[] = {const_cast<char*>("/bin/sh"), const_cast<char*>("-c"), const_cast<char*>("true"), nullptr};
  pid_t pid = -1;
  if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environ) != 0) std::abort();
  ::waitpid(pid, nullptr, 0);
  return milliseconds_since(start);
}

std::string printing(std::size_t bytes) {
  return fmt::format("yes {} | head -c {}", std::string(99, 'x'), bytes);
}

double bare_output_s(const fs::path& file, std::size_t bytes) {
  const auto start = Clock::now();
  const auto command = printing(bytes) + " > " + file.string();
  if (std::system(command.c_str()) != 0) std::abort();
  return milliseconds_since(start) / 1000;
}

class CountingSink final : public runner::OutputSink {
 public:
  Task<void> write(int /*step*/, std::string_view bytes) override {
    size += bytes.size();
    co_return;
  }
  std::size_t size = 0;
};

struct Measured {
  std::vector<double> set_up, step, tear_down;
  double log_seconds = 0;
};

runner::StepCommand step(std::string line) {
  runner::StepCommand command;
  command.step.run = {std::move(line)};
  return command;
}

Task<void> measure(runner::Executor& executor, fs::path work, int rounds, std::size_t bytes, Measured& measured) {
  const auto checked = co_await executor.check();
  if (!checked) throw std::runtime_error(checked.error().message());
  co_await executor.sweep("bench");
  CountingSink sink;
  for (int round = 0; round <= rounds; ++round) {
    runner::JobContext job{.job = JobId::make(), .directory = work / std::to_string(round), .agent_id = "bench"};
    if (!executor.make_directory(job.directory)) throw std::runtime_error("no folder for a job");
    auto environment = executor.make(job);
    auto start = Clock::now();
    if (!co_await environment->set_up(sink)) throw std::runtime_error("set_up failed");
    measured.set_up.push_back(milliseconds_since(start));
    if (round == rounds) {
      start = Clock::now();
      sink.size = 0;
      const auto ran = co_await environment->run_step(step(printing(bytes)), sink);
      if (!ran || sink.size != bytes) throw std::runtime_error("the log is not whole");
      measured.log_seconds = milliseconds_since(start) / 1000;
    } else {
      for (int i = 0; i < 3; ++i) {
        start = Clock::now();
        if (!co_await environment->run_step(step("true"), sink)) throw std::runtime_error("run_step failed");
        measured.step.push_back(milliseconds_since(start));
      }
    }
    start = Clock::now();
    co_await environment->tear_down();
    measured.tear_down.push_back(milliseconds_since(start));
    runner::remove_tree(job.directory);
  }
}

struct Sizes {
  int rounds;
  std::size_t bytes;
};

void report(runner::Executor& executor, const fs::path& work, Sizes sizes, const Measured& bare) {
  Measured measured;
  asio::io_context context(1);
  asio::co_spawn(context, measure(executor, work, sizes.rounds, sizes.bytes, measured), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
  const auto id = [&](std::string_view what) { return fmt::format("executor.{}_{}", executor.name(), what); };
  bench::emit(id("set_up"), measured.set_up);
  bench::emit(id("step"), measured.step, bare.step);
  bench::emit(id("tear_down"), measured.tear_down);
  bench::emit(id("log"), {measured.log_seconds}, {bare.log_seconds});
}

}  // namespace
}  // namespace open_cicd

int main(int argc, char** argv) {
  using namespace open_cicd;
  const Sizes sizes{.rounds = argc > 1 ? std::atoi(argv[1]) : 30,
                    .bytes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200'000'000};
  const auto work = fs::temp_directory_path() / fmt::format("executor-bench.{}", ::getpid());
  fs::create_directories(work / "jobs");
  Measured bare;
  for (int i = 0; i < sizes.rounds * 3; ++i) bare.step.push_back(bare_spawn());
  bare.log_seconds = bare_output_s(work / "log", sizes.bytes);
  report(*shell::make_shell_executor({.work_dir = work}), work, sizes, bare);
  report(*sandbox::make_sandbox_executor({.work_dir = work}), work, sizes, bare);
  runner::remove_tree(work);
}
