#include "agent/finish.h"

#include "base/boottime.h"
#include "base/first_of.h"
#include "base/json.h"
#include "base/log.h"

namespace open_cicd::agent {
namespace {

// After so many uploads that the server still finds incomplete, the job ends with a log that says so: a finish cannot
// loop.
constexpr int uploads_max = 4;

// A log that the server has not taken within this at its end goes to the disk; most are taken at once.
constexpr Milliseconds memory_only_max{250};

}  // namespace

FinishDelivery::FinishDelivery(const asio::any_io_executor& executor, FinishTools tools, Lease lease,
                               protocol::StatusRequest finish, AskNext ask_next)
    : tools_(tools),
      lease_(std::move(lease)),
      finish_(std::move(finish)),
      ask_next_(std::move(ask_next)),
      backoff_(tools.backoff),
      wakeup_(executor) {}

void FinishDelivery::retry_now() {
  wakeup_.notify();
}

void FinishDelivery::forget() {
  if (ending_ == Ending::no) ending_ = Ending::forgotten;
  tools_.shipper.stop();
  wakeup_.notify();
}

void FinishDelivery::abandon() {
  ending_ = Ending::abandoned;
  tools_.shipper.stop();
  wakeup_.notify();
}

Task<FinishEnd> FinishDelivery::deliver() {
  tools_.shipper.hurry();
  // The journal must not outlive the log that belongs to it: as long as that is only in memory, a killed agent's job is
  // rather run again.
  if (co_await unless(wakeup_.wait_for(memory_only_max), tools_.shipper.all_drained())) co_await make_durable();
  record();
  const FinishEnd end = co_await send_until_answered();
  if (ending_ == Ending::abandoned && !end.accepted) {
    co_await make_durable();
  } else if (Result<void> cleared = tools_.journal.clear(); !cleared) {
    log_warn("the journal could not be cleared", {{"error", cleared.error().message()}});
  }
  co_return end;
}

// A finish whose answer was lost may be what ended the attempt, and it may have claimed a job, which would wait for
// nobody: only its own answer tells.
bool FinishDelivery::goes_on() const {
  return ending_ == Ending::no || (ending_ == Ending::forgotten && next_);
}

Task<FinishEnd> FinishDelivery::send_until_answered() {
  int uploads = 0;
  while (goes_on()) {
    co_await tools_.shipper.all_drained();
    if (!goes_on()) break;
    if (uploads > 0 && tools_.shipper.spool_gone()) finish_.log_incomplete = true;
    // The spool is there, but the server refused the log: it may take it a moment later.
    if (uploads > 0 && tools_.shipper.stuck() && !finish_.log_incomplete) co_await wakeup_.wait_for(backoff_.next());
    if (!goes_on()) break;
    record();
    Result<FinishReply> reply = co_await send();
    if (reply && !reply->missing) {
      FinishEnd end{.accepted = true, .state = std::move(reply->state), .next = accepted_next(std::move(*reply))};
      co_return end;
    }
    if (reply) {
      if (++uploads >= uploads_max) finish_.log_incomplete = true;
      tools_.shipper.rewind(*reply->missing);
      continue;
    }
    if (next_ && reply.error().kind() == ErrorKind::invalid) {  // an older server has taken its place
      next_.reset();
      ask_next_ = nullptr;
      continue;
    }
    if (reply.error().kind() == ErrorKind::invalid && leave_out_extras()) continue;
    if (decide(reply.error()) != Decision::retry) co_return refused(reply.error());
    co_await make_durable();
    if (goes_on()) co_await wakeup_.wait_for(backoff_.next(reply.error().retry_after()));
  }
  co_return FinishEnd{};
}

// What a server of an earlier version does not know, or this one does not take: the end of a job counts more than what
// stands beside it. False when there was nothing.
bool FinishDelivery::leave_out_extras() {
  bool any = finish_.outputs || finish_.summary || finish_.annotations;
  finish_.outputs.reset();
  finish_.summary.reset();
  finish_.annotations.reset();
  if (finish_.steps) {
    for (protocol::StepEndReport& step : *finish_.steps) {
      any = any || step.reason || step.allowed_failure;
      step.reason.reset();
      step.allowed_failure.reset();
    }
  }
  if (any)
    log_warn("a job's outputs, summary and annotations were refused and are left out", {{"job", lease_.job.str()}});
  return any;
}

// Each repeat has the same claim_id, also when the agent has begun to drain and also after an answer that asks for more
// of the log: an earlier request may arrive late, find the log whole and claim.
Task<Result<FinishReply>> FinishDelivery::send() {
  if (!next_ && ask_next_) next_ = ask_next_();
  protocol::StatusRequest request = finish_;
  request.next = next_;
  sent_at_ = boottime_now();
  co_return co_await tools_.api.finish(lease_, json::write_text(request));
}

std::optional<NextJob> FinishDelivery::accepted_next(FinishReply reply) const {
  if (!reply.next || !next_) return std::nullopt;
  const std::optional<JobId> job = JobId::parse(reply.next->job_id);
  if (!job) {
    log_warn("the server hands on a job whose id is none", {{"job", reply.next->job_id}});
    return std::nullopt;
  }
  return NextJob{.job = *job, .claim = std::move(reply.next->claim), .sent_at = sent_at_};
}

FinishEnd FinishDelivery::refused(const Error& error) const {
  const Decision decision = decide(error);
  log_warn(
      "the server refused a job's end",
      {{"job", lease_.job.str()}, {"attempt", lease_.attempt}, {"code", error.code()}, {"error", error.message()}});
  if (decision == Decision::register_again || decision == Decision::superseded) return {.why_not = decision};
  return {.why_not = decision == Decision::give_up ? Decision::give_up : Decision::forget_attempt};
}

void FinishDelivery::record() {
  finish_.logs = tools_.spool.sums();
  if (tools_.spool.truncated()) finish_.log_truncated = true;
  const Result<void> recorded = tools_.journal.record(
      {.job_id = lease_.job.str(), .attempt = lease_.attempt, .lease_token = lease_.token, .finish = finish_});
  if (!recorded) log_warn("the journal could not be written", {{"error", recorded.error().message()}});
}

Task<void> FinishDelivery::make_durable() {
  if (durable_) co_return;
  durable_ = true;
  Result<void> saved = co_await offload(tools_.workers, [tools = &tools_] { return tools->spool.save(); });
  record();
  if (saved) saved = co_await offload(tools_.workers, [tools = &tools_] { return tools->journal.sync(); });
  if (!saved)
    log_warn("a job's end could not be saved for the case that this agent dies too",
             {{"error", saved.error().message()}});
}

}  // namespace open_cicd::agent
