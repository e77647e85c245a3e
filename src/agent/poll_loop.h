// Keeps one long poll open at all times: offers come through it, and so do cancels of the job that runs meanwhile.
#pragma once

#include "agent/api_client.h"
#include "agent/backoff.h"
#include "agent/boot.h"
#include "agent/heartbeats.h"
#include "agent/job_slot.h"
#include "agent/lifecycle.h"
#include "agent/poll_wait.h"
#include "agent/registrar.h"
#include "agent/server_watch.h"

namespace open_cicd::agent {

struct PollSettings {
  std::int64_t wait_s = 25;
  BackoffSettings backoff;
};

// Single-threaded. run() goes on until it is cancelled, or the lifecycle has an exit code.
class PollLoop {
 public:
  PollLoop(const asio::any_io_executor& executor, ApiClient& api, JobSlot& slot, ExecutorWatch& executors,
           Registrar& registrar, Lifecycle& lifecycle, ServerWatch& watch, Heartbeats& heartbeats, Boot boot,
           protocol::RegisterRequest registration, PollSettings settings);

  Task<void> run();

 private:
  Task<void> register_again();
  Task<void> handle(protocol::PollReply reply, Milliseconds took);
  Task<void> failed(Error error, Milliseconds took);
  Task<void> retry(Error error, Milliseconds took);
  Task<void> take(protocol::Offer offer);
  Task<bool> wait_until_free();
  Task<void> claim(protocol::Offer offer);
  Task<bool> claim_refused(Error error, Backoff& backoff);
  Task<void> pause(Milliseconds wait);

  ApiClient& api_;
  JobSlot& slot_;
  ExecutorWatch& executors_;
  Registrar& registrar_;
  Lifecycle& lifecycle_;
  ServerWatch& watch_;
  Heartbeats& heartbeats_;
  Boot boot_;
  protocol::RegisterRequest registration_;
  PollSettings settings_;
  asio::steady_timer timer_;
  Backoff backoff_;
  PollWait wait_;
  std::optional<std::int64_t> seen_;
  int refusals_ = 0;  // claims in a row
};

}  // namespace open_cicd::agent
