// How ended jobs are shown, kept in memory: a job that has ended never changes, and people, scripts and badges ask for
// it again and again.
#pragma once

#include "base/id.h"

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace open_cicd::api {

// The answer to GET /api/v1/jobs/{id}. Names of agents are those of the time it was made.
struct ShownJob {
  std::string body;
  std::string tag;                  // its ETag
  std::vector<std::string> agents;  // ids of those that held a lease of it
};

// Thread-safe. The job that was not asked for longest makes room for the next.
class EndedJobs {
 public:
  static constexpr std::size_t bytes_max = 16 << 20;  // about ten thousand jobs of a few steps

  explicit EndedJobs(std::size_t limit = bytes_max) : limit_(limit) {}
  std::shared_ptr<const ShownJob> find(JobId id);
  // To be read before the job is: keep() takes nothing that may have been deleted since.
  std::uint64_t epoch() const;
  // Only one that has ended and whose leases are closed.
  void keep(JobId id, std::shared_ptr<const ShownJob> job, std::uint64_t epoch);
  void forget(const std::vector<JobId>& jobs);  // they were deleted
  std::size_t size() const;                     // jobs

 private:
  struct Entry {
    JobId id;
    std::shared_ptr<const ShownJob> job;
    std::size_t bytes = 0;
  };
  using Entries = std::list<Entry>;  // the one asked for last in front

  const std::size_t limit_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<JobId, Entries::iterator> by_id_;
  std::size_t bytes_ = 0;
  std::uint64_t epoch_ = 0;  // moves when jobs are deleted
};

}  // namespace open_cicd::api
