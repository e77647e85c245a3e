// In-process wake-ups: who changed, never what. A subscriber reads the database for the rest, so a lost event costs
// latency, not truth.
#pragma once

#include "base/id.h"

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

namespace open_cicd::events {

struct JobChanged {
  JobId job;
};  // its row, its attempt or a step of it
struct JobEnded {
  JobId job;
};  // its state is final
using Event = std::variant<JobChanged, JobEnded>;

// Thread-safe. Subscribers are called on the publisher's thread, after the commit, and must only post or set a flag.
class Bus {
 public:
  using Subscriber = std::function<void(const Event&)>;
  // The returned number unsubscribes. Subscribers are set up before the server starts; publish() takes no lock for
  // long.
  int subscribe(Subscriber subscriber) {
    const std::lock_guard lock(mutex_);
    subscribers_.emplace(++last_, std::move(subscriber));
    return last_;
  }
  void unsubscribe(int number) {
    const std::lock_guard lock(mutex_);
    subscribers_.erase(number);
  }
  void publish(const Event& event) {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, subscriber] : subscribers_) subscriber(event);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<int, Subscriber> subscribers_;
  int last_ = 0;
};

}  // namespace open_cicd::events
