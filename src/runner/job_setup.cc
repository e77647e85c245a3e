// What comes before the steps of a job: its environment, set-up and checkout.
#include "base/log.h"
#include "pipelines/rules.h"
#include "runner/checkout.h"
#include "runner/guarded.h"
#include "runner/job_runner.h"
#include "runner/masking.h"

namespace open_cicd::runner {

using protocol::JobState;
using protocol::StepState;

std::optional<std::filesystem::path> JobRunner::in_place() const {
  if (!job_.spec.checkout || settings_.in_place.empty()) return std::nullopt;
  return settings_.in_place;
}

Result<void> JobRunner::make_environment() {
  try {
    std::optional<GitRoute> route;
    if (job_.spec.checkout && job_.checkout_via && !in_place()) {
      Result<GitRoute> found = route_by_server(*job_.checkout_via, settings_.server, settings_.ca_file);
      if (!found) return std::unexpected(std::move(found.error()));
      route = std::move(*found);
    }
    if (Result<void> made = where_.make_directory(directory()); !made) return made;
    environment_ = where_.make({.job = job_.id,
                                .attempt = job_.attempt,
                                .spec = job_.spec,
                                .directory = directory(),
                                .server_id = settings_.server_id,
                                .agent_id = settings_.agent_id,
                                .boot_id = settings_.boot_id,
                                .git = settings_.git,
                                .route = std::move(route),
                                .registry_logins = job_.registry_logins,
                                .in_place = in_place()});
  } catch (const std::exception& e) {
    return fail(ErrorKind::internal, "agent", e.what());
  }
  return {};
}

// Set-up and checkout; false when no step may start.
Task<bool> JobRunner::prepare() {
  if (stopping_ != Stopping::no) co_return false;
  const auto start = std::chrono::steady_clock::now();
  Result<void> done = co_await set_up_and_check_out();
  outcome_.setup.duration_ms = since(start).count();
  outcome_.setup.state = StepState::succeeded;
  if (stopping_ != Stopping::no) {
    outcome_.setup.state = stopping_ == Stopping::job_timeout ? StepState::timed_out : StepState::cancelled;
    co_return false;
  }
  if (!done) co_await fail_setup(std::move(done.error()));
  co_return done.has_value();
}

Task<Result<void>> JobRunner::set_up_and_check_out() {
  MaskedSink log(patterns_.get(), output_);
  Result<void> done = co_await guarded(environment_->set_up(log));
  if (done && stopping_ == Stopping::no && job_.spec.checkout) {
    Result<std::string> commit =
        in_place() ? Result<std::string>(co_await use_in_place()) : co_await guarded(environment_->check_out(log));
    if (commit)
      commit_ = std::move(*commit);
    else
      done = std::unexpected(std::move(commit.error()));
  }
  co_await log.end(setup_step);
  co_return done;
}

// The commit that it is about, as far as somebody said which.
Task<std::string> JobRunner::use_in_place() {
  co_await say(setup_step, fmt::format("the workspace is {} itself; nothing is checked out", in_place()->string()));
  const std::string& ref = job_.spec.checkout->ref;
  co_return pipelines::is_sha(ref) ? ref : "";
}

Task<void> JobRunner::fail_setup(Error error) {
  outcome_.setup.state = StepState::failed;
  outcome_.state = JobState::failed;
  outcome_.cause = cause_of(error);
  outcome_.message = error.message();
  if (!error.detail().empty())
    log_warn("a job could not be set up", {{"job", job_.id.str()}, {"detail", hide(error.detail())}});
  co_await say(setup_step, fmt::format("error: {}", error.message()));
}

// There is nothing to tear down.
Task<void> JobRunner::fail_unmade(Error error) {
  co_await fail_setup(std::move(error));
  setup_failed_ = true;
  for (int index = 0; index < static_cast<int>(job_.spec.steps.size()); ++index)
    if (auto reason = reason_to_stop()) skip_step(index, std::move(*reason));
}

}  // namespace open_cicd::runner
