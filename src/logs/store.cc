#include "logs/store.h"

#include "base/crypto.h"
#include "base/log.h"
#include "db/row.h"
#include "logs/folders.h"

#include <algorithm>
#include <unistd.h>

namespace open_cicd::logs {
namespace {

constexpr std::size_t closed_max = 4096;  // some seconds' worth: far longer than a request takes from its check to here
constexpr int step_max = 1'000'000;       // far above any job; the job's own rule comes first

constexpr db::Query sizes_of_rows{.name = "log_sizes",
                                  .sql = "SELECT step, size FROM small_logs WHERE job_id = $1 AND attempt = $2"};
constexpr db::Query bytes_of_row{.name = "log_bytes",
                                 .sql = "SELECT data FROM small_logs WHERE job_id = $1 AND attempt = $2 AND step = $3"};

struct SizeRow {
  int step = 0;
  std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(SizeRow, (), (step, size))

db::Params params_of(const AttemptId& id) {
  return {id.job.str(), std::int64_t{id.attempt}};
}

}  // namespace

Store::Store(LogSettings settings, db::Session& session, WorkerPool& pool, std::function<void(JobId)> grown)
    : shared_(std::make_shared<Shared>(std::move(settings), pool)), session_(session), grown_(std::move(grown)) {}

std::shared_ptr<AttemptLog> Store::growing(AttemptId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = growing_.find(id);
  return found == growing_.end() ? nullptr : found->second;
}

// What was admitted while the attempt was open, and comes after its end was committed, gets a log that takes nothing
// and that nobody else sees: a new one in memory would hide the stored one from readers.
std::shared_ptr<AttemptLog> Store::ended_meanwhile(AttemptId id) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_.contains(id)) return nullptr;
  }
  auto log = std::make_shared<AttemptLog>(shared_, id);
  log->freeze(true);
  return log;
}

void Store::remember_closed(AttemptId id) {
  if (!closed_.insert(id).second) return;
  closed_order_.push_back(id);
  if (closed_order_.size() <= closed_max) return;
  closed_.erase(closed_order_.front());
  closed_order_.pop_front();
}

Task<std::shared_ptr<AttemptLog>> Store::for_append(AttemptId id) {
  if (auto log = growing(id)) co_return log;
  if (auto log = ended_meanwhile(id)) co_return log;
  // Nearly every attempt is new: one look that its folder is missing instead of a change of threads.
  std::shared_ptr<AttemptLog> log;
  if (::access(job_folder(shared_->settings.directory, id.job).c_str(), F_OK) != 0) {
    log = std::make_shared<AttemptLog>(shared_, id);
  } else {
    log = co_await offload(shared_->pool, [shared = shared_, id] { return AttemptLog::recover(shared, id); });
    if (auto ended = ended_meanwhile(id)) co_return ended;
  }
  {
    const std::lock_guard lock(mutex_);
    if (!closed_.contains(id)) {
      forget_ended(id);
      co_return growing_.try_emplace(id, std::move(log)).first->second;
    }
  }
  co_return ended_meanwhile(id);  // by another thread, in this moment
}

Task<Result<std::int64_t>> Store::append(AttemptId id, int step, std::int64_t offset, std::string_view bytes,
                                         std::optional<std::uint32_t> expected_crc, std::vector<LogTime> times) {
  if (bytes.size() > shared_->settings.chunk_bytes_max) {
    co_return fail(ErrorKind::too_large, "log_chunk",
                   fmt::format("A chunk of a log may have {} bytes.", shared_->settings.chunk_bytes_max));
  }
  std::vector<FieldError> wrong;
  if (step < -1 || step > step_max) wrong.push_back({"step", "must be a step of the job, or −1 for setup"});
  if (offset < 0) wrong.push_back({"offset", "must not be negative"});
  if (!wrong.empty()) co_return invalid_fields(std::move(wrong));
  if (expected_crc && crc32c(bytes) != *expected_crc) {
    std::vector<FieldError> fields{{"crc32c", fmt::format("the bytes have {}", format_crc32c(crc32c(bytes)))}};
    co_return std::unexpected(Error(ErrorKind::invalid, "crc", "The chunk was damaged on its way: send it again.")
                                  .with_fields(std::move(fields)));
  }
  const auto attempt = co_await for_append(id);
  auto log = attempt->step(step);
  if (!log)
    co_return fail(ErrorKind::conflict, "bad_transition",
                   "The job's finish is being stored: its log takes no more bytes.");
  co_return co_await append_to(std::move(log), id.job, offset, bytes, times);
}

Task<Result<std::int64_t>> Store::append_to(std::shared_ptr<StepLog> log, JobId job, std::int64_t offset,
                                            std::string_view bytes, std::span<const LogTime> times) {
  const std::int64_t end = offset + static_cast<std::int64_t>(bytes.size());
  while (true) {
    const Result<std::int64_t> reached =
        log->take(offset, bytes.substr(bytes.size() - static_cast<std::size_t>(end - offset)), times);
    if (!reached) co_return reached;
    if (*reached > offset) grown_(job);
    offset = *reached;
    if (offset == end) co_return log->sum().size;
    Result<void> room = co_await log->wait_for_room();
    if (!room) co_return std::unexpected(std::move(room.error()));
  }
}

