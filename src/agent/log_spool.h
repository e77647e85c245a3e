// What the steps of one attempt have printed, kept until the server has acknowledged the finish: it may ask for any of
// it again.
//
// A log stays in memory while it is small, so that a small job costs no file; a larger one is an append-only file.
// Nothing is fsynced while the job runs, because the agent's own death ends the attempt anyway; save() is for the
// moment when the job has ended and the server cannot be told.
#pragma once

#include "agent/file.h"
#include "base/error.h"
#include "protocol/log_times.h"
#include "protocol/messages.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::agent {

struct SpoolSettings {
  std::int64_t attempt_bytes_max = std::int64_t{4} << 30;  // what is printed beyond is not counted: truncated()
  std::size_t step_memory_max = 64 << 10;                  // a larger log goes to a file
  std::size_t attempt_memory_max = 4 << 20;                // of all logs in memory together
  std::size_t step_times_max = 32 << 10;                   // marks of times; more, and every second one goes
};

// Single-threaded. Writes go to the page cache and are not offloaded: a hop to a worker would cost more.
class LogSpool {
 public:
  // Makes `directory` when the first file is needed.
  LogSpool(std::filesystem::path directory, SpoolSettings settings);
  // The spool that save() left in `directory`. A step of `sums` whose file is missing or shorter cannot be read again.
  static LogSpool restore(std::filesystem::path directory, const std::map<std::string, protocol::LogSum>& sums);

  // `printed_at` are Unix milliseconds. Errors: "agent" when the disk is full or gone; the bytes are then not counted.
  Result<void> append(int step, std::string_view bytes, std::optional<std::int64_t> printed_at = {});
  // Replaces `out` by at most `max` bytes from `offset`.
  Result<void> read(int step, std::int64_t offset, std::size_t max, std::string& out) const;
  // When the bytes [from, to) were printed: first what is in force at `from`, then what begins later. Not more than a
  // chunk may have, and one, which says where the next chunk begins. Those of an earlier process are not known.
  std::vector<protocol::LogTime> times(int step, std::int64_t from, std::int64_t to) const;
  // Ends counting for good: `step` keeps its first `size` bytes, and what any step prints from now on is dropped.
  Result<void> cut(int step, std::int64_t size);
  Result<void> save();  // every log durably in a file
  void remove();        // the files

  std::int64_t size(int step) const;
  std::vector<int> steps() const;  // those that printed, in order
  std::map<std::string, protocol::LogSum> sums() const;
  bool truncated() const { return truncated_; }

 private:
  struct StepLog {
    std::string memory;  // all of it, unless there is a file
    File file;
    std::int64_t size = 0;
    std::uint32_t crc = 0;
    std::vector<protocol::LogTime> times;
    std::int64_t spacing_ms = protocol::log_time_spacing_ms;  // of later ones
  };

  void mark(StepLog& log, std::int64_t printed_at) const;

  Result<void> store(int step, StepLog& log, std::string_view bytes);
  Result<void> move_to_file(int step, StepLog& log);
  std::filesystem::path path_of(int step) const;

  std::filesystem::path directory_;
  SpoolSettings settings_;
  std::map<int, StepLog> logs_;
  std::int64_t bytes_ = 0;
  std::size_t memory_ = 0;
  bool truncated_ = false;
};

}  // namespace open_cicd::agent
