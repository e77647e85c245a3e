// Accepted log chunks renew a lease without a database write each; the reaper reads this beside renew_seq.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace open_cicd::jobs {

// Thread-safe. Entries go with forget(), called when the attempt ends.
class Activity {
 public:
  void touch(JobId job) {
    const std::lock_guard lock(mutex_);
    ++counts_[job];
  }
  std::uint64_t count(JobId job) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(job);
    return found == counts_.end() ? 0 : found->second;
  }
  void forget(JobId job) {
    const std::lock_guard lock(mutex_);
    counts_.erase(job);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<JobId, std::uint64_t> counts_;
};

}  // namespace open_cicd::jobs