Task<Result<std::int64_t>> Store::append_lines(AttemptId id, int step, std::int64_t seq,
                                               std::vector<std::string> lines) {
  if (step < -1 || step > step_max) co_return invalid_fields({{"step", "must be a step of the job, or −1 for setup"}});
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  if (text.size() > shared_->settings.chunk_bytes_max) {
    co_return fail(ErrorKind::too_large, "log_chunk",
                   fmt::format("The lines of one request may have {} bytes.", shared_->settings.chunk_bytes_max));
  }
  const auto attempt = co_await for_append(id);
  auto log = attempt->step(step);
  if (!log)
    co_return fail(ErrorKind::conflict, "bad_transition",
                   "The job's finish is being stored: its log takes no more bytes.");
  const std::int64_t size = log->sum().size;
  const StepLog::Seq order = log->advance_seq(seq);
  if (order.gap_at)
    co_return std::unexpected(Error(ErrorKind::range, "seq_gap", fmt::format("Lines {} come first.", *order.gap_at))
                                  .with_fact("next_seq", *order.gap_at));
  if (!order.fresh) co_return size;
  Result<std::int64_t> next = co_await append_to(log, id.job, order.offset, text, {});
  if (!next) log->withdraw_seq(seq, order.offset);
  co_return next;
}

Task<Sizes> Store::next_offsets(AttemptId id) {
  if (const auto log = growing(id)) co_return log->sizes();
  if (::access(job_folder(shared_->settings.directory, id.job).c_str(), F_OK) != 0) co_return Sizes();
  const auto log = co_await for_append(id);
  co_return log->sizes();
}

Task<void> Store::seal_all() {
  std::vector<std::shared_ptr<AttemptLog>> logs;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, log] : growing_) logs.push_back(log);
  }
  for (const auto& log : logs) {
    for (const auto& [number, step] : log->steps()) {
      try {
        co_await step->seal_all();
      } catch (const std::runtime_error& e) {
        log_warn("a log stays in memory and has to be sent again", {{"error", e.what()}});
      }
    }
  }
}

Task<void> Store::remove(std::vector<JobId> jobs) {
  {
    const std::lock_guard lock(mutex_);
    ++ended_epoch_;
    ended_.remove_if([&](const auto& entry) { return std::ranges::find(jobs, entry.first.job) != jobs.end(); });
  }
  co_await offload(shared_->pool, [shared = shared_, jobs = std::move(jobs)] {
    for (const JobId job : jobs) remove_job_folder(shared->settings.directory, job);
  });
}

Task<std::vector<JobFolder>> Store::folders(int shard) {
  co_return co_await offload(shared_->pool,
                             [shared = shared_, shard] { return job_folders(shared->settings.directory, shard); });
}

void Store::forget_ended(const AttemptId& id) {
  ++ended_epoch_;
  ended_.remove_if([&](const auto& entry) { return entry.first == id; });
}

Task<std::shared_ptr<const Source>> Store::source(AttemptId id) {
  std::uint64_t epoch;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = growing_.find(id); found != growing_.end()) co_return found->second;
    const auto found = std::ranges::find(ended_, id, [](const auto& entry) { return entry.first; });
    if (found != ended_.end()) {
      ended_.splice(ended_.begin(), ended_, found);
      co_return found->second;
    }
    epoch = ended_epoch_;
  }
  auto log = std::make_shared<EndedLog>();
  if (::access(job_folder(shared_->settings.directory, id.job).c_str(), F_OK) == 0) {
    log = co_await offload(shared_->pool, [shared = shared_, id] { return EndedLog::open_files(*shared, id); });
  }
  const db::Rows rows = co_await session_.read(sizes_of_rows, params_of(id));
  for (const SizeRow& row : db::read_all<SizeRow>(rows)) log->add_row(*shared_, row.step, row.size);

  const std::lock_guard lock(mutex_);
  if (const auto found = growing_.find(id); found != growing_.end()) co_return found->second;
  if (ended_epoch_ == epoch) {
    ended_.emplace_front(id, log);
    if (ended_.size() > shared_->settings.ended_attempts_max) ended_.pop_back();
  }
  co_return log;
}

Task<std::string> Store::read(std::shared_ptr<const Source> source, AttemptId id, int step, std::int64_t offset,
                              std::size_t max) {
  Piece piece = source->peek(step, offset, max);
  if (auto* bytes = std::get_if<std::string>(&piece)) co_return std::move(*bytes);
  const Stored& stored = std::get<Stored>(piece);
  auto from = static_cast<std::size_t>(offset - stored.segment.raw_offset);
  auto bytes = shared_->cache.find(stored.key);
  if (!bytes) bytes = co_await load(stored, id, step);
  if (!bytes) co_return "";
  co_return bytes->substr(from, max);
}

Task<std::string> Store::packed_row(AttemptId id, int step) {
  db::Params params = params_of(id);
  params.emplace_back(std::int64_t{step});
  const db::Rows rows = co_await session_.read(bytes_of_row, std::move(params));
  co_return rows.empty() ? std::string() : std::string(rows.bytes(0, 0));
}

Task<SegmentCache::Bytes> Store::load(Stored stored, AttemptId id, int step) {
  std::string packed;
  if (!stored.file) {
    packed = co_await packed_row(id, step);
    if (packed.empty()) co_return nullptr;
  }
  co_return co_await offload(shared_->pool, [shared = shared_, stored = std::move(stored), packed = std::move(packed)] {
    // Many readers may have missed it at once: the first of them loads it.
    auto bytes = shared->cache.find(stored.key);
    if (bytes) return bytes;
    bytes = std::make_shared<const std::string>(stored.file ? stored.file->load(stored.segment)
                                                            : decompress(packed, stored.segment.raw_size));
    shared->cache.insert(stored.key, bytes);
    return bytes;
  });
}

}  // namespace open_cicd::logs
