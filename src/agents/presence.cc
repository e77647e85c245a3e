#include "agents/presence.h"

#include <algorithm>

namespace open_cicd::agents {

Presence::Entry& Presence::entry_of(AgentId agent) {
  const auto [entry, added] = entries_.try_emplace(agent);
  if (added) entry->second.told_away = told_unheard_;
  return entry->second;
}

void Presence::heard(AgentId agent) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(agent);
  entry.heard = clock_.monotonic();
  entry.dropped = entry.in_mass = false;
  entry.fresh = true;
}

void Presence::watching(AgentId agent) {
  const std::lock_guard lock(mutex_);
  entry_of(agent).watching = true;
}

void Presence::watch_dropped(AgentId agent) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entry_of(agent);
  entry.dropped = true;
  entry.dropped_at = clock_.monotonic();
}

void Presence::forget(AgentId agent) {
  const std::lock_guard lock(mutex_);
  entries_.erase(agent);
}

void Presence::server_stalled() {
  const std::lock_guard lock(mutex_);
  started_ = clock_.monotonic();
}

bool Presence::offline(AgentId agent) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(agent);
  const Milliseconds last = found == entries_.end() ? started_ : found->second.heard;
  return clock_.monotonic() - last >= settings_.lease_ttl;
}

bool Presence::away(AgentId agent) const {
  const std::lock_guard lock(mutex_);
  const Milliseconds now = clock_.monotonic();
  const auto found = entries_.find(agent);
  if (found == entries_.end()) return now - started_ >= settings_.watch_grace;
  return is_away(found->second, now);
}

std::set<AgentId> Presence::dead() {
  const std::lock_guard lock(mutex_);
  const Milliseconds now = clock_.monotonic();
  if (now - started_ < settings_.watch_grace) return {};
  std::size_t watching = 0, silent = 0;
  for (const auto& [agent, entry] : entries_) {
    watching += entry.watching ? 1 : 0;
    silent += entry.dropped && now - entry.dropped_at < settings_.watch_mass_window ? 1 : 0;
  }
  const bool mass = silent >= std::max<std::size_t>(3, (watching + 4) / 5);
  std::set<AgentId> dead;
  for (auto& [agent, entry] : entries_) {
    if (mass && entry.dropped && now - entry.dropped_at < settings_.watch_mass_window) entry.in_mass = true;
    if (!fell_silent(entry, now)) continue;
    entry.watching = false;
    dead.insert(agent);
  }
  return dead;
}

bool Presence::was_heard(AgentId agent) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(agent);
}

Presence::Moved Presence::take_moved() {
  const std::lock_guard lock(mutex_);
  const Milliseconds now = clock_.monotonic();
  Moved moved;
  for (auto& [agent, entry] : entries_)
    if (const bool away = is_away(entry, now); away != std::exchange(entry.told_away, away))
      moved.agents.push_back(agent);
  if (!told_unheard_ && now - started_ >= settings_.watch_grace) moved.unheard = told_unheard_ = true;
  return moved;
}

std::vector<AgentId> Presence::take_heard() {
  const std::lock_guard lock(mutex_);
  std::vector<AgentId> heard;
  for (auto& [agent, entry] : entries_) {
    if (std::exchange(entry.fresh, false)) heard.push_back(agent);
  }
  return heard;
}

}  // namespace open_cicd::agents
