#include "runner/job_runner.h"

#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "pipelines/rules.h"
#include "runner/annotations.h"
#include "runner/guarded.h"
#include "runner/masking.h"

#include <algorithm>
#include <system_error>

namespace open_cicd::runner {
namespace {

using protocol::JobState;
using protocol::StepEndReport;
using protocol::StepState;

Task<void> guarded_tear_down(JobEnvironment& environment) {
  try {
    co_await environment.tear_down();
  } catch (const std::exception& e) {
    log_error("a job's surroundings could not be removed", {{"error", e.what()}});
  }
}

// The server refuses such paths; so does the agent, which must not trust a server of another version.
bool leaves_workspace(const std::filesystem::path& workdir) {
  if (workdir.is_absolute()) return true;
  for (const std::filesystem::path& part : workdir)
    if (part == "..") return true;
  return false;
}

// What the administrator has allowed is the image, not what a job would run in it.
std::string wrong_keys(const pipelines::Step& step, std::string_view executor) {
  const bool is_container = executor == "docker";
  const std::string_view of_docker = step.user                         ? "user"
                                     : step.uses                       ? "uses"
                                     : step.privileged.value_or(false) ? "privileged"
                                                                       : "";
  if (!is_container && !of_docker.empty())
    return fmt::format("\"{}\" needs the docker executor, not {}", of_docker, executor);
  if (!step.privileged.value_or(false)) return "";
  const std::string_view own = !step.run.empty() ? "run" : step.entrypoint ? "entrypoint" : step.user ? "user" : "";
  return own.empty() ? "" : fmt::format("a privileged step has no \"{}\": it is a plugin, with its own program", own);
}

constexpr std::size_t shown_bytes_max = 500;

// Of an expression or a message, what a person can read.
std::string shown(std::string_view text) {
  if (text.size() <= shown_bytes_max) return std::string(text);
  return fmt::format("{}…", text.substr(0, utf8_complete_prefix(text.substr(0, shown_bytes_max))));
}

// The plan's, of a condition that it knew to be false.
protocol::StepReason read_reason(const boost::json::object& known) {
  protocol::StepReason reason{.code = "skipped_condition", .facts = {}};
  if (const auto* code = known.if_contains("code"); code != nullptr && code->is_string())
    reason.code = code->get_string();
  if (const auto* facts = known.if_contains("facts"); facts != nullptr && facts->is_object())
    reason.facts = facts->get_object();
  return reason;
}

bool failure_is_allowed(const pipelines::Step& step, std::optional<int> exit_code) {
  if (step.allow_failure) return true;
  return step.allowed_exit_codes && exit_code &&
         std::ranges::find(*step.allowed_exit_codes, *exit_code) != step.allowed_exit_codes->end();
}

}  // namespace

JobRunner::JobRunner(asio::any_io_executor executor, Executor& where, ClaimedJob job, RunnerSettings settings,
                     OutputSink& output, StepListener& listener)
    : executor_(std::move(executor)),
      where_(where),
      job_(std::move(job)),
      settings_(std::move(settings)),
      output_(output),
      listener_(listener),
      tasks_(executor_),
      current_(setup_step),
      background_change_(executor_, asio::steady_timer::time_point::max()),
      results_(job_.spec.outputs.value_or(std::vector<std::string>()),
               [this](std::string_view text, Extent extent) { return hide_secrets(patterns_.get(), text, extent); }) {
  outcome_.steps.assign(job_.spec.steps.size(), StepEndReport{.state = StepState::skipped});
  outcome_.setup.state = StepState::skipped;
  expressions_.emplace(job_.spec);
}

std::filesystem::path JobRunner::directory() const {
  return settings_.work_dir / "jobs" / fmt::format("{}.{}", job_.id.str(), job_.attempt);
}

Task<JobOutcome> JobRunner::run() {
  job_limit_.emplace(executor_, Milliseconds(job_.spec.timeout_ms), [this] {
    stop_environment(Stopping::job_timeout,
                     fmt::format("the job ran longer than its timeout, {}", format_duration(job_.spec.timeout_ms)));
  });
  outcome_.state = JobState::succeeded;
  Result<void> made = co_await learn_secrets();
  if (made) made = make_environment();
  if (made)
    co_await run_to_end();
  else
    co_await fail_unmade(std::move(made.error()));
  job_limit_.reset();
  if (stopping_ != Stopping::no) conclude_stopped();
  if (job_.spec.outputs) outcome_.outputs = results_.outputs(*job_.spec.outputs);
  outcome_.summary = results_.summary();
  hide_in_outcome();
  co_return std::move(outcome_);
}

Task<void> JobRunner::run_to_end() {
  if (lease_deadline_.count() != 0) environment_->extend_deadline(lease_deadline_);
  setup_failed_ = !co_await prepare();
  const int steps = static_cast<int>(job_.spec.steps.size());
  std::exception_ptr failure;
  try {
    for (int index = 0; index < steps; ++index) {
      current_ = index;
      co_await take_step(index);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  job_limit_.reset();
  co_await end_background();
  cleanup_limit_.reset();
  outcome_.images = environment_->images();
  co_await guarded_tear_down(*environment_);
  environment_.reset();
  if (failure) std::rethrow_exception(failure);
}

// Why no step may start now, whatever its condition says; nothing when one may.
std::optional<protocol::StepReason> JobRunner::reason_to_stop() const {
  if (stopping_ == Stopping::lost || stopping_ == Stopping::agent_trouble || fenced_)
    return protocol::StepReason{.code = "agent_error", .facts = {}};
  if (stopping_ != Stopping::no && (setup_failed_ || cleanup_over_))
    return protocol::StepReason{.code = stopping_ == Stopping::cancel ? "cancelled" : "timed_out", .facts = {}};
  if (setup_failed_) return protocol::StepReason{.code = "skipped_setup", .facts = {}};
  return std::nullopt;
}

// Why success() is false.
protocol::StepReason JobRunner::reason_of_failure() const {
  if (stopping_ == Stopping::cancel) return {.code = "cancelled", .facts = {}};
  if (stopping_ == Stopping::job_timeout) return {.code = "timed_out", .facts = {}};
  return {.code = "skipped_failure", .facts = {{"step", *failed_step_}, {"name", job_.spec.steps[*failed_step_].name}}};
}

// After a cancel only always() and cancelled() hold.
expressions::StatusAnswers JobRunner::status() const {
  const bool cancelled = stopping_ == Stopping::cancel;
  return {.success = stopping_ == Stopping::no && !failed_step_,
          .failure = !cancelled && (failed_step_ || stopping_ == Stopping::job_timeout),
          .cancelled = cancelled};
}

void JobRunner::skip_step(int index, protocol::StepReason reason) {
  StepEndReport& end = outcome_.steps[index];
  end.state = StepState::skipped;
  end.reason = std::move(reason);
  expressions_->ended(job_.spec.steps[index], end.state);
  listener_.step_skipped(index);
}

// Runs the step, skips it, or fails it when its expressions have no value. Whatever may have changed while a hash was
// found is asked again.
Task<void> JobRunner::take_step(int index) {
  expressions_->forget_hashes();
  do {
    pipelines::Step step = job_.spec.steps[index];
    if (auto reason = reason_to_stop()) co_return skip_step(index, std::move(*reason));
    if (step.skipped) co_return skip_step(index, read_reason(*step.skipped));
    if (!step.condition && !status().success) co_return skip_step(index, reason_of_failure());
    if (step.condition) {
      const expressions::Outcome<bool> holds = expressions_->holds(*step.condition, step, status());
      if (expressions_->wanted_hash()) continue;
      if (!holds) {
        co_await fail_step(index, holds.error(), *step.condition);
        co_return;
      }
      if (!*holds) co_return skip_step(index, {"skipped_condition", {{"expression", shown(*step.condition)}}});
    }
    const expressions::Outcome<void> filled = expressions_->fill(step);
    if (expressions_->wanted_hash()) continue;
    if (!filled) {
      co_await fail_step(index, filled.error(), "");
      co_return;
    }
    if (step.background.value_or(false))
      co_await start_in_background(index, std::move(step));
    else
      co_await run_step(index, std::move(step));
    co_return;
  } while (co_await find_hash(index));
}

// False when the step has failed because of the agent's trouble.
Task<bool> JobRunner::find_hash(int index) {
  Result<std::string> digest = co_await guarded(environment_->hash_files(index, *expressions_->wanted_hash()));
  if (!digest && cause_of(digest.error()) == "agent") {
    listener_.step_started(index);
    conclude_step(index, {.result = std::unexpected(std::move(digest.error()))});
    co_return false;
  }
  if (digest)
    expressions_->tell_hash(std::move(*digest));
  else
    expressions_->tell_hash(std::unexpected(digest.error().message()));
  co_return true;
}

Task<void> JobRunner::fail_step(int index, const expressions::ExpressionError& error, std::string expression) {
  StepEndReport& end = outcome_.steps[index];
  const std::string message = hide(expression.empty() ? error.text() : fmt::format("if: {}", error.text()));
  end.reason = protocol::StepReason{.code = "expression_error", .facts = {{"message", shown(message)}}};
  if (!expression.empty()) end.reason->facts["expression"] = shown(expression);
  listener_.step_started(index);
  co_await say(index, fmt::format("error: {}", message));
  conclude_step(index, {.result = fail(ErrorKind::invalid, "exit", message)});
}

Task<void> JobRunner::run_step(int index, pipelines::Step step) {
  StepCommand command{.index = index, .step = step, .env = step_environment(index, step)};
  if (!step.privileged.value_or(false)) command.path = results_.path();
  if (command.step.image.empty()) command.step.image = job_.spec.image;
  if (command.step.shell.empty()) command.step.shell = job_.spec.shell;
  if (command.in_background())
    command.started = [this, index] {
      starting_.erase(index);
      background_change_.cancel();
    };

  listener_.step_started(index);
  StepRun run;
  const auto start = std::chrono::steady_clock::now();
  if (const std::string wrong = wrong_keys(step, job_.spec.executor); !wrong.empty()) {
    run.result = fail(ErrorKind::invalid, "exit", wrong);
    co_return conclude_step(index, run);
  }
  if (leaves_workspace(step.workdir)) {
    run.result = fail(ErrorKind::invalid, "exit",
                      fmt::format("workdir \"{}\" of step {} is outside the workspace", step.workdir, index + 1));
    co_return conclude_step(index, run);
  }
  const Stopping before = stopping_;
  std::optional<Deadline> limit;
  if (step.timeout_ms)
    limit.emplace(executor_, Milliseconds(*step.timeout_ms), [this, &run, index] {
      if (ending_) return;
      run.timed_out = true;
      environment_->stop_step(index, settings_.stop_grace);
    });
  AnnotationReader log(output_, outcome_.annotations);
  MaskedSink masked(patterns_.get(), log);
  run.result = co_await guarded(environment_->run_step(std::move(command), masked));
  co_await masked.end(index);
  log.end(index);
  limit.reset();
  run.stopped = stopping_ != before || cleanup_over_;
  run.ended_with_job = ending_ && !run.stopped && !run.timed_out && run.result && run.result->end == StepEnd::cancelled;
  run.duration = since(start);
  if (run.ended_with_job) co_await say(index, "note: all other steps have ended, so this one was ended too");
  co_await collect_files(index, run);
  conclude_step(index, run);
}

// What a step wrote to its files. A line that is wrong fails a step that was good.
Task<void> JobRunner::collect_files(int index, StepRun& run) {
  if (!run.result || run.result->end == StepEnd::killed_by_deadline || stopping_ == Stopping::lost) co_return;
  const bool succeeded = run.result->end == StepEnd::exited && run.result->exit_code == 0;
  const Result<StepFiles> files = co_await guarded(environment_->read_files(index));
  if (!files) {
    if (succeeded) run.result = std::unexpected(files.error());
    co_return;
  }
  StepResults::Taken taken = results_.take(*files);
  run.outputs = std::move(taken.outputs);
  if (!taken.note.empty()) co_await say(index, fmt::format("note: {}", taken.note));
  if (taken.error.empty()) co_return;
  co_await say(index, fmt::format("error: {}", taken.error));
  if (succeeded) run.result = fail(ErrorKind::invalid, "exit", taken.error);
}

void JobRunner::conclude_step(int index, const StepRun& run) {
  const pipelines::Step& step = job_.spec.steps[index];
  StepEndReport& end = outcome_.steps[index];
  const Result<StepResult>& result = run.result;
  end.duration_ms = run.duration.count();
  // What it said to its end by a signal tells nothing.
  if (result && !run.ended_with_job) end.exit_code = result->exit_code;
  if (run.ended_with_job) end.reason = protocol::StepReason{.code = "ended_with_job", .facts = {}};
  const bool succeeded = run.ended_with_job || (result && result->end == StepEnd::exited && result->exit_code == 0);
  std::string cause = "exit";
  std::string message;
  if (succeeded) {
    end.state = StepState::succeeded;
  } else if (run.stopped) {
    end.state = stopping_ == Stopping::job_timeout ? StepState::timed_out : StepState::cancelled;
  } else if (run.timed_out) {
    end.state = StepState::timed_out;
    cause = "timeout";
    message = fmt::format("step \"{}\" ran longer than its timeout, {}", step.name, format_duration(*step.timeout_ms));
  } else {
    end.state = StepState::failed;
    if (!result) {
      cause = cause_of(result.error());
      message = result.error().message();
    } else if (result->end == StepEnd::killed_by_deadline) {
      fenced_ = true;
      cause = "agent";
      message = "the agent could not renew its lease in time, so its supervisor ended the job";
    } else if (result->end == StepEnd::out_of_memory) {
      message = fmt::format("step \"{}\" ran out of memory", step.name);
    }
  }
  const bool tolerated = !succeeded && !run.stopped && cause != "agent" && cause != "image_pull" &&
                         failure_is_allowed(step, end.exit_code);
  if (tolerated) end.allowed_failure = true;
  expressions_->ended(step, end.state, run.outputs);
  listener_.step_ended(index, end);
  if (succeeded || tolerated) return;
  if (stopping_ == Stopping::no && !failed_step_) failed_step_ = index;
  if (outcome_.state != JobState::succeeded) return;  // an earlier step decided
  if (!outcome_.exit_code) outcome_.exit_code = end.exit_code;
  if (stopping_ != Stopping::no) return;
  outcome_.state = end.state == StepState::timed_out ? JobState::timed_out : JobState::failed;
  outcome_.cause = std::move(cause);
  outcome_.message = std::move(message);
}

// The reason it was stopped for outranks how its steps ended; the steps keep their true ends.
void JobRunner::conclude_stopped() {
  if (stopping_ == Stopping::job_timeout && failed_step_) return;  // only its clean-up ran out of time
  outcome_.message = stop_message_;
  switch (stopping_) {
    case Stopping::no:
      break;
    case Stopping::cancel:
    case Stopping::lost:
      outcome_.state = JobState::cancelled;
      outcome_.cause.clear();
      break;
    case Stopping::agent_trouble:
      outcome_.state = JobState::failed;
      outcome_.cause = "agent";
      break;
    case Stopping::job_timeout:
      outcome_.state = JobState::timed_out;
      outcome_.cause = "timeout";
      break;
  }
}

void JobRunner::stop(StopReason reason, std::string message) {
  switch (reason) {
    case StopReason::cancel:
      return stop_environment(Stopping::cancel, std::move(message));
    case StopReason::lost:
      return stop_environment(Stopping::lost, std::move(message));
    case StopReason::agent_trouble:
      return stop_environment(Stopping::agent_trouble, std::move(message));
  }
}

void JobRunner::stop_environment(Stopping reason, std::string message) {
  if (stopping_ != Stopping::no && (reason != Stopping::lost || stopping_ == Stopping::lost)) return;
  stopping_ = reason;
  stop_message_ = std::move(message);
  if (!environment_) return;
  if (reason == Stopping::lost) return environment_->stop(Milliseconds(0));
  if (reason == Stopping::agent_trouble) return environment_->stop(settings_.stop_grace);
  // Clean-up steps may need what runs in the background.
  if (current_ == setup_step)
    environment_->stop(settings_.stop_grace);
  else
    environment_->stop_step(current_, settings_.stop_grace);
  const Milliseconds patience =
      reason == Stopping::cancel ? settings_.cleanup_after_cancel : settings_.cleanup_after_timeout;
  cleanup_limit_.emplace(executor_, patience, [this] {
    cleanup_over_ = true;
    environment_->stop(settings_.stop_grace);
  });
}

void JobRunner::extend_deadline(std::chrono::nanoseconds boottime) {
  lease_deadline_ = boottime;
  if (environment_) environment_->extend_deadline(boottime);
}

}  // namespace open_cicd::runner
