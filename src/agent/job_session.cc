#include "agent/job_session.h"

#include "agent/filled.h"
#include "base/boottime.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/one_line.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>

namespace open_cicd::agent {
namespace {

constexpr std::size_t message_bytes_max = 1000;
constexpr std::chrono::milliseconds renewal_step{500};
// So often a release is tried that the server refuses although it says that the job is ours.
constexpr int release_tries_max = 8;
// For a server that does not know `fence_s`: it frees concurrency slots after 60 s, and the job must end before.
constexpr double fence_unsaid_s = 45;
constexpr double fence_max_s = 30 * 86'400;

std::int64_t boottime_ms() {
  return std::chrono::duration_cast<Milliseconds>(boottime_now()).count();
}

std::string one_line(std::string_view message) {
  const std::string line = to_one_line(message);
  const std::string_view kept = std::string_view(line).substr(0, message_bytes_max);
  return std::string(kept.substr(0, utf8_complete_prefix(kept)));
}

protocol::StatusRequest finish_request(runner::JobOutcome outcome, bool log_incomplete) {
  protocol::StatusRequest request{.status = std::string(name_of(outcome.state))};
  request.exit_code = outcome.exit_code;
  if (!outcome.cause.empty()) request.cause = std::move(outcome.cause);
  if (!outcome.message.empty()) request.message = one_line(outcome.message);
  request.steps = std::move(outcome.steps);
  request.setup = std::move(outcome.setup);
  if (!outcome.images.empty()) request.images = std::move(outcome.images);
  if (log_incomplete) request.log_incomplete = true;
  if (!outcome.outputs.empty()) request.outputs = std::move(outcome.outputs);
  if (!outcome.summary.empty()) request.summary = std::move(outcome.summary);
  if (!outcome.annotations.empty()) request.annotations = std::move(outcome.annotations);
  return request;
}

std::string name_in(const boost::json::value& spec) {
  const boost::json::object* object = spec.if_object();
  const boost::json::value* name = object != nullptr ? object->if_contains("name") : nullptr;
  return name != nullptr && name->is_string() ? std::string(name->get_string()) : std::string();
}

// Also of a spec that this agent cannot read.
std::size_t count_steps(const boost::json::value& spec) {
  const boost::json::object* object = spec.if_object();
  const boost::json::value* steps = object != nullptr ? object->if_contains("steps") : nullptr;
  return steps != nullptr && steps->is_array() ? steps->get_array().size() : 0;
}

Milliseconds fence_of(const protocol::ClaimReply& claim) {
  return Milliseconds(std::llround(std::clamp(claim.fence_s.value_or(fence_unsaid_s), 0.0, fence_max_s) * 1000));
}

std::string state_in(const Error& error) {
  const boost::json::value* state = error.facts().if_contains("state");
  return state != nullptr && state->is_string() ? std::string(state->get_string()) : std::string();
}

}  // namespace

JobSession::JobSession(const asio::any_io_executor& executor, SessionTools tools, SessionSettings settings, JobId job,
                       protocol::ClaimReply claim, ClaimedBy by, std::chrono::nanoseconds claimed_at)
    : executor_(executor),
      tools_(tools),
      settings_(std::move(settings)),
      claim_(std::move(claim)),
      claimed_by_(by),
      claimed_at_(claimed_at),
      lease_{.job = job, .attempt = claim_.attempt, .token = claim_.lease_token},
      name_(name_in(claim_.spec)),
      spool_(spool_directory(), settings_.spool),
      wall_ahead_ms_(SystemClock().unix_ms() - boottime_ms()),
      shipper_(executor, tools_.api, lease_, spool_, tools_.workers, settings_.shipper,
               [this](const Error& error) { refused(error); }),
      reporter_(executor, tools_.api, lease_, shipper_, settings_.backoff),
      wakeup_(executor),
      tasks_(executor),
      fence_(fence_of(claim_)) {
  settings_.runner.workers = &tools_.workers;
}

std::filesystem::path JobSession::spool_directory() const {
  return settings_.runner.work_dir / "spool" / fmt::format("{}.{}", lease_.job.str(), lease_.attempt);
}

std::filesystem::path JobSession::job_directory() const {
  return settings_.runner.work_dir / "jobs" / fmt::format("{}.{}", lease_.job.str(), lease_.attempt);
}

// However it ends, nothing that was spawned goes on: it uses this session.
Task<SessionEnd> JobSession::run(bool release_for_drain) {
  SessionEnd end;
  std::exception_ptr failure;
  try {
    end = co_await run_to_end(release_for_drain);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await tasks_.stop();
  if (failure) std::rethrow_exception(failure);
  co_return end;
}

Task<SessionEnd> JobSession::run_to_end(bool release_for_drain) {
  tasks_.spawn("ship a job's log", run_shipper());
  if (release_for_drain && !claim_.started) co_return co_await release("drain", "the agent is about to end");
  const Result<boost::json::value> complete = complete_spec(claim_);
  if (!complete) co_return co_await cannot_run(complete.error().message());
  Result<pipelines::JobSpec> spec = json::read<pipelines::JobSpec>(*complete, json::Unknown::ignore);
  if (!spec) {
    const FieldError& field = spec.error().fields().front();
    co_return co_await cannot_run(fmt::format("the job's spec: {} {}", field.path, field.message));
  }
  const auto where = tools_.executors.find(spec->executor);
  if (where == tools_.executors.end())
    co_return co_await cannot_run(fmt::format("this agent has no executor \"{}\"", spec->executor));
  if (claimed_by_ == ClaimedBy::finish && !co_await tools_.executor_watch.works(spec->executor))
    co_return co_await cannot_run(tools_.executor_watch.withdrawn().at(spec->executor));
  co_return co_await run_claimed(std::move(*spec), *where->second);
}

Task<SessionEnd> JobSession::run_claimed(pipelines::JobSpec spec, runner::Executor& where) {
  std::set<int> background;
  for (std::size_t i = 0; i < spec.steps.size(); ++i)
    if (spec.steps[i].background.value_or(false)) background.insert(static_cast<int>(i));
  shipper_.set_background(background);
  reporter_.set_background(std::move(background));
  runner_.emplace(
      executor_, where,
      runner::ClaimedJob{
          .id = lease_.job,
          .attempt = lease_.attempt,
          .spec = std::move(spec),
          .secrets = std::move(claim_.secrets),
          .secrets_error = std::move(claim_.secrets_error),
          .checkout_via = std::move(claim_.checkout_via),
          .registry_logins = std::move(claim_.registry_logins).value_or(std::vector<protocol::RegistryLogin>())},
      settings_.runner, *this, reporter_);
  if (cancelled_) runner_->stop(runner::StopReason::cancel);
  if (claim_.started) renewed(claimed_at_);
  const bool started = claim_.started || co_await announce();
  if (over_) co_return over();
  if (!started) cancel();
  tasks_.spawn("report a job's steps", run_reporter());
  runner::JobOutcome outcome = co_await runner_->run();
  reporter_.close();
  if (over_) co_return over();
  co_return co_await finish(std::move(outcome));
}

// Tells the server that the job starts and waits for its word, because nothing may start before it. False when it was
// cancelled instead.
Task<bool> JobSession::announce() {
  Backoff backoff(settings_.backoff);
  while (!over_ && !cancelled_) {
    const Result<protocol::StatusReply> reply = co_await tools_.api.report(lease_, {.status = "running"});
    if (reply) co_return !reply->cancel;
    if (decide(reply.error()) == Decision::retry) {
      co_await wakeup_.wait_for(backoff.next(reply.error().retry_after()));
      continue;
    }
    if (decide(reply.error()) == Decision::follow_job) {
      co_await follow(state_in(reply.error()));
      if (cancelled_) co_return false;
    }
    refused(reply.error());
    forget();
  }
  co_return !cancelled_;
}

// Gives the job back if the claim has not started it; otherwise the job fails, and the cause is the agent's trouble.
Task<SessionEnd> JobSession::cannot_run(std::string why) {
  if (!claim_.started) co_return co_await release("mismatch", std::move(why));
  runner::JobOutcome outcome{.state = protocol::JobState::failed, .cause = "agent", .message = std::move(why)};
  outcome.steps.assign(count_steps(claim_.spec), protocol::StepEndReport{.state = protocol::StepState::skipped});
  outcome.setup.state = protocol::StepState::failed;
  reporter_.close();
  co_return co_await finish(std::move(outcome));
}

Task<SessionEnd> JobSession::release(std::string reason, std::string message) {
  log_warn("a job is given back", {{"job", lease_.job.str()}, {"reason", reason}, {"why", message}});
  Backoff backoff(settings_.backoff);
  protocol::StatusRequest request{.status = "queued", .reason = std::move(reason), .message = one_line(message)};
  int refusals = 0;
  while (!over_ && !cancelled_) {
    const Result<protocol::StatusReply> reply = co_await tools_.api.report(lease_, request);
    if (reply && !reply->cancel) co_return SessionEnd{.state = "released"};
    if (reply) {
      cancel();
      break;
    }
    const Decision decision = decide(reply.error());
    if (decision == Decision::follow_job) co_await follow(state_in(reply.error()));
    if (over_ || cancelled_) break;
    const bool again = decision == Decision::follow_job && ++refusals < release_tries_max;
    if (decision != Decision::retry && !again) {
      refused(reply.error());
      break;
    }
    co_await wakeup_.wait_for(backoff.next(reply.error().retry_after()));
  }
  if (cancelled_ && !over_) co_return co_await finish_unstarted();
  co_return over();
}

// A user cancelled what was to be given back: nobody else could say that it has ended.
Task<SessionEnd> JobSession::finish_unstarted() {
  runner::JobOutcome outcome{.state = protocol::JobState::cancelled};
  outcome.steps.assign(count_steps(claim_.spec), protocol::StepEndReport{.state = protocol::StepState::skipped});
  outcome.setup.state = protocol::StepState::skipped;
  reporter_.close();
  co_return co_await finish(std::move(outcome));
}

Task<SessionEnd> JobSession::finish(runner::JobOutcome outcome) {
  const std::string state(name_of(outcome.state));
  const bool own_trouble = outcome.cause == "agent";
  delivery_.emplace(executor_,
                    FinishTools{.api = tools_.api,
                                .spool = spool_,
                                .shipper = shipper_,
                                .journal = tools_.journal,
                                .workers = tools_.workers,
                                .backoff = settings_.backoff},
                    lease_, finish_request(std::move(outcome), spool_failed_),
                    own_trouble ? AskNext() : tools_.ask_next);
  FinishEnd end = co_await delivery_->deliver();
  if (end.accepted) co_return SessionEnd{.state = state, .own_trouble = own_trouble, .next = std::move(end.next)};
  if (end.why_not == Decision::register_again || end.why_not == Decision::superseded) for_agent_ = end.why_not;
  SessionEnd lost = over();
  lost.keep_spool = delivery_->abandoned();
  co_return lost;
}

SessionEnd JobSession::over() const {
  return {.state = "lost", .for_agent = for_agent_};
}

Task<void> JobSession::run_shipper() {
  co_await shipper_.run();
}

Task<void> JobSession::run_reporter() {
  co_await reporter_.run(
      [this](const protocol::StatusReply& reply) {
        if (reply.cancel) cancel();
      },
      [this](const Error& error) { refused(error); });
}

// Follows a refusal of a log append or a step update that is about the whole attempt or this agent.
void JobSession::refused(const Error& error) {
  switch (decide(error)) {
    case Decision::register_again:
    case Decision::superseded:
      for_agent_ = decide(error);
      return forget();
    case Decision::forget_attempt:
      return forget();
    case Decision::follow_job:
      return tasks_.spawn("follow a job", follow(""));
    case Decision::retry:
    case Decision::poll_again:
    case Decision::give_up:
      log_warn("the server refused a message about a job",
               {{"job", lease_.job.str()}, {"code", error.code()}, {"error", error.message()}});
      return;
  }
}

// The job is in another state than we thought.
Task<void> JobSession::follow(std::string state) {
  if (state.empty()) {
    Result<std::string> read = co_await tools_.api.job_state(lease_.job);
    if (!read) co_return;  // the next write will tell
    state = std::move(*read);
  }
  if (state == "cancelling") {
    cancel();
  } else if (state != "running" && state != "assigned") {
    forget();
  }
}

void JobSession::cancel() {
  if (cancelled_ || over_) return;
  cancelled_ = true;
  wakeup_.notify();
  if (runner_) runner_->stop(runner::StopReason::cancel);
}

void JobSession::forget() {
  if (over_) return;
  over_ = true;
  log_warn("an attempt is no longer this agent's: its steps are killed",
           {{"job", lease_.job.str()}, {"attempt", lease_.attempt}});
  wakeup_.notify();
  reporter_.close();
  shipper_.stop();
  if (delivery_) delivery_->forget();
  if (runner_) runner_->stop(runner::StopReason::lost);
}

void JobSession::finished_for_server() {
  if (delivery_) return delivery_->retry_now();
  forget();
}

void JobSession::abandon() {
  if (delivery_) return delivery_->abandon();
  forget();
}

// Every accepted chunk of a log renews; the supervisor need not hear of each.
void JobSession::renewed(std::chrono::nanoseconds sent_at) {
  if (!runner_ || sent_at < last_renewal_ + renewal_step) return;
  last_renewal_ = sent_at;
  runner_->extend_deadline(sent_at + fence_);
}

void JobSession::server_heard() {
  if (delivery_) delivery_->retry_now();
  shipper_.retry_now();
  wakeup_.notify();
}

// A log that cannot be kept is the machine's trouble, not the step's: the job ends, and says why.
Task<void> JobSession::write(int step, std::string_view bytes) {
  if (over_ || spool_failed_) co_return;
  const Result<void> kept = spool_.append(step, bytes, wall_ahead_ms_ + boottime_ms());
  if (!kept) {
    spool_failed_ = true;
    log_error("a job's log cannot be kept", {{"job", lease_.job.str()}, {"error", kept.error().message()}});
    runner_->stop(runner::StopReason::agent_trouble, kept.error().message());
    co_return;
  }
  tools_.metrics.log_bytes(bytes.size());
  shipper_.wake();
}

}  // namespace open_cicd::agent
