// In-process wake-ups: who changed, never what. A subscriber reads the database for the rest, so a lost event costs
// latency, not truth.
#pragma once

#include "base/id.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

namespace open_cicd::events {

struct JobChanged {
  JobId job;
  std::optional<RunId> run = {};
};  // its row, its attempt or a step of it
struct JobEnded {
  JobId job;
  std::optional<RunId> run = {};
};  // its state is final
struct RunChanged {
  RunId run;
  bool ended = false;
};  // its row, or that it is under way now
struct AgentChanged {
  AgentId agent;
};  // its row, its lease, or what the server knows of it in memory
using Event = std::variant<JobChanged, JobEnded, RunChanged, AgentChanged>;

// Thread-safe. Subscribers are called on the publisher's thread, after the commit, and must only post or set a flag.
class Bus {
 public:
  // An agent is shown from its row, its lease and from memory, so no column counts its changes; this does. What is
  // counted begins with `first_revision`, which has to be higher after each start of the server.
  explicit Bus(std::int64_t first_revision = 1) : first_revision_(first_revision), revision_(first_revision) {}

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
    if (const auto* changed = std::get_if<AgentChanged>(&event)) revisions_[changed->agent] = ++revision_;
    for (const auto& [number, subscriber] : subscribers_) subscriber(event);
  }

  // Of agents. Who reads one asks for the newest first and then labels what was read with revision_of(): so it is never
  // older than its label.
  std::int64_t newest_revision() const {
    const std::lock_guard lock(mutex_);
    return revision_;
  }
  std::int64_t revision_of(AgentId agent, std::int64_t newest) const {
    const std::lock_guard lock(mutex_);
    const auto found = revisions_.find(agent);
    return found == revisions_.end() ? first_revision_ : std::min(found->second, newest);
  }
  void forget(AgentId agent) {
    const std::lock_guard lock(mutex_);
    revisions_.erase(agent);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<int, Subscriber> subscribers_;
  int last_ = 0;
  const std::int64_t first_revision_;
  std::int64_t revision_;
  std::unordered_map<AgentId, std::int64_t> revisions_;
};

}  // namespace open_cicd::events
