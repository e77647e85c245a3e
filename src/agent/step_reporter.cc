#include "agent/step_reporter.h"

#include "agent/decision.h"

#include <algorithm>
#include <utility>

namespace open_cicd::agent {
namespace {

// Also how long the first line of a step may wait for the end of the one before.
constexpr Milliseconds gather{10};

}  // namespace

StepReporter::StepReporter(const asio::any_io_executor& executor, ApiClient& api, Lease lease, LogShipper& shipper,
                           BackoffSettings backoff)
    : api_(api), lease_(std::move(lease)), shipper_(shipper), backoff_(backoff), wakeup_(executor) {
  shipper_.hold_after(reached_);
}

void StepReporter::close() {
  closed_ = true;
  updates_.clear();
  shipper_.hurry();
  wakeup_.notify();
}

void StepReporter::push(protocol::StatusRequest request, bool ends_step) {
  if (closed_) return;
  const int step = request.step.value();
  const int next = step + (ends_step || background_.contains(step) ? 1 : 0);
  updates_.push_back({std::move(request), std::chrono::steady_clock::now() + gather, ends_step, next});
  wakeup_.notify();
}

void StepReporter::step_started(int step) {
  // Setup is over then, and who watches live is shown a step's log only when the one before it has ended.
  if (!std::exchange(began_, true))
    push({.status = "running", .step = runner::setup_step, .step_state = protocol::StepState::succeeded}, true);
  for (const int before : std::exchange(skipped_, {}))
    push({.status = "running", .step = before, .step_state = protocol::StepState::skipped}, true);
  push({.status = "running", .step = step, .step_state = protocol::StepState::running}, false);
}

void StepReporter::step_skipped(int step) {
  skipped_.push_back(step);
}

void StepReporter::step_ended(int step, const protocol::StepEndReport& end) {
  // A start that has not been sent yet is said by the end.
  if (!updates_.empty() && !updates_.back().ends_step && updates_.back().request.step == step) updates_.pop_back();
  push({.status = "running",
        .step = step,
        .step_state = end.state,
        .exit_code = end.exit_code,
        .duration_ms = end.duration_ms},
       true);
}

Task<void> StepReporter::run(std::function<void(const protocol::StatusReply&)> replied,
                             std::function<void(const Error&)> refused) {
  while (!closed_) {
    if (updates_.empty()) {
      co_await wakeup_.wait();
      continue;
    }
    if (std::chrono::steady_clock::now() < updates_.front().due) {
      co_await wakeup_.wait(updates_.front().due);
      continue;
    }
    const Update update = std::move(updates_.front());
    updates_.pop_front();
    if (update.ends_step) co_await shipper_.drained(*update.request.step);
    while (!closed_ && !co_await send(update.request, replied, refused)) co_await back_off();
    reached_ = std::max(reached_, update.next);
    shipper_.hold_after(reached_);
  }
}

// New updates end a wait of wakeup_ too, but they are no reason to try sooner.
Task<void> StepReporter::back_off() {
  const auto until = std::chrono::steady_clock::now() + backoff_.next();
  while (!closed_ && std::chrono::steady_clock::now() < until) co_await wakeup_.wait(until);
}

// False when it must be sent again.
Task<bool> StepReporter::send(protocol::StatusRequest request,
                              std::function<void(const protocol::StatusReply&)> replied,
                              std::function<void(const Error&)> refused) {
  const Result<protocol::StatusReply> reply = co_await api_.report(lease_, std::move(request));
  if (closed_) co_return true;
  if (!reply && decide(reply.error()) == Decision::retry) co_return false;
  backoff_.reset();
  if (reply) {
    replied(*reply);
  } else {
    refused(reply.error());
  }
  co_return true;
}

}  // namespace open_cicd::agent
