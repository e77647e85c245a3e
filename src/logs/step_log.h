// The growing log of one step: a tail in memory, sealed segments in a file.
#pragma once

#include "base/error.h"
#include "base/waiter.h"
#include "db/db.h"
#include "logs/attempt_id.h"
#include "logs/shared.h"
#include "logs/source.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::logs {

// Raw bytes are in order: segments (on disk) | sealing (being compressed by the pool) | tail. Appends only copy to
// memory; one that finds the tail full while the segment before it is still being compressed waits for that. When all
// logs together hold too much, a tail is full sooner.
// Thread-safe; owned by shared_ptr because the pool holds it while it seals. Coroutines run on the caller's serial
// executor and the caller keeps the object.
class StepLog : public std::enable_shared_from_this<StepLog> {
 public:
  struct Sum {
    std::int64_t size = 0;
    std::uint32_t crc32c = 0;
    bool operator==(const Sum&) const = default;
  };

  // `attempt_bytes` counts the bytes of all steps of the attempt and outlives this.
  StepLog(std::shared_ptr<Shared> shared, const AttemptId& id, int step, std::filesystem::path path,
          std::shared_ptr<std::atomic<std::int64_t>> attempt_bytes);
  ~StepLog();
  // Takes over what an earlier process left, after a scan with Check::bytes.
  void restore(std::shared_ptr<SegmentFile> file, std::vector<Segment> segments);

  // Appends what fits of `bytes`, which begin at `offset`, and returns the offset after what is held of them. Errors as
  // Logs::append. `times` may be those of more bytes.
  Result<std::int64_t> take(std::int64_t offset, std::string_view bytes, std::span<const LogTime> times);
  Task<Result<void>> wait_for_room();  // error: unavailable log_store
  // For append_lines: true if `seq` is new, and then it is the last one.
  struct Seq {
    bool fresh = false;                       // the next number: take the lines
    std::int64_t offset = 0;                  // of a fresh one: where its lines begin
    std::optional<std::int64_t> gap_at = {};  // numbers are missing: this one first
  };
  Seq advance_seq(std::int64_t seq);
  // Its lines could not be appended whole: it may come again, and its lines begin at the same offset.
  void withdraw_seq(std::int64_t seq, std::int64_t offset);

  Sum sum() const;
  Piece peek(std::int64_t offset, std::size_t max) const;
  TimeMarks times_in_memory() const;
  std::uint64_t serial() const;

  void freeze(bool frozen);
  int resets() const;
  Task<void> reset();  // gives all bytes up; throws if the disk does not let go of the file
  // Makes everything durable in the file, or returns the compressed bytes if the log is short enough for the database.
  Task<std::optional<db::Bytes>> settle();
  Task<void> seal_all();  // as settle(), but always to the file, and without waiting for the disk

 private:
  void start_sealing();  // with the lock held
  void seal();           // on the pool
  void write_segment();  // the part of seal() without the lock
  void index_segment(std::int64_t raw_offset, std::uint64_t serial);
  Task<bool> wait_while_sealing();  // false: it was not sealing
  bool wants_sealing() const;
  std::size_t tail_bytes_max() const;
  void grow_tail(std::size_t bytes);
  bool overlap_differs(std::int64_t offset, std::string_view bytes) const;
  std::int64_t sealed_end() const { return segments_.empty() ? 0 : segments_.back().raw_end(); }
  std::int64_t file_end() const { return segments_.empty() ? 0 : segments_.back().file_end(); }

  const std::shared_ptr<Shared> shared_;
  const AttemptId id_;
  const int step_;
  const std::filesystem::path path_;
  const std::shared_ptr<std::atomic<std::int64_t>> attempt_bytes_;

  mutable std::mutex mutex_;
  std::string tail_;
  TimeMarks tail_times_;
  std::string sealing_;            // read by the pool without the lock while sealing_active_
  TimeMarks sealing_times_;        // likewise
  std::uint32_t sealing_crc_ = 0;  // of the log up to the end of sealing_
  bool sealing_active_ = false;
  std::string seal_error_;  // why the last try failed; its bytes are still in sealing_
  std::vector<std::shared_ptr<Waiter>> waiters_;

  std::shared_ptr<SegmentFile> file_;
  std::vector<Segment> segments_;
  bool cut_before_append_ = false;  // a torn write may follow the last whole segment
  bool folders_new_ = false;        // their names are not durable yet
  std::uint64_t serial_;

  std::int64_t size_ = 0;
  std::uint32_t crc_ = 0;
  std::optional<std::int64_t> last_seq_;
  std::optional<std::int64_t> withdrawn_at_;  // where the lines of the next number begin, if some of them are there
  int freezes_ = 0;                           // finishes that compare or store it now
  int resets_ = 0;
};

}  // namespace open_cicd::logs
