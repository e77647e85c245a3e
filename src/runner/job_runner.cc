#include "runner/job_runner.h"

#include "base/log.h"
#include "base/units.h"
#include "runner/checkout.h"

#include <system_error>

namespace open_cicd::runner {
namespace {

using protocol::JobState;
using protocol::StepEndReport;
using protocol::StepState;

// An executor that throws is an agent's trouble like one that returns an Error: the job must still be torn down and
// reported.
template <class T>
Task<Result<T>> guarded(Task<Result<T>> call) {
  try {
    co_return co_await std::move(call);
  } catch (const std::exception& e) {
    co_return fail(ErrorKind::internal, "agent", e.what());
  }
}

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

std::string cause_of(const Error& error) {
  return error.code() == "image_pull" || error.code() == "exit" ? error.code() : "agent";
}

Milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

JobRunner::JobRunner(asio::any_io_executor executor, Executor& where, ClaimedJob job, RunnerSettings settings,
                     OutputSink& output, StepListener& listener)
    : executor_(std::move(executor)),
      where_(where),
      job_(std::move(job)),
      settings_(std::move(settings)),
      output_(output),
      listener_(listener) {
  outcome_.steps.assign(job_.spec.steps.size(), StepEndReport{.state = StepState::skipped});
  outcome_.setup.state = StepState::skipped;
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
  Result<void> made = make_environment();
  if (made) {
    co_await run_to_end();
  } else {
    co_await fail_setup(std::move(made.error()));
  }
  job_limit_.reset();
  if (stopping_ != Stopping::no) conclude_stopped();
  co_return std::move(outcome_);
}

Result<void> JobRunner::make_environment() {
  try {
    if (Result<void> made = where_.make_directory(directory()); !made) return made;
    environment_ = where_.make({.job = job_.id,
                                .attempt = job_.attempt,
                                .spec = job_.spec,
                                .directory = directory(),
                                .server_id = settings_.server_id,
                                .agent_id = settings_.agent_id,
                                .boot_id = settings_.boot_id,
                                .git = settings_.git});
  } catch (const std::exception& e) {
    return fail(ErrorKind::internal, "agent", e.what());
  }
  return {};
}

Task<void> JobRunner::run_to_end() {
  if (lease_deadline_.count() != 0) environment_->extend_deadline(lease_deadline_);
  bool going = co_await prepare();
  const int steps = static_cast<int>(job_.spec.steps.size());
  for (int index = 0; going && index < steps; ++index) going = co_await run_step(index);
  job_limit_.reset();
  outcome_.images = environment_->images();
  co_await guarded_tear_down(*environment_);
  environment_.reset();
}

// Set-up and checkout; false when no step may start.
Task<bool> JobRunner::prepare() {
  if (stopping_ != Stopping::no) co_return false;
  const auto start = std::chrono::steady_clock::now();
  Result<void> done = co_await guarded(environment_->set_up(output_));
  if (done && stopping_ == Stopping::no && job_.spec.checkout) {
    Result<std::string> commit = co_await guarded(environment_->check_out(output_));
    if (commit)
      commit_ = std::move(*commit);
    else
      done = std::unexpected(std::move(commit.error()));
  }
  outcome_.setup.duration_ms = since(start).count();
  outcome_.setup.state = StepState::succeeded;
  if (stopping_ != Stopping::no) {
    outcome_.setup.state = stopping_ == Stopping::job_timeout ? StepState::timed_out : StepState::cancelled;
    co_return false;
  }
  if (!done) co_await fail_setup(std::move(done.error()));
  co_return done.has_value();
}

Task<void> JobRunner::fail_setup(Error error) {
  outcome_.setup.state = StepState::failed;
  outcome_.state = JobState::failed;
  outcome_.cause = cause_of(error);
  outcome_.message = error.message();
  if (!error.detail().empty())
    log_warn("a job could not be set up", {{"job", job_.id.str()}, {"detail", error.detail()}});
  const std::string line = fmt::format("error: {}\n", error.message());
  co_await output_.write(setup_step, line);
}

// False when the steps after it must not run.
Task<bool> JobRunner::run_step(int index) {
  if (stopping_ != Stopping::no) co_return false;
  const pipelines::Step& step = job_.spec.steps[index];
  StepCommand command{.index = index, .step = step, .env = job_environment()};
  for (const auto& [name, value] : step.env) command.env[name] = value;
  if (command.step.image.empty()) command.step.image = job_.spec.image;
  if (command.step.shell.empty()) command.step.shell = job_.spec.shell;

  listener_.step_started(index);
  const auto start = std::chrono::steady_clock::now();
  if (leaves_workspace(step.workdir)) {
    const Result<StepResult> refused =
        fail(ErrorKind::invalid, "exit",
             fmt::format("workdir \"{}\" of step {} is outside the workspace", step.workdir, index + 1));
    co_return conclude_step(index, refused, false, since(start));
  }
  bool timed_out = false;
  std::optional<Deadline> limit;
  if (step.timeout_ms)
    limit.emplace(executor_, Milliseconds(*step.timeout_ms), [this, &timed_out] {
      timed_out = true;
      environment_->stop(settings_.stop_grace);
    });
  const Result<StepResult> result = co_await guarded(environment_->run_step(std::move(command), output_));
  limit.reset();
  co_return conclude_step(index, result, timed_out, since(start));
}

bool JobRunner::conclude_step(int index, const Result<StepResult>& result, bool timed_out, Milliseconds duration) {
  const pipelines::Step& step = job_.spec.steps[index];
  StepEndReport& end = outcome_.steps[index];
  end.duration_ms = duration.count();
  if (result) end.exit_code = result->exit_code;
  const bool succeeded = result && result->end == StepEnd::exited && result->exit_code == 0;
  std::string cause = "exit";
  std::string message;
  if (stopping_ != Stopping::no) {
    end.state = succeeded                            ? StepState::succeeded
                : stopping_ == Stopping::job_timeout ? StepState::timed_out
                                                     : StepState::cancelled;
  } else if (timed_out && !succeeded) {
    end.state = StepState::timed_out;
    cause = "timeout";
    message = fmt::format("step \"{}\" ran longer than its timeout, {}", step.name, format_duration(*step.timeout_ms));
  } else if (succeeded) {
    end.state = StepState::succeeded;
  } else {
    end.state = StepState::failed;
    if (!result) {
      cause = cause_of(result.error());
      message = result.error().message();
    } else if (result->end == StepEnd::killed_by_deadline) {
      cause = "agent";
      message = "the agent could not renew its lease in time, so its supervisor ended the job";
    } else if (result->end == StepEnd::out_of_memory) {
      message = fmt::format("step \"{}\" ran out of memory", step.name);
    }
  }
  listener_.step_ended(index, end);
  if (stopping_ != Stopping::no) {
    if (!outcome_.exit_code && !succeeded) outcome_.exit_code = end.exit_code;
    return false;
  }
  const bool tolerated = step.allow_failure && cause != "agent" && cause != "image_pull";
  if (succeeded || tolerated) return true;
  outcome_.state = end.state == StepState::timed_out ? JobState::timed_out : JobState::failed;
  outcome_.exit_code = end.exit_code;
  outcome_.cause = std::move(cause);
  outcome_.message = std::move(message);
  return false;
}

// The reason it was stopped for outranks how its steps ended; the steps keep their true ends.
void JobRunner::conclude_stopped() {
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
  if (environment_) environment_->stop(reason == Stopping::lost ? Milliseconds(0) : settings_.stop_grace);
}

void JobRunner::extend_deadline(std::chrono::nanoseconds boottime) {
  lease_deadline_ = boottime;
  if (environment_) environment_->extend_deadline(boottime);
}

// The job's own variables win over ours, and its secrets over both, as in any shell: they reach its steps only, never a
// helper of the agent.
std::map<std::string, std::string> JobRunner::job_environment() const {
  std::map<std::string, std::string> env{{"CI", "true"},
                                         {"CI_ATTEMPT", std::to_string(job_.attempt)},
                                         {"CI_JOB", job_.id.str()},
                                         {"CI_JOB_NAME", job_.spec.name},
                                         {"CI_SERVER", settings_.server},
                                         {"CI_WORKSPACE", environment_->workspace()}};
  if (!commit_.empty()) {
    env["CI_COMMIT"] = commit_;
    env["CI_REPO"] = without_credentials(job_.spec.checkout->url);
  }
  for (const auto& [name, value] : job_.spec.env) env[name] = value;
  for (const auto& [name, value] : job_.secrets) env[name] = value;
  return env;
}

}  // namespace open_cicd::runner
