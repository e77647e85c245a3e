#include "agent/heartbeats.h"

#include "agent/decision.h"
#include "base/boottime.h"
#include "base/log.h"

#include <cstdlib>

namespace open_cicd::agent {
namespace {

double load_average() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? load : 0;
}

}  // namespace

Heartbeats::Heartbeats(const asio::any_io_executor& executor, ApiClient& api, JobSlot& slot,
                       const ExecutorWatch& executors, Lifecycle& lifecycle, ServerWatch& watch, Boot boot,
                       Milliseconds interval, BackoffSettings backoff)
    : api_(api),
      slot_(slot),
      executors_(executors),
      lifecycle_(lifecycle),
      watch_(watch),
      boot_(std::move(boot)),
      interval_(interval),
      backoff_(backoff),
      wakeup_(executor),
      random_(std::random_device{}()) {}

Task<void> Heartbeats::run() {
  for (;;) {
    co_await wakeup_.wait_for(until_next());
    if (!lifecycle_.must_register()) co_await beat();
  }
}

void Heartbeats::beat_now() {
  wakeup_.notify();
}

// ± 20 %, so that many agents spread; after a failure as soon as the back-off allows.
Milliseconds Heartbeats::until_next() {
  const std::int64_t fifth = interval_.count() / 5;
  const Milliseconds regular(interval_.count() + std::uniform_int_distribution<std::int64_t>(-fifth, fifth)(random_));
  return failed_ ? std::min(regular, std::max(backoff_.next(), interval_ / 20)) : regular;
}

Task<void> Heartbeats::beat() {
  const std::vector<protocol::HeldLease> held = slot_.held();
  const std::chrono::nanoseconds sent_at = boottime_now();
  protocol::HeartbeatRequest request{
      .boot_id = boot_.id, .seq = ++seq_, .boot_seq = boot_.seq, .leases = held, .load = load_average()};
  if (!executors_.withdrawn().empty()) request.withdrawn = executors_.withdrawn();
  const Result<protocol::HeartbeatReply> reply = co_await api_.heartbeat(std::move(request));
  failed_ = !reply;
  if (reply) {
    backoff_.reset();
    co_return handle(*reply, held, sent_at);
  }
  switch (decide(reply.error())) {
    case Decision::register_again:
      co_return lifecycle_.register_again();
    case Decision::superseded:
      log_error("a newer process of this agent took over", {{"error", reply.error().message()}});
      slot_.forget();
      co_return lifecycle_.end(ExitCode::superseded);
    case Decision::retry:
    case Decision::poll_again:
    case Decision::follow_job:
    case Decision::forget_attempt:
    case Decision::give_up:
      watch_.failed(reply.error());
  }
}

void Heartbeats::handle(const protocol::HeartbeatReply& reply, const std::vector<protocol::HeldLease>& held,
                        std::chrono::nanoseconds sent_at) {
  for (const protocol::HeldLease& lease : held) {
    const auto state = reply.leases.find(lease.job_id);
    if (state == reply.leases.end()) continue;
    if (state->second == "ok" || state->second == "cancel") slot_.renewed(sent_at);
    slot_.apply(lease.job_id, lease.attempt, state->second);
  }
  if (reply.drain) lifecycle_.drain();
}

}  // namespace open_cicd::agent
