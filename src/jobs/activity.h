// What an open attempt's log says about it, in memory: a chunk renews its lease and begins its step without a database
// write each. The bytes are only in memory too at that time: a server that crashes forgets both.
#pragma once

#include "base/id.h"
#include "jobs/job.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace open_cicd::jobs {

// Thread-safe. Entries go with forget(), called when the attempt ends.
class Activity {
 public:
  void touch(JobId job);
  std::uint64_t count(JobId job) const;
  // The step's first byte has come. False when that was known.
  bool begin(JobId job, int attempt, int step, std::int64_t at);  // Unix milliseconds
  // Makes those of the attempt's pending steps `running` that have begun; setup's record appears with its first byte.
  void mark_begun(JobId job, int attempt, std::vector<StepRecord>& steps) const;
  void forget(JobId job);

 private:
  struct Entry {
    std::uint64_t count = 0;
    int attempt = 0;
    std::map<int, std::int64_t> begun;  // steps, and when
  };
  mutable std::mutex mutex_;
  std::unordered_map<JobId, Entry> entries_;
};

}  // namespace open_cicd::jobs
