// How many of something are open, in all and for each who has some.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace open_cicd {

// Thread-safe. A place is held until the last copy of what take() returned is gone, which may be after this.
class Places {
 public:
  // Nothing when all are taken.
  std::shared_ptr<void> take(std::string who, std::size_t max, std::size_t max_each) {
    const std::lock_guard lock(state_->mutex);
    if (state_->total >= max) return nullptr;
    const auto [entry, added] = state_->by_who.try_emplace(who, 0);
    if (entry->second >= max_each) return nullptr;
    ++entry->second;
    ++state_->total;
    const auto give_back = [state = state_, who = std::move(who)](void*) {
      const std::lock_guard give_lock(state->mutex);
      const auto left = state->by_who.find(who);
      if (--left->second == 0) state->by_who.erase(left);
      --state->total;
    };
    return {state_.get(), give_back};
  }

 private:
  struct State {
    std::mutex mutex;
    std::size_t total = 0;
    std::unordered_map<std::string, std::size_t> by_who;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace open_cicd
