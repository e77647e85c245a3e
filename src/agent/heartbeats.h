// Says every few seconds that this process lives, which job it holds, and which executors it can't offer.
#pragma once

#include "agent/api_client.h"
#include "agent/boot.h"
#include "agent/executor_watch.h"
#include "agent/job_slot.h"
#include "agent/lifecycle.h"
#include "agent/server_watch.h"
#include "agent/wakeup.h"

#include <random>

namespace open_cicd::agent {

// Single-threaded. run() goes on until it is cancelled.
class Heartbeats {
 public:
  Heartbeats(const asio::any_io_executor& executor, ApiClient& api, JobSlot& slot, const ExecutorWatch& executors,
             Lifecycle& lifecycle, ServerWatch& watch, Boot boot, Milliseconds interval, BackoffSettings backoff);

  Task<void> run();
  void beat_now();  // its answer says how the lease stands

 private:
  Task<void> beat();
  void handle(const protocol::HeartbeatReply& reply, const std::vector<protocol::HeldLease>& held,
              std::chrono::nanoseconds sent_at);
  Milliseconds until_next();

  ApiClient& api_;
  JobSlot& slot_;
  const ExecutorWatch& executors_;
  Lifecycle& lifecycle_;
  ServerWatch& watch_;
  Boot boot_;
  Milliseconds interval_;
  Backoff backoff_;
  Wakeup wakeup_;
  std::minstd_rand random_;
  std::int64_t seq_ = 0;
  bool failed_ = false;
};

}  // namespace open_cicd::agent
