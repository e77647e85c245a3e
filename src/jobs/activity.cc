#include "jobs/activity.h"

#include <algorithm>

namespace open_cicd::jobs {

void Activity::touch(JobId job) {
  const std::lock_guard lock(mutex_);
  ++entries_[job].count;
}

std::uint64_t Activity::count(JobId job) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(job);
  return found == entries_.end() ? 0 : found->second.count;
}

bool Activity::begin(JobId job, int attempt, int step, std::int64_t at) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[job];
  if (entry.attempt < attempt) {
    entry.attempt = attempt;
    entry.begun.clear();
  }
  return entry.attempt == attempt && entry.begun.emplace(step, at).second;
}

void Activity::mark_begun(JobId job, int attempt, std::vector<StepRecord>& steps) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(job);
  if (found == entries_.end() || found->second.attempt != attempt) return;
  for (const auto& [step, at] : found->second.begun) {
    auto record = std::ranges::find(steps, step, &StepRecord::step);
    if (record == steps.end() && step == -1)
      record = steps.insert(steps.begin(), StepRecord{.step = -1, .name = "setup"});
    if (record == steps.end() || record->state != StepState::pending) continue;
    record->state = StepState::running;
    record->started_at = at;
  }
}

void Activity::forget(JobId job) {
  const std::lock_guard lock(mutex_);
  entries_.erase(job);
}

}  // namespace open_cicd::jobs
