#include "adapters/dummy/dummy.h"

#include "base/boottime.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>

namespace open_cicd::dummy {
namespace {

using namespace runner;

constexpr std::size_t chunk_bytes = 64 << 10;
constexpr int not_found_code = 127;
constexpr int term_code = 143;
constexpr int kill_code = 137;

struct Command {
  std::string verb;
  std::string rest;
};

std::vector<Command> parse(const pipelines::Step& step) {
  std::vector<Command> commands;
  for (const auto& entry : step.run) {
    std::istringstream lines(entry);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty()) continue;
      const auto space = line.find(' ');
      commands.push_back({line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)});
    }
  }
  return commands;
}

std::int64_t parse_number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::chrono::milliseconds parse_duration(std::string_view text) {
  const auto number = std::chrono::milliseconds(parse_number(text));
  return text.ends_with("ms") ? number : number * 1000;
}

// A sleep that stop() and the deadline end. The step's end is decided here: what a supervisor does with processes, this
// does with time.
class DummyEnvironment final : public JobEnvironment {
 public:
  explicit DummyEnvironment(JobContext context) : context_(std::move(context)) {}

  Task<Result<void>> set_up(OutputSink& output) override {
    co_await output.write(setup_step, "dummy: nothing is executed\n");
    for (const auto& step : context_.spec.steps)
      for (const auto& [verb, rest] : parse(step))
        if (verb == "fail-setup")
          co_return fail(ErrorKind::unavailable, rest, fmt::format("The set-up failed as asked: {}.", rest));
    co_return Result<void>();
  }

  Task<Result<std::string>> check_out(OutputSink& output) override {
    co_await output.write(setup_step, "dummy: no checkout\n");
    co_return "0000000000000000000000000000000000000000";
  }

  Task<Result<StepResult>> run_step(StepCommand command, OutputSink& output) override;

  std::string workspace() const override { return (context_.directory / "workspace").string(); }
  void stop(std::chrono::milliseconds grace) override {
    for (const auto& [index, step] : running_) stop_step(index, grace);
  }
  void stop_step(int index, std::chrono::milliseconds grace) override {
    const auto found = running_.find(index);
    if (found == running_.end()) return;
    Running& step = *found->second;
    const auto kill_at = std::chrono::steady_clock::now() + grace;
    step.kill_at = step.kill_at ? std::min(*step.kill_at, kill_at) : kill_at;
    step.wake();
  }
  void extend_deadline(std::chrono::nanoseconds at) override {
    deadline_ = at;
    for (const auto& [index, step] : running_) step->wake();
  }
  Task<void> tear_down() override { co_return; }

 private:
  struct Running {
    bool ignores_term = false;
    std::optional<std::chrono::steady_clock::time_point> kill_at = std::nullopt;  // set by a stop
    asio::steady_timer* timer = nullptr;                                          // of its wait

    void wake() {
      if (timer != nullptr) timer->cancel();
    }
  };
  std::optional<StepResult> ended_from_outside(const Running& running) const;
  Task<std::optional<StepResult>> wait_until(Running& running, std::chrono::steady_clock::time_point until);
  Task<Result<std::optional<StepResult>>> execute(Running& running, const Command& command, const StepCommand& step,
                                                  OutputSink& output);

  JobContext context_;
  std::map<int, Running*> running_;  // owned by the coroutines that run them
  std::chrono::nanoseconds deadline_{0};
};

std::optional<StepResult> DummyEnvironment::ended_from_outside(const Running& running) const {
  if (deadline_.count() != 0 && boottime_now() >= deadline_)
    return StepResult{.end = StepEnd::killed_by_deadline, .exit_code = kill_code};
  if (!running.kill_at) return std::nullopt;
  if (!running.ignores_term) return StepResult{.end = StepEnd::cancelled, .exit_code = term_code};
  if (std::chrono::steady_clock::now() >= *running.kill_at)
    return StepResult{.end = StepEnd::cancelled, .exit_code = kill_code};
  return std::nullopt;
}

Task<std::optional<StepResult>> DummyEnvironment::wait_until(Running& running,
                                                             std::chrono::steady_clock::time_point until) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    if (auto end = ended_from_outside(running)) co_return end;
    const auto now = std::chrono::steady_clock::now();
    if (now >= until) co_return std::nullopt;
    auto next = until;
    if (running.kill_at) next = std::min(next, *running.kill_at);
    if (deadline_.count() != 0) next = std::min(next, now + (deadline_ - boottime_now()));
    timer.expires_at(next);
    running.timer = &timer;
    error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    running.timer = nullptr;
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
}

Task<Result<std::optional<StepResult>>> DummyEnvironment::execute(Running& running, const Command& command,
                                                                  const StepCommand& step, OutputSink& output) {
  const auto& [verb, rest] = command;
  std::string text;
  if (verb == "print") {
    text = rest + "\n";
  } else if (verb == "env") {
    const auto variable = step.env.find(rest);
    text = (variable == step.env.end() ? "" : variable->second) + "\n";
  } else if (verb == "bytes") {
    const std::string chunk(chunk_bytes, 'x');
    for (auto left = parse_number(rest); left > 0; left -= static_cast<std::int64_t>(chunk_bytes)) {
      const auto size = std::min(chunk_bytes, static_cast<std::size_t>(left));
      co_await output.write(step.index, std::string_view(chunk).substr(0, size));
      if (auto end = ended_from_outside(running)) co_return end;
    }
  } else if (verb == "sleep") {
    co_return co_await wait_until(running, std::chrono::steady_clock::now() + parse_duration(rest));
  } else if (verb == "hang") {
    co_return co_await wait_until(running, std::chrono::steady_clock::time_point::max());
  } else if (verb == "ignore-term") {
    running.ignores_term = true;
  } else if (verb == "exit") {
    co_return StepResult{.exit_code = static_cast<int>(parse_number(rest))};
  } else if (verb == "fail") {
    co_return fail(ErrorKind::unavailable, rest, fmt::format("The step failed as asked: {}.", rest));
  } else if (verb == "crash") {
    std::abort();
  } else if (verb != "fail-setup") {
    const auto line = fmt::format("{}: not found\n", verb);
    co_await output.write(step.index, line);
    co_return StepResult{.exit_code = not_found_code};
  }
  if (!text.empty()) co_await output.write(step.index, text);
  co_return ended_from_outside(running);
}

Task<Result<StepResult>> DummyEnvironment::run_step(StepCommand command, OutputSink& output) {
  Running running;
  struct Registration {
    std::map<int, Running*>& all;
    int index;
    ~Registration() { all.erase(index); }
  } const registration{running_, command.index};
  running_[command.index] = &running;
  if (command.started) command.started();
  Result<StepResult> result;
  for (const auto& line : parse(command.step)) {
    auto outside = ended_from_outside(running);
    if (outside) {
      result = *outside;
      break;
    }
    const auto end = co_await execute(running, line, command, output);
    if (!end) result = std::unexpected(end.error());
    if (end && *end) result = **end;
    if (!end || *end) break;
  }
  co_return result;
}

class DummyExecutor final : public Executor {
 public:
  std::string_view name() const override { return "dummy"; }
  Task<Result<void>> check() override { co_return Result<void>(); }
  Task<void> sweep(std::string /*agent_id*/) override { co_return; }
  std::unique_ptr<JobEnvironment> make(JobContext context) override {
    return std::make_unique<DummyEnvironment>(std::move(context));
  }
};

}  // namespace

std::unique_ptr<Executor> make_dummy_executor() {
  return std::make_unique<DummyExecutor>();
}

}  // namespace open_cicd::dummy
