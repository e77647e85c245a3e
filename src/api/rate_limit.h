// A token bucket per address, for what strangers with one valid token could do without end.
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>

namespace open_cicd::api {

// Thread-safe. Holds at most `addresses_max` buckets; one more, and all are forgotten.
class RateLimit {
 public:
  RateLimit(int per_minute, const Clock& clock) : per_minute_(per_minute), clock_(clock) {}

  bool admit(const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= addresses_max) buckets_.clear();
    const Milliseconds now = clock_.monotonic();
    Bucket& bucket = buckets_.try_emplace(address, Bucket{static_cast<double>(per_minute_), now}).first->second;
    const double earned = static_cast<double>((now - bucket.at).count()) * per_minute_ / 60'000.0;
    bucket.tokens = std::min<double>(per_minute_, bucket.tokens + earned);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  // Of one that was admitted and should not have counted.
  void give_back(const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto bucket = buckets_.find(address);
    if (bucket != buckets_.end()) bucket->second.tokens = std::min<double>(per_minute_, bucket->second.tokens + 1);
  }

 private:
  static constexpr std::size_t addresses_max = 10'000;
  struct Bucket {
    double tokens;
    Milliseconds at;
  };
  const int per_minute_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace open_cicd::api
