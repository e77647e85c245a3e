// When each agent was last heard, and whether the poll that it promised to keep open is gone. Memory only: after a
// restart everybody counts as just heard, so a restart loses no lease.
#pragma once

#include "agents/settings.h"
#include "base/clock.h"
#include "base/id.h"

#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace open_cicd::agents {

// Thread-safe.
class Presence {
 public:
  Presence(const AgentSettings& settings, const Clock& clock)
      : settings_(settings), clock_(clock), started_(clock.monotonic()) {}

  void heard(AgentId agent);
  void watching(AgentId agent);       // a watched poll is pending now
  void watch_dropped(AgentId agent);  // its connection ended while the poll was pending
  void forget(AgentId agent);
  void server_stalled();  // the reaper saw a gap: connections may have died of it

  bool offline(AgentId agent) const;  // nothing heard for the lease TTL: it holds nothing any more
  // What people are told. Nothing hangs on it, so it need not be as sure as offline(): an agent whose watched poll
  // ended is away after watch_silence, and one that was not heard since the server's start after watch_grace.
  bool away(AgentId agent) const;
  // Agents whose watched poll ended and that were not heard since for watch_silence; empty while many went silent
  // together or the server has just started or stalled. An agent that is heard is dead no more.
  std::set<AgentId> dead();
  // Whose away() is another one than at the last call. `unheard`: so is that of all that were not heard since the
  // start.
  struct Moved {
    std::vector<AgentId> agents;
    bool unheard = false;
  };
  Moved take_moved();
  bool was_heard(AgentId agent) const;
  // Heard since the last call: for last_seen_at.
  std::vector<AgentId> take_heard();

 private:
  struct Entry {
    Milliseconds heard{};
    bool watching = false;
    bool dropped = false;
    bool in_mass = false;  // went silent together with many: only the TTL decides
    Milliseconds dropped_at{};
    bool fresh = false;
    bool told_away = false;
  };
  Entry& entry_of(AgentId agent);  // with the lock held
  bool is_away(const Entry& entry, Milliseconds now) const {
    return fell_silent(entry, now) || now - entry.heard >= settings_.lease_ttl;
  }
  // Its watched poll ended by itself, not with those of many, and nothing was heard for watch_silence.
  bool fell_silent(const Entry& entry, Milliseconds now) const {
    return entry.dropped && !entry.in_mass && now - entry.dropped_at >= settings_.watch_silence;
  }
  const AgentSettings& settings_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Milliseconds started_;  // or the last stall
  bool told_unheard_ = false;
  std::unordered_map<AgentId, Entry> entries_;
};

}  // namespace open_cicd::agents
