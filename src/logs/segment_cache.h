// Decompressed segments that readers share, the least recently used dropped first.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace open_cicd::logs {

// Thread-safe. A key is (serial of a step's log, segment); a serial is never used again, so nothing has to be
// invalidated.
class SegmentCache {
 public:
  using Key = std::pair<std::uint64_t, std::size_t>;
  using Bytes = std::shared_ptr<const std::string>;

  explicit SegmentCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  Bytes find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second.place);
    return found->second.bytes;
  }

  void insert(const Key& key, Bytes bytes) {
    const std::lock_guard lock(mutex_);
    const auto [entry, added] = entries_.try_emplace(key);
    if (!added) return;
    order_.push_front(key);
    held_ += bytes->size();
    entry->second = {std::move(bytes), order_.begin()};
    while (held_ > bytes_max_ && order_.size() > 1) {
      const auto last = entries_.find(order_.back());
      held_ -= last->second.bytes->size();
      entries_.erase(last);
      order_.pop_back();
    }
  }

 private:
  struct Entry {
    Bytes bytes;
    std::list<Key>::iterator place;
  };
  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::size_t held_ = 0;
  std::map<Key, Entry> entries_;
  std::list<Key> order_;  // most recently used first
};

}  // namespace open_cicd::logs
