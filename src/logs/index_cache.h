// The indexes of the steps whose logs grow, and of those that somebody reads.
#pragma once

#include "logs/attempt_id.h"
#include "logs/step_index.h"

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace open_cicd::logs {

// Thread-safe. Follows a log that grows: whoever has its next bytes adds them.
class SharedIndex {
 public:
  SharedIndex() = default;
  explicit SharedIndex(StepIndex index) : index_(std::move(index)) {}

  // Bytes that begin at `offset`. Those that are known are passed over; where bytes before them are missing, nothing
  // is added. Takes milliseconds for a segment: for the pool.
  void add(std::int64_t offset, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    if (offset > index_.bytes()) return;
    const auto known = static_cast<std::size_t>(index_.bytes() - offset);
    if (known < bytes.size()) index_.add(bytes.substr(known));
  }
  template <class F>
  auto look(F&& at) const {
    const std::lock_guard lock(mutex_);
    return at(index_);
  }
  std::int64_t bytes() const {
    return look([](const StepIndex& index) { return index.bytes(); });
  }

 private:
  mutable std::mutex mutex_;
  StepIndex index_;
};

// Thread-safe. The one that was not used for longest makes room for others: it can be made again from the log.
class IndexCache {
 public:
  struct Key {
    AttemptId id;
    int step = 0;
    std::uint64_t serial = 0;  // of a log that grows; 0: it has ended
    bool operator==(const Key&) const = default;
  };

  explicit IndexCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::shared_ptr<SharedIndex> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second.place);
    return found->second.index;
  }
  std::shared_ptr<SharedIndex> find_or_make(const Key& key) {
    const std::lock_guard lock(mutex_);
    return put(key, nullptr);
  }
  void replace(const Key& key, std::shared_ptr<SharedIndex> index) {
    const std::lock_guard lock(mutex_);
    forget(key);
    put(key, std::move(index));
  }
  void erase(const Key& key) {
    const std::lock_guard lock(mutex_);
    forget(key);
  }
  // It has grown. Asks the index itself, which another may be adding to.
  void measure(const Key& key, const SharedIndex& index) {
    const std::size_t bytes = index.look([](const StepIndex& i) { return i.memory(); });
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    held_ += bytes - std::exchange(found->second.bytes, bytes);
    make_room();
  }

 private:
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return AttemptIdHash()(key.id) ^ static_cast<std::size_t>(key.step) * 0x9e3779b1u ^
             static_cast<std::size_t>(key.serial) * 0x85ebca6bu;
    }
  };
  struct Entry {
    std::shared_ptr<SharedIndex> index;
    std::size_t bytes = 0;
    std::list<Key>::iterator place;
  };

  std::shared_ptr<SharedIndex> put(const Key& key, std::shared_ptr<SharedIndex> index) {
    const auto [entry, added] = entries_.try_emplace(key);
    if (!added) {
      order_.splice(order_.begin(), order_, entry->second.place);
      return entry->second.index;
    }
    if (!index) index = std::make_shared<SharedIndex>();
    order_.push_front(key);
    entry->second = {index, sizeof(SharedIndex), order_.begin()};
    held_ += sizeof(SharedIndex);
    make_room();
    return index;
  }
  void forget(const Key& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    held_ -= found->second.bytes;
    order_.erase(found->second.place);
    entries_.erase(found);
  }
  void make_room() {
    while (held_ > bytes_max_ && order_.size() > 1) forget(Key(order_.back()));
  }

  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::size_t held_ = 0;
  std::unordered_map<Key, Entry, KeyHash> entries_;
  std::list<Key> order_;  // most recently used first
};

}  // namespace open_cicd::logs
