// Which executors each agent cannot offer at present, as its last heartbeat said. Memory only: a restarted server hears
// it again with the next heartbeat.
#pragma once

#include "base/id.h"

#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

namespace open_cicd::agents {

using Withdrawn = std::map<std::string, std::string>;  // name of the executor → why

// Thread-safe.
class Withdrawals {
 public:
  // True when other executors are withdrawn than before; a reason that only reads differently is no change.
  bool set(AgentId agent, Withdrawn withdrawn);
  Withdrawn of(AgentId agent) const;
  void forget(AgentId agent) { set(agent, {}); }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<AgentId, Withdrawn> by_agent_;  // those that have some
};

}  // namespace open_cicd::agents
