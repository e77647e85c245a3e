// For tests: an executor whose steps are words, so that every end of a job can be had at once and without processes.
//   "print TEXT" · "exit N" · "wait" (until stopped, then 143) · "ignore" (until killed without grace, then 137) ·
//   "show NAME" (the variable, byte by byte) · "trouble" (an Error) "oom" · "throw" · "sleep MS" · "write FILE TEXT"
//   ("output a=1"; "\n" is a line break, FILE as in StepFileKind)
#pragma once

#include "runner/executor.h"

#include <fmt/ranges.h>

#include <charconv>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace open_cicd::runner {

struct FakeRecord {
  std::vector<std::string> calls;                       // "set_up", "step 0", "stop 10000", "tear_down", …
  std::vector<std::map<std::string, std::string>> env;  // of each step
  std::optional<Error> set_up_error;
  std::optional<Error> probe_error;
  bool set_up_waits = false;        // until stop()
  std::vector<std::string> shells;  // of the steps that ran
  std::vector<std::vector<std::string>> paths;
  std::chrono::nanoseconds deadline{0};
  int running = 0;                            // environments that were made and not torn down
  std::vector<protocol::LeftAttempt> left;    // on the engine that it plays to share
  std::vector<std::string> removed;           // of them, "server agent job"
  std::map<std::string, std::string> hashes;  // by pattern; others match nothing
  std::function<void()> on_hash;
};

class FakeEnvironment final : public JobEnvironment {
 public:
  FakeEnvironment(asio::any_io_executor executor, FakeRecord& record)
      : record_(record), executor_(std::move(executor)) {
    ++record_.running;
  }

  Task<Result<void>> set_up(OutputSink& output) override {
    record_.calls.emplace_back("set_up");
    co_await output.write(setup_step, "ready\n");
    if (record_.set_up_waits) {
      const Running running(*this, setup_step);
      co_await running.waiting->stopped();
      co_return fail(ErrorKind::conflict, "cancelled", "stopped");
    }
    if (record_.set_up_error) co_return std::unexpected(*record_.set_up_error);
    co_return Result<void>();
  }
  Task<Result<std::string>> check_out(OutputSink&) override {
    record_.calls.emplace_back("check_out");
    co_return "c0ffee";
  }
  Task<Result<StepResult>> run_step(StepCommand command, OutputSink& output) override {
    record_.calls.push_back(fmt::format("step {}", command.index));
    record_.env.push_back(command.env);
    record_.shells.push_back(command.step.shell);
    record_.paths.push_back(command.path);
    const Running running(*this, command.index);
    if (command.started) command.started();
    files_.erase(command.index);
    for (const std::string& line : command.step.run) {
      const std::size_t space = std::min(line.find(' '), line.size());
      const std::string word = line.substr(0, space);
      const std::string rest = line.substr(std::min(space + 1, line.size()));
      if (word == "print") co_await output.write(command.index, rest + "\n");
      if (word == "show") {
        for (const char c : command.env[rest] + "\n") co_await output.write(command.index, {&c, 1});
      }
      if (word == "write") write_file(command.index, rest);
      if (word == "exit") co_return StepResult{.exit_code = std::stoi(rest)};
      if (word == "trouble") co_return fail(ErrorKind::unavailable, "agent", "the engine is away");
      if (word == "oom") co_return StepResult{.end = StepEnd::out_of_memory, .exit_code = 137};
      if (word == "throw") throw std::runtime_error("a bug");
      if (word == "sleep" && co_await running.waiting->sleeps(Milliseconds(std::stoi(rest))))
        co_return StepResult{.end = StepEnd::cancelled, .exit_code = 143};
      if (word == "wait" || word == "ignore") {
        do co_await running.waiting->stopped();
        while (word == "ignore" && running.waiting->grace->count() > 0);
        co_return StepResult{.end = StepEnd::cancelled, .exit_code = word == "wait" ? 143 : 137};
      }
    }
    co_return StepResult{};
  }
  std::string workspace() const override { return "/fake/workspace"; }
  std::string file_path(int step, StepFile file) const override { return "/fake/" + step_file_name(step, file); }
  Task<Result<StepFiles>> read_files(int step) override { co_return std::exchange(files_[step], {}); }
  Task<Result<std::string>> hash_files(int step, std::vector<std::string> patterns) override {
    record_.calls.push_back(fmt::format("hash {} {}", step, fmt::join(patterns, " ")));
    if (record_.on_hash) record_.on_hash();
    if (patterns[0] == "trouble") co_return fail(ErrorKind::unavailable, "agent", "the engine is away");
    const auto known = record_.hashes.find(patterns[0]);
    if (known != record_.hashes.end()) co_return known->second;
    co_return fail(ErrorKind::invalid, "exit", "no file of the workspace matches " + patterns[0]);
  }
  void stop(Milliseconds grace) override {
    record_.calls.push_back(fmt::format("stop {}", grace.count()));
    for (const auto& [step, waiting] : running_) waiting->stop(grace);
  }
  void stop_step(int step, Milliseconds grace) override {
    record_.calls.push_back(fmt::format("stop step {} {}", step, grace.count()));
    if (const auto found = running_.find(step); found != running_.end()) found->second->stop(grace);
  }
  void extend_deadline(std::chrono::nanoseconds boottime) override { record_.deadline = boottime; }
  Task<void> tear_down() override {
    record_.calls.emplace_back("tear_down");
    --record_.running;
    co_return;
  }

