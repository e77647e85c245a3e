#include "agent/poll_loop.h"

#include "agent/decision.h"
#include "base/boottime.h"
#include "base/log.h"

namespace open_cicd::agent {
namespace {

// A server that answers at once and says nothing new, or offers what it then refuses, must not make the agent spin.
constexpr Milliseconds too_quick{20};
constexpr Milliseconds breath{100};
constexpr int refusals_before_breath = 3;
// A poll that lasted this long had reached the server, so its end is no reason to wait before the next one.
constexpr Milliseconds held{2'000};
// An offer is reserved for a second, so its claim may wait this long for the last message of the job before.
constexpr Milliseconds offer_lasts{900};

Milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

PollLoop::PollLoop(const asio::any_io_executor& executor, ApiClient& api, JobSlot& slot, ExecutorWatch& executors,
                   Registrar& registrar, Lifecycle& lifecycle, ServerWatch& watch, Heartbeats& heartbeats, Boot boot,
                   protocol::RegisterRequest registration, PollSettings settings)
    : api_(api),
      slot_(slot),
      executors_(executors),
      registrar_(registrar),
      lifecycle_(lifecycle),
      watch_(watch),
      heartbeats_(heartbeats),
      boot_(std::move(boot)),
      registration_(std::move(registration)),
      settings_(settings),
      timer_(executor),
      backoff_(settings.backoff),
      wait_(settings.wait_s) {}

Task<void> PollLoop::run() {
  while (!lifecycle_.exit_code()) {
    if (lifecycle_.must_register()) {
      co_await register_again();
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    Result<std::optional<protocol::PollReply>> reply =
        co_await api_.poll({.boot_id = boot_.id, .boot_seq = boot_.seq, .wait_s = wait_.seconds(), .seen = seen_});
    const Milliseconds took = since(start);
    if (!reply) {
      co_await failed(std::move(reply.error()), took);
      continue;
    }
    backoff_.reset();
    wait_.answered(took);
    if (*reply) {
      co_await handle(std::move(**reply), took);
    } else if (took < too_quick) {
      co_await pause(breath);
    }
  }
}

Task<void> PollLoop::handle(protocol::PollReply reply, Milliseconds took) {
  const bool news = !reply.offers.empty() || seen_ != reply.rev;
  seen_ = reply.rev;
  for (const protocol::LeaseState& lease : reply.leases) slot_.apply(lease.job_id, lease.attempt, lease.state);
  // The reply lists the open leases. One that it lacks has ended, and the answer to a heartbeat says how.
  if (slot_.misses(reply.leases)) heartbeats_.beat_now();
  if (reply.drain && !lifecycle_.draining()) {
    log_info("the server asks this agent to drain: it ends when its job has");
    lifecycle_.drain();
  }
  if (!reply.offers.empty()) co_return co_await take(std::move(reply.offers.front()));
  if (!news && took < too_quick) co_await pause(breath);
}

Task<void> PollLoop::take(protocol::Offer offer) {
  if (lifecycle_.draining() || !co_await wait_until_free()) co_return;
  if (!co_await executors_.works(offer.executor)) {
    heartbeats_.beat_now();  // the server offers no more of them, and the offer is soon another agent's
    co_return co_await pause(breath);
  }
  co_await claim(std::move(offer));
}

// The server may offer the next job before we have read its answer to the last one's finish.
Task<bool> PollLoop::wait_until_free() {
  const auto until = std::chrono::steady_clock::now() + offer_lasts;
  while (!slot_.idle() && std::chrono::steady_clock::now() < until) {
    using namespace asio::experimental::awaitable_operators;
    timer_.expires_at(until);
    error_code ignored;
    co_await (lifecycle_.changed.wait() || timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored)));
  }
  co_return slot_.idle() && !lifecycle_.draining();
}

Task<void> PollLoop::claim(protocol::Offer offer) {
  const std::optional<JobId> job = JobId::parse(offer.job_id);
  if (!job) {
    log_warn("the server offers a job whose id is none", {{"job", offer.job_id}});
    co_return co_await pause(breath);
  }
  slot_.reserve();
  // The same claim_id in every try: a claim whose answer was lost is answered again, not made twice.
  const protocol::StatusRequest request{.status = "assigned",
                                        .claim_id = format_uuid(make_uuid_v4()),
                                        .boot_id = boot_.id,
                                        .boot_seq = boot_.seq,
                                        .attempt = offer.attempt,
                                        .start = offer.start ? std::optional(true) : std::nullopt};
  Backoff backoff(settings_.backoff);
  for (;;) {
    const std::chrono::nanoseconds sent_at = boottime_now();  // the server renews the lease in each try that it answers
    Result<protocol::ClaimReply> reply = co_await api_.claim(offer.job_id, request);
    if (reply) {
      refusals_ = 0;
      co_return slot_.start(*job, std::move(*reply), sent_at);
    }
    if (!co_await claim_refused(std::move(reply.error()), backoff)) break;
  }
  slot_.unreserve();
}

// True to try again.
Task<bool> PollLoop::claim_refused(Error error, Backoff& backoff) {
  switch (decide(error)) {
    case Decision::retry:
      watch_.failed(error);
      if (lifecycle_.draining()) co_return false;
      co_await pause(backoff.next(error.retry_after()));
      co_return true;
    case Decision::register_again:
      lifecycle_.register_again();
      co_return false;
    case Decision::superseded:
      co_await failed(std::move(error), {});
      co_return false;
    case Decision::poll_again:
      break;
    case Decision::follow_job:
    case Decision::forget_attempt:
    case Decision::give_up:
      log_warn("the server refused a claim", {{"code", error.code()}, {"error", error.message()}});
  }
  if (++refusals_ >= refusals_before_breath) co_await pause(breath);
  co_return false;
}

// The server may take a poll's end for the agent's death, so it hears at once that the agent lives, by the next poll,
// and that the lease does, by a heartbeat.
Task<void> PollLoop::retry(Error error, Milliseconds took) {
  const PollBreak how = break_of(error);
  if (wait_.broke(how, took))
    log_info("something between this agent and the server ends polls early; they ask for less now",
             {{"after_s", static_cast<double>(took.count()) / 1000},
              {"wait_s", wait_.seconds()},
              {"error", error.message()}});
  if (!slot_.held().empty()) heartbeats_.beat_now();
  if (took >= held && (how == PollBreak::gateway_timeout || how == PollBreak::lost))
    backoff_.reset();
  else
    watch_.failed(error);
  co_await pause(backoff_.next(error.retry_after()));
}

Task<void> PollLoop::failed(Error error, Milliseconds took) {
  switch (decide(error)) {
    case Decision::retry:
      co_return co_await retry(std::move(error), took);
    case Decision::register_again:
      co_return lifecycle_.register_again();
    case Decision::superseded:
      log_error("a newer process of this agent took over", {{"error", error.message()}});
      slot_.forget();
      co_return lifecycle_.end(ExitCode::superseded);
    case Decision::poll_again:
    case Decision::follow_job:
    case Decision::forget_attempt:
    case Decision::give_up:
      // No answer that a poll should get; a proxy may be confused, so it is tried again, slowly.
      watch_.failed(error);
      co_return co_await pause(std::max(backoff_.next(error.retry_after()), Milliseconds(1000)));
  }
}

// What runs was claimed by an agent that the server no longer knows.
Task<void> PollLoop::register_again() {
  slot_.forget();
  co_await slot_.wait_until_idle();
  registrar_.forget_identity();
  seen_.reset();
  co_await registrar_.register_agent(registration_);
}

Task<void> PollLoop::pause(Milliseconds wait) {
  timer_.expires_after(wait);
  error_code ec;
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
}

}  // namespace open_cicd::agent
