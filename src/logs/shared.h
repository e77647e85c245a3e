// What all logs of a store share.
#pragma once

#include "base/offload.h"
#include "logs/index_cache.h"
#include "logs/logs.h"
#include "logs/segment_cache.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace open_cicd::logs {

// Tails that have been sealed, kept for the next ones: fresh pages for every segment would cost more than compressing
// it. Thread-safe.
class TailBuffers {
 public:
  std::string take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return {};
    std::string buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void give(std::string buffer) {
    buffer.clear();
    const std::lock_guard lock(mutex_);
    if (free_.size() < buffers_max) free_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t buffers_max = 2;
  std::mutex mutex_;
  std::vector<std::string> free_;
};

struct Shared {
  Shared(LogSettings s, WorkerPool& p)
      : settings(std::move(s)), pool(p), cache(settings.cache_bytes_max), indexes(settings.index_bytes_max) {}

  const LogSettings settings;
  WorkerPool& pool;
  SegmentCache cache;
  IndexCache indexes;
  TailBuffers buffers;
  std::atomic<std::size_t> unsealed_bytes = 0;
  std::atomic<std::uint64_t> next_serial = 1;
};

}  // namespace open_cicd::logs