 private:
  struct Waiting {
    explicit Waiting(const asio::any_io_executor& executor) : timer(executor) {}
    void stop(Milliseconds with) {
      grace = with;
      timer.cancel();
    }
    Task<void> stopped() {
      timer.expires_at(asio::steady_timer::time_point::max());
      error_code ignored;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    Task<bool> sleeps(Milliseconds time) {  // whether a stop came
      timer.expires_after(time);
      error_code stopped;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
      co_return static_cast<bool>(stopped);
    }
    asio::steady_timer timer;
    std::optional<Milliseconds> grace;
  };
  struct Running {
    Running(FakeEnvironment& environment, int index) : owner(environment), step(index) {
      waiting = (owner.running_[step] = std::make_unique<Waiting>(owner.executor_)).get();
    }
    ~Running() { owner.running_.erase(step); }
    Running(const Running&) = delete;
    FakeEnvironment& owner;
    int step;
    Waiting* waiting;
  };

  void write_file(int step, const std::string& rest) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    for (const StepFileKind& kind : step_file_kinds) {
      if (kind.suffix != rest.substr(0, space)) continue;
      std::string text = rest.substr(std::min(space + 1, rest.size()));
      for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) text.replace(at, 2, "\n");
      files_[step][kind.file].text += text + "\n";
    }
  }
  FakeRecord& record_;
  asio::any_io_executor executor_;
  std::map<int, StepFiles> files_;
  std::map<int, std::unique_ptr<Waiting>> running_;
};

// `record` outlives the executor.
class FakeExecutor final : public Executor {
 public:
  FakeExecutor(asio::any_io_executor executor, FakeRecord& record) : executor_(std::move(executor)), record_(record) {}
  std::string_view name() const override { return "fake"; }
  Task<Result<void>> check() override { co_return Result<void>(); }
  Task<Result<void>> probe() override {
    if (record_.probe_error) co_return std::unexpected(*record_.probe_error);
    co_return Result<void>();
  }
  Task<void> sweep(std::string) override {
    record_.calls.emplace_back("sweep");
    co_return;
  }
  Task<std::vector<protocol::LeftAttempt>> find_left(std::string) override { co_return record_.left; }
  Task<void> remove_left(std::string server_id, protocol::LeftAttempt left) override {
    record_.removed.push_back(fmt::format("{} {} {}", server_id, left.agent_id, left.job_id));
    std::erase_if(record_.left, [&left](const protocol::LeftAttempt& other) {
      return other.agent_id == left.agent_id && other.job_id == left.job_id;
    });
    co_return;
  }
  std::unique_ptr<JobEnvironment> make(JobContext) override {
    return std::make_unique<FakeEnvironment>(executor_, record_);
  }

 private:
  asio::any_io_executor executor_;
  FakeRecord& record_;
};

}  // namespace open_cicd::runner
