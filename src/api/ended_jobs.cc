#include "api/ended_jobs.h"

namespace open_cicd::api {
namespace {

std::size_t bytes_of(const ShownJob& job) {
  constexpr std::size_t upkeep = 256;  // the list's and the map's nodes, and what the allocator adds
  std::size_t bytes = upkeep + sizeof(ShownJob) + job.body.capacity() + job.tag.capacity();
  for (const std::string& agent : job.agents) bytes += sizeof agent + agent.capacity();
  return bytes;
}

}  // namespace

std::shared_ptr<const ShownJob> EndedJobs::find(JobId id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->job;
}

std::uint64_t EndedJobs::epoch() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

void EndedJobs::forget(const std::vector<JobId>& jobs) {
  const std::lock_guard lock(mutex_);
  ++epoch_;
  for (const JobId job : jobs) {
    const auto found = by_id_.find(job);
    if (found == by_id_.end()) continue;
    bytes_ -= found->second->bytes;
    entries_.erase(found->second);
    by_id_.erase(found);
  }
}

void EndedJobs::keep(JobId id, std::shared_ptr<const ShownJob> job, std::uint64_t epoch) {
  const std::size_t bytes = bytes_of(*job);
  const std::lock_guard lock(mutex_);
  if (epoch != epoch_ || bytes > limit_ || by_id_.contains(id)) return;
  for (; bytes_ + bytes > limit_; entries_.pop_back()) {
    bytes_ -= entries_.back().bytes;
    by_id_.erase(entries_.back().id);
  }
  entries_.push_front({.id = id, .job = std::move(job), .bytes = bytes});
  by_id_.emplace(id, entries_.begin());
  bytes_ += bytes;
}

std::size_t EndedJobs::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace open_cicd::api
