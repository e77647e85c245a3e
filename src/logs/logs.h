// Logs of jobs: appended by agents, read as byte ranges, watched live over Server-Sent Events.
//
// A step's log begins in memory; a short one ends in the database, inside the finish's own transaction, and never
// touches a file. A longer one becomes a file of zstd frames (logs/segment_file.h). See
// docs/decisions/0003-log-store.md.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/id.h"
#include "base/offload.h"
#include "db/db.h"
#include "events/bus.h"
#include "http/message.h"
#include "jobs/log_ledger.h"
#include "jobs/snapshot.h"
#include "logs/folders.h"
#include "logs/line_pages.h"
#include "logs/line_search.h"
#include "protocol/log_times.h"

#include <prometheus/registry.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::logs {

struct LogSettings {
  std::filesystem::path directory;          // made when the first long log needs it
  std::size_t small_bytes_max = 64 * 1024;  // of one step: up to here its log lives in the database
  std::size_t segment_bytes = 1024 * 1024;  // raw bytes of one compressed frame; also the unsealed bytes of one step
  std::int64_t job_bytes_max = std::int64_t{4} << 30;  // of one attempt, all steps
  std::size_t chunk_bytes_max = 1024 * 1024;           // of one append
  // Of all logs. From the half of it on tails are sealed early, as smaller frames; beyond it appends wait for that.
  std::size_t unsealed_bytes_max = 64 * 1024 * 1024;
  std::size_t cache_bytes_max = 4 * 1024 * 1024;    // decompressed segments that readers share
  std::size_t index_bytes_max = 32 * 1024 * 1024;   // of the indexes of lines, of all logs together
  std::int64_t index_file_bytes_min = 1024 * 1024;  // of a step's log: that of a shorter one is made again in no time
  std::size_t searches_max = 8;                     // at the same time
  std::size_t searches_per_viewer_max = 2;
  std::chrono::milliseconds search_time_max{10'000};  // of one request
  std::size_t ended_attempts_max = 16;                // whose segment tables and descriptors are kept for readers
  std::size_t streams_max = 5000;
  std::size_t streams_per_viewer_max = 20;
  std::size_t ring_bytes_max = 256 * 1024;       // encoded live events of one job, shared by its viewers
  std::size_t live_event_bytes_max = 16 * 1024;  // raw bytes of one live event
  std::size_t replay_bytes_max =
      64 * 1024;  // raw bytes that a viewer who catches up reads at once, an eighth when many do
  std::chrono::milliseconds ping_interval{4'000};  // proxies end a silent stream, some after 5 s
  std::chrono::milliseconds step_grace{
      2'000};  // a step without a reported end is over this long after a later one printed
};

// Holds one place among the open streams until its last copy is gone.
class StreamTicket {
 public:
  explicit StreamTicket(std::shared_ptr<void> place) : place_(std::move(place)) {}

 private:
  std::shared_ptr<void> place_;
};

using SnapshotSource = std::function<Task<Result<jobs::JobSnapshot>>(JobId)>;

// Thread-safe. Awaiting callers run on a serial executor: one core's io_context, or a strand. Whether the lease allows
// an append is the caller's check; this class holds bytes, lengths and checksums. `session`, `pool`, `bus` outlive it;
// await stop() before destroying it.
class Logs final : public jobs::LogLedger {
 public:
  Logs(LogSettings settings, db::Session& session, WorkerPool& pool, events::Bus& bus, SnapshotSource snapshots,
       std::shared_ptr<prometheus::Registry> metrics);
  ~Logs() override;
  Logs(const Logs&) = delete;

  void start();          // listens to the bus
  void close_streams();  // every open stream sends its retry hint and returns; new ones do so at once
  Task<void> stop();     // close_streams(), and what is in memory goes to files, so that agents need not send it again

  // --- Agents. `bytes` live until the await returns; `times` say when they were printed, as far as it is known. The
  // result is the step's length: what to send next. Errors: range log_gap {next}; conflict log_conflict (bytes held
  // already differ; told only while they are in memory); conflict bad_transition (frozen by a finish); too_large
  // log_limit {next}; too_large log_chunk; invalid crc (of field crc32c); unavailable log_store (the disk refuses).
  // After an error some of the chunk may have been appended: `offset` makes a repeat harmless.
  Task<Result<std::int64_t>> append(JobId job, int attempt, int step, std::int64_t offset, std::string_view bytes,
                                    std::optional<std::uint32_t> crc32c, std::vector<protocol::LogTime> times = {});
  // Appends at the end, a line feed after each line. A `seq` that is not above the step's last one adds nothing.
  Task<Result<std::int64_t>> append_lines(JobId job, int attempt, int step, std::int64_t seq,
                                          std::vector<std::string> lines);
  // The lengths of all steps that have bytes: a claim's log_offsets. Empty for a new attempt.
  Task<std::map<int, std::int64_t>> next_offsets(JobId job, int attempt);

  // --- LogLedger
  Task<Result<jobs::LogVerdict>> verify(JobId job, int attempt, jobs::LogClaim claim) override;
  Task<void> persist(db::Transaction& tx, JobId job, int attempt, const jobs::LogVerdict& verdict) override;
  void close(JobId job, int attempt, bool committed) override;

  // --- Retention. The logs of jobs that the database does not know any more: their files go, and what is kept in
  // memory for readers. Who reads one at this moment gets it to its end or an early one; a viewer's stream ends.
  Task<void> remove(std::vector<JobId> jobs);
  // The jobs with files of one part of the store: 0 … shard_count − 1.
  Task<std::vector<JobFolder>> folders(int shard);

  // --- Readers. A step or attempt without bytes has size 0; whether the job exists is the caller's check. Without
  // `step`: all of the attempt's steps, setup first.
  Task<std::int64_t> size(JobId job, int attempt, std::optional<int> step = {});
  // At most `max` bytes from `offset`; fewer at the end. Error: range log_offset {size}.
  Task<Result<std::string>> read(JobId job, int attempt, int step, std::int64_t offset, std::size_t max);
  // The bytes [begin, end) in bounded pieces, for a body with a content length. Returns early if the peer or the bytes
  // are gone.
  Task<void> stream_raw(JobId job, int attempt, std::optional<int> step, std::int64_t begin, std::int64_t end,
                        http::BodyWriter& writer);

  // --- Lines: numbered from 1 in each step. `standing` is the attempt's as it was read before, so what is counted is
  // never more than what is there.
  Task<LogIndex> index(JobId job, int attempt, AttemptStanding standing);
  // At most `count` lines from `from` on, and at most page_bytes_max of text.
  Task<LinePage> lines(JobId job, int attempt, int step, AttemptStanding standing, std::int64_t from,
                       std::int64_t count);
  // From `from` to the end, or until it was enough for one request. Errors: invalid (of field q); unavailable
  // too_many_searches, with retry_after.
  Task<Result<SearchPage>> search(JobId job, int attempt, AttemptStanding standing, SearchFor what, LinePlace from,
                                  std::size_t matches_max, Searcher searcher);

  // --- Viewers. `viewer` is whom the limit per viewer counts. Error: unavailable too_many_streams, with retry_after.
  Result<StreamTicket> admit_stream(std::string viewer);
  // The body of an event stream: events attempt, step, status, log, lagged, end (docs/reference/agent-protocol.md).
  // Returns after `end`, when the writer fails, or, with a retry hint, when `shutting_down` says so (asked at each
  // wake-up; close_streams() wakes all).
  Task<void> stream_events(JobId job, std::optional<std::string> last_event_id, http::BodyWriter& writer,
                           std::function<bool()> shutting_down);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace open_cicd::logs
