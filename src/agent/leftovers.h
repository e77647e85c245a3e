// Sweeps what dead agents left on an engine that several share: one that was killed cannot, and may never come back.
#pragma once

#include "agent/api_client.h"
#include "agent/boot.h"
#include "agent/job_slot.h"
#include "runner/executor.h"

#include <map>
#include <memory>
#include <random>
#include <string>

namespace open_cicd::agent {

// Single-threaded. run() goes on until it is cancelled.
class Leftovers {
 public:
  using ExecutorsByName = std::map<std::string, std::unique_ptr<runner::Executor>>;

  Leftovers(const asio::any_io_executor& executor, ApiClient& api, const JobSlot& slot,
            const ExecutorsByName& executors, Boot boot, Milliseconds interval);

  // At once, and then after each interval, ± 20 %, so that the agents of one engine do not all look at the same moment.
  Task<void> run();

 private:
  Task<void> sweep(runner::Executor& where);
  bool is_own(const protocol::LeftAttempt& left) const;
  bool is_held(const protocol::LeftAttempt& left) const;

  ApiClient& api_;
  const JobSlot& slot_;
  const ExecutorsByName& executors_;
  Boot boot_;
  Milliseconds interval_;
  asio::steady_timer timer_;
  std::minstd_rand random_;
};

}  // namespace open_cicd::agent
