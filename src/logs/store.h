// All logs: the attempts that grow, and readers of those that ended.
#pragma once

#include "db/db.h"
#include "jobs/log_ledger.h"
#include "logs/attempt_log.h"
#include "logs/shared.h"

#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace open_cicd::logs {

// Thread-safe; coroutines run on the caller's serial executor. The contracts are those of Logs.
class Store {
 public:
  // `grown` is told of every job that got bytes or gave some up, on the caller's thread and without a lock.
  Store(LogSettings settings, db::Session& session, WorkerPool& pool, std::function<void(JobId)> grown);

  Task<Result<std::int64_t>> append(AttemptId id, int step, std::int64_t offset, std::string_view bytes,
                                    std::optional<std::uint32_t> expected_crc, std::vector<LogTime> times);
  Task<Result<std::int64_t>> append_lines(AttemptId id, int step, std::int64_t seq, std::vector<std::string> lines);
  Task<Sizes> next_offsets(AttemptId id);

  Task<Result<jobs::LogVerdict>> verify(AttemptId id, jobs::LogClaim claim);
  static Task<void> persist(db::Transaction& tx, AttemptId id, const jobs::LogVerdict& verdict);
  void close(AttemptId id, bool committed);
  Task<void> remove(std::vector<JobId> jobs);
  Task<std::vector<JobFolder>> folders(int shard);
  Task<void> seal_all();  // of every attempt that grows; what the disk refuses stays in memory

  // The attempt's bytes as they are now. What grows later shows in the same object only while the attempt grows: ask
  // again.
  Task<std::shared_ptr<const Source>> source(AttemptId id);
  std::shared_ptr<AttemptLog> growing(AttemptId id) const;  // null if it does not grow
  // Bytes from `offset`, at most `max`; fewer at the end of a segment, none at the end of the log
  // and of one that was deleted meanwhile.
  Task<std::string> read(std::shared_ptr<const Source> source, AttemptId id, int step, std::int64_t offset,
                         std::size_t max);

  // Up to a segment from `offset` on, handed to `look` on the pool, which says how many bytes it took. Returns that; 0
  // as read() is empty. What passes here is not kept for other readers.
  Task<std::int64_t> scan(std::shared_ptr<const Source> source, AttemptId id, int step, std::int64_t offset,
                          std::function<std::int64_t(std::string_view)> look);
  // When the bytes at these offsets, which ascend, were printed; nothing where it is not known.
  Task<std::vector<std::optional<std::int64_t>>> times(std::shared_ptr<const Source> source, AttemptId id, int step,
                                                       std::vector<std::int64_t> offsets);
  // Of at least the first `size` bytes: kept from before, read from its file, or made from the log.
  Task<std::shared_ptr<SharedIndex>> index(std::shared_ptr<const Source> source, AttemptId id, int step,
                                           std::int64_t size);

  const LogSettings& settings() const { return shared_->settings; }
  WorkerPool& pool() const { return shared_->pool; }

 private:
  std::shared_ptr<AttemptLog> ended_meanwhile(AttemptId id);
  void remember_closed(AttemptId id);  // with the lock
  Task<std::shared_ptr<AttemptLog>> for_append(AttemptId id);
  Task<Result<std::int64_t>> append_to(std::shared_ptr<StepLog> log, JobId job, std::int64_t offset,
                                       std::string_view bytes, std::span<const LogTime> times);
  Task<TimeMarks> stored_times(Stored stored, AttemptId id, int step);
  Task<std::string> packed_row(AttemptId id, int step);  // "": retention was quicker
  Task<SegmentCache::Bytes> load(Stored stored, AttemptId id, int step);
  void forget_ended(const AttemptId& id);
  void keep_indexes(const AttemptId& id, const AttemptLog& log);
  Task<std::shared_ptr<SharedIndex>> stored_index(std::shared_ptr<const Source> source, AttemptId id, int step,
                                                  std::int64_t size);

  const std::shared_ptr<Shared> shared_;
  db::Session& session_;
  const std::function<void(JobId)> grown_;

  mutable std::mutex mutex_;
  std::unordered_map<AttemptId, std::shared_ptr<AttemptLog>, AttemptIdHash> growing_;
  std::unordered_set<AttemptId, AttemptIdHash> closed_;  // the ends of late
  std::deque<AttemptId> closed_order_;
  std::list<std::pair<AttemptId, std::shared_ptr<const EndedLog>>> ended_;  // most recently used first
  std::uint64_t ended_epoch_ =
      0;  // moves when an entry of ended_ may have become wrong, so that one being loaded is not kept
};

}  // namespace open_cicd::logs
