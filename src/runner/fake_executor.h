// For tests: an executor whose steps are words, so that every end of a job can be had at once and without processes.
//   "print TEXT" · "exit N" · "wait" (until stopped, then 143) · "ignore" (until killed without grace, then 137) ·
//   "trouble" (an Error) "oom" · "throw" · "write FILE TEXT" ("output a=1"; "\n" is a line break, FILE as in
//   StepFileKind)
#pragma once

#include "runner/executor.h"

#include <charconv>
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
  int running = 0;                          // environments that were made and not torn down
  std::vector<protocol::LeftAttempt> left;  // on the engine that it plays to share
  std::vector<std::string> removed;         // of them, "server agent job"
};

class FakeEnvironment final : public JobEnvironment {
 public:
  FakeEnvironment(const asio::any_io_executor& executor, FakeRecord& record) : record_(record), timer_(executor) {
    ++record_.running;
  }

  Task<Result<void>> set_up(OutputSink& output) override {
    record_.calls.emplace_back("set_up");
    co_await output.write(setup_step, "ready\n");
    if (record_.set_up_waits) {
      co_await stopped();
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
    stop_grace_.reset();
    files_.clear();
    for (const std::string& line : command.step.run) {
      const std::size_t space = std::min(line.find(' '), line.size());
      const std::string word = line.substr(0, space);
      const std::string rest = line.substr(std::min(space + 1, line.size()));
      if (word == "print") co_await output.write(command.index, rest + "\n");
      if (word == "write") write_file(rest);
      if (word == "exit") co_return StepResult{.exit_code = std::stoi(rest)};
      if (word == "trouble") co_return fail(ErrorKind::unavailable, "agent", "the engine is away");
      if (word == "oom") co_return StepResult{.end = StepEnd::out_of_memory, .exit_code = 137};
      if (word == "throw") throw std::runtime_error("a bug");
      if (word == "wait" || word == "ignore") {
        do co_await stopped();
        while (word == "ignore" && stop_grace_->count() > 0);
        co_return StepResult{.end = StepEnd::cancelled, .exit_code = word == "wait" ? 143 : 137};
      }
    }
    co_return StepResult{};
  }
  std::string workspace() const override { return "/fake/workspace"; }
  std::string file_path(int step, StepFile file) const override { return "/fake/" + step_file_name(step, file); }
  Task<Result<StepFiles>> read_files(int) override { co_return std::exchange(files_, {}); }
  void stop(Milliseconds grace) override {
    record_.calls.push_back(fmt::format("stop {}", grace.count()));
    stop_grace_ = grace;
    timer_.cancel();
  }
  void extend_deadline(std::chrono::nanoseconds boottime) override { record_.deadline = boottime; }
  Task<void> tear_down() override {
    record_.calls.emplace_back("tear_down");
    --record_.running;
    co_return;
  }

 private:
  void write_file(const std::string& rest) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    for (const StepFileKind& kind : step_file_kinds) {
      if (kind.suffix != rest.substr(0, space)) continue;
      std::string text = rest.substr(std::min(space + 1, rest.size()));
      for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) text.replace(at, 2, "\n");
      files_[kind.file].text += text + "\n";
    }
  }
  Task<void> stopped() {
    timer_.expires_at(asio::steady_timer::time_point::max());
    error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  FakeRecord& record_;
  StepFiles files_;
  asio::steady_timer timer_;
  std::optional<Milliseconds> stop_grace_;
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
