#include "agents/withdrawals.h"

#include <algorithm>
#include <utility>

namespace open_cicd::agents {

bool Withdrawals::set(AgentId agent, Withdrawn withdrawn) {
  const std::lock_guard lock(mutex_);
  const auto found = by_agent_.find(agent);
  if (found == by_agent_.end()) return !withdrawn.empty() && by_agent_.emplace(agent, std::move(withdrawn)).second;
  const bool same =
      std::ranges::equal(found->second, withdrawn, {}, &Withdrawn::value_type::first, &Withdrawn::value_type::first);
  if (withdrawn.empty())
    by_agent_.erase(found);
  else
    found->second = std::move(withdrawn);
  return !same;
}

Withdrawn Withdrawals::of(AgentId agent) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_agent_.find(agent);
  return found == by_agent_.end() ? Withdrawn() : found->second;
}

}  // namespace open_cicd::agents
