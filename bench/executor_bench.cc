// What an executor costs beside a bare process on the same machine: executor_bench [rounds]
//
// Prints medians in milliseconds of set-up, one step of `true` and tear-down, and the seconds that 200 MB of output
// take.
#include "adapters/sandbox/sandbox.h"
#include "adapters/shell/shell.h"
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

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double bare_spawn() {
  const auto start = Clock::now();
  char* argv[] = {const_cast<char*>("/bin/sh"), const_cast<char*>("-c"), const_cast<char*>("true"), nullptr};
  pid_t pid = -1;
  if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environ) != 0) std::abort();
  ::waitpid(pid, nullptr, 0);
  return milliseconds_since(start);
}

double bare_200_megabytes(const fs::path& file) {
  const auto start = Clock::now();
  const auto command = "yes " + std::string(99, 'x') + " | head -c 200000000 > " + file.string();
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

Task<void> measure(runner::Executor& executor, fs::path work, int rounds, Measured& measured) {
  const auto checked = co_await executor.check();
  if (!checked) throw std::runtime_error(checked.error().message());
  co_await executor.sweep("bench");
  CountingSink sink;
  for (int round = 0; round <= rounds; ++round) {
    runner::JobContext job{.job = JobId::make(), .directory = work / std::to_string(round), .agent_id = "bench"};
    fs::create_directories(job.directory);
    auto environment = executor.make(job);
    auto start = Clock::now();
    if (!co_await environment->set_up(sink)) throw std::runtime_error("set_up failed");
    measured.set_up.push_back(milliseconds_since(start));
    if (round == rounds) {
      start = Clock::now();
      sink.size = 0;
      const auto ran =
          co_await environment->run_step(step("yes " + std::string(99, 'x') + " | head -c 200000000"), sink);
      if (!ran || sink.size != 200'000'000) throw std::runtime_error("the log is not whole");
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

void report(runner::Executor& executor, const fs::path& work, int rounds) {
  Measured measured;
  asio::io_context context(1);
  asio::co_spawn(context, measure(executor, work, rounds, measured), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
  std::printf("%-8s set-up %6.2f ms   step %6.2f ms   tear-down %6.2f ms   200 MB %5.2f s\n",
              std::string(executor.name()).c_str(), median(measured.set_up), median(measured.step),
              median(measured.tear_down), measured.log_seconds);
}

}  // namespace
}  // namespace open_cicd

int main(int argc, char** argv) {
  using namespace open_cicd;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 30;
  const auto work = fs::temp_directory_path() / fmt::format("executor-bench.{}", ::getpid());
  fs::create_directories(work / "jobs");
  std::vector<double> bare;
  for (int i = 0; i < rounds * 3; ++i) bare.push_back(bare_spawn());
  std::printf("%-8s                    step %6.2f ms                          200 MB %5.2f s\n", "bare", median(bare),
              bare_200_megabytes(work / "log"));
  const auto shell = shell::make_shell_executor({.work_dir = work});
  report(*shell, work, rounds);
  const auto sandbox = sandbox::make_sandbox_executor({.work_dir = work});
  report(*sandbox, work, rounds);
  runner::remove_tree(work);
}
