#include "logs/step_log.h"

#include "base/crypto.h"
#include "base/log.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>

namespace open_cicd::logs {
namespace {

constexpr std::size_t early_segment_bytes_min = 16 * 1024;  // tails below it stay in memory, whatever all logs hold
constexpr std::chrono::seconds disk_wait_max{30};
constexpr int level_of_rows = 3;
constexpr int folders_above = 3;  // attempt.step file → job → two digits → the store's own

Waiter::Time disk_deadline() {
  return std::chrono::steady_clock::now() + disk_wait_max;
}

}  // namespace

StepLog::StepLog(std::shared_ptr<Shared> shared, const AttemptId& id, int step, std::filesystem::path path,
                 std::shared_ptr<std::atomic<std::int64_t>> attempt_bytes)
    : shared_(std::move(shared)),
      id_(id),
      step_(step),
      path_(std::move(path)),
      attempt_bytes_(std::move(attempt_bytes)),
      serial_(shared_->next_serial++) {}

StepLog::~StepLog() {
  shared_->unsealed_bytes -= tail_.size() + sealing_.size();
}

void StepLog::restore(std::shared_ptr<SegmentFile> file, std::vector<Segment> segments) {
  const std::lock_guard lock(mutex_);
  file_ = std::move(file);
  segments_ = std::move(segments);
  cut_before_append_ = true;
  folders_new_ = true;
  size_ = sealed_end();
  crc_ = segments_.empty() ? 0 : segments_.back().log_crc;
  *attempt_bytes_ += size_;
}

Result<std::int64_t> StepLog::take(std::int64_t offset, std::string_view bytes, std::span<const LogTime> times) {
  const std::lock_guard lock(mutex_);
  if (freezes_ > 0)
    return fail(ErrorKind::conflict, "bad_transition",
                "The job's finish is being stored: its log takes no more bytes.");
  if (offset > size_) {
    return std::unexpected(
        Error(ErrorKind::range, "log_gap", fmt::format("The log has {} bytes; send from there.", size_))
            .with_fact("next", size_));
  }
  const std::int64_t held = std::min<std::int64_t>(size_ - offset, static_cast<std::int64_t>(bytes.size()));
  if (held > 0 && overlap_differs(offset, bytes.substr(0, static_cast<std::size_t>(held)))) {
    return fail(ErrorKind::conflict, "log_conflict", "The log already has other bytes at this offset.");
  }
  bytes.remove_prefix(static_cast<std::size_t>(held));
  if (bytes.empty()) return offset + held;
  const std::int64_t limit = shared_->settings.job_bytes_max;
  if (*attempt_bytes_ + static_cast<std::int64_t>(bytes.size()) > limit) {
    return std::unexpected(
        Error(ErrorKind::too_large, "log_limit", fmt::format("A job's log may have {} bytes.", limit))
            .with_fact("next", size_));
  }

  const std::size_t max = tail_bytes_max();
  const std::string_view fresh = bytes.substr(0, max - std::min(max, tail_.size()));
  grow_tail(fresh.size());
  tail_.append(fresh);
  tail_times_.add(times, size_, size_ + static_cast<std::int64_t>(fresh.size()));
  size_ += static_cast<std::int64_t>(fresh.size());
  crc_ = crc32c(fresh, crc_);
  *attempt_bytes_ += static_cast<std::int64_t>(fresh.size());
  shared_->unsealed_bytes += fresh.size();
  if (wants_sealing()) start_sealing();
  return offset + held + static_cast<std::int64_t>(fresh.size());
}

// Nearly full, all logs together, they are sealed in smaller segments; full, they take no more than a little each until
// something is on disk.
bool StepLog::wants_sealing() const {
  const LogSettings& settings = shared_->settings;
  return tail_.size() >= settings.segment_bytes ||
         (tail_.size() >= early_segment_bytes_min && shared_->unsealed_bytes > settings.unsealed_bytes_max / 2);
}

std::size_t StepLog::tail_bytes_max() const {
  const LogSettings& settings = shared_->settings;
  return shared_->unsealed_bytes < settings.unsealed_bytes_max
             ? settings.segment_bytes
             : std::min(settings.segment_bytes, early_segment_bytes_min);
}

// A long tail doubles up to a segment, so that many logs hold about the bytes that they have; or it takes over a whole
// buffer that another has done with.
void StepLog::grow_tail(std::size_t bytes) {
  const std::size_t wanted = tail_.size() + bytes;
  if (wanted <= shared_->settings.small_bytes_max || wanted <= tail_.capacity()) return;
  std::string buffer = shared_->buffers.take();
  buffer.reserve(std::clamp(2 * tail_.capacity(), wanted, std::max(wanted, shared_->settings.segment_bytes)));
  buffer.append(tail_);
  tail_.swap(buffer);
}

// Only the part in memory is compared: reading segments back would make a repeated chunk cost more than a new one.
bool StepLog::overlap_differs(std::int64_t offset, std::string_view bytes) const {
  const auto differs = [&](std::int64_t begin, std::string_view held) {
    const std::int64_t from = std::max(offset, begin);
    const std::int64_t to =
        std::min(offset + static_cast<std::int64_t>(bytes.size()), begin + static_cast<std::int64_t>(held.size()));
    if (from >= to) return false;
    const auto size = static_cast<std::size_t>(to - from);
    return bytes.substr(static_cast<std::size_t>(from - offset), size) !=
           held.substr(static_cast<std::size_t>(from - begin), size);
  };
  const std::int64_t sealing_begin = sealed_end();
  return differs(sealing_begin, sealing_) || differs(sealing_begin + static_cast<std::int64_t>(sealing_.size()), tail_);
}

// After a restart the last number is not known: a log whose memory is gone asks from 0 again, one that was in a file
// goes on.
StepLog::Seq StepLog::advance_seq(std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  if (last_seq_ && seq <= *last_seq_) return {.fresh = false};
  const std::int64_t next = last_seq_ ? *last_seq_ + 1 : size_ == 0 ? 0 : seq;
  if (seq != next) return {.fresh = false, .gap_at = next};
  last_seq_ = seq;
  return {.fresh = true, .offset = std::exchange(withdrawn_at_, std::nullopt).value_or(size_)};
}

void StepLog::withdraw_seq(std::int64_t seq, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  if (last_seq_ != seq) return;
  last_seq_ = seq - 1;
  withdrawn_at_ = offset;
}

StepLog::Sum StepLog::sum() const {
  const std::lock_guard lock(mutex_);
  return {size_, crc_};
}

TimeMarks StepLog::times_in_memory() const {
  const std::lock_guard lock(mutex_);
  TimeMarks times = sealing_times_;
  times.append(tail_times_);
  return times;
}

std::uint64_t StepLog::serial() const {
  const std::lock_guard lock(mutex_);
  return serial_;
}

Piece StepLog::peek(std::int64_t offset, std::size_t max) const {
  const std::lock_guard lock(mutex_);
  if (offset >= size_) return std::string();
  const std::int64_t in_memory = sealed_end();
  if (offset < in_memory) {
    const std::size_t index = segment_at(segments_, offset);
    return Stored{file_, segments_[index], {serial_, index}};
  }
  auto from = static_cast<std::size_t>(offset - in_memory);
  std::string bytes;
  if (from < sealing_.size()) bytes = sealing_.substr(from, max);
  from = std::max(from, sealing_.size()) - sealing_.size();
  if (bytes.size() < max) bytes.append(tail_, from, max - bytes.size());
  return bytes;
}

void StepLog::start_sealing() {
  if (sealing_active_ || (sealing_.empty() && tail_.empty())) return;
  if (sealing_.empty()) {
    sealing_.swap(tail_);
    sealing_times_ = std::exchange(tail_times_, {});
    sealing_crc_ = crc_;
  }
  sealing_active_ = true;
  asio::post(shared_->pool, [self = shared_from_this()] { self->seal(); });
}

void StepLog::seal() {
  try {
    write_segment();
  } catch (const std::exception& e) {
    log_error("a log segment could not be written", {{"file", path_.string()}, {"error", e.what()}});
    const std::lock_guard lock(mutex_);
    seal_error_ = e.what();
  }
  std::vector<std::shared_ptr<Waiter>> waiters;
  {
    const std::lock_guard lock(mutex_);
    sealing_active_ = false;
    if (seal_error_.empty() && wants_sealing()) start_sealing();
    waiters.swap(waiters_);
  }
  for (auto& waiter : waiters) Waiter::wake(std::move(waiter));
}

void StepLog::write_segment() {
  std::shared_ptr<SegmentFile> file;
  std::int64_t raw_offset;
  std::int64_t at;
  bool cut;
  std::uint64_t serial;
  {
    const std::lock_guard lock(mutex_);
    file = file_;
    serial = serial_;
    raw_offset = sealed_end();
    at = file_end();
    cut = cut_before_append_;
  }
  const bool created = file == nullptr;
  if (created) file = SegmentFile::create(path_);
  if (cut) file->truncate(at);
  const Segment segment = file->append(sealing_, sealing_times_.encode(raw_offset), raw_offset, sealing_crc_, at);
  index_segment(raw_offset, serial);

  const std::lock_guard lock(mutex_);
  file_ = std::move(file);
  folders_new_ = folders_new_ || created;
  cut_before_append_ = false;
  segments_.push_back(segment);
  seal_error_.clear();
  shared_->unsealed_bytes -= sealing_.size();
  sealing_times_ = {};
  std::string buffer;
  buffer.swap(sealing_);
  if (buffer.capacity() >= shared_->settings.segment_bytes) shared_->buffers.give(std::move(buffer));
}

// Here the bytes are at hand: later they would have to be read and decompressed again. An index that was dropped is
// made when somebody asks for it.
void StepLog::index_segment(std::int64_t raw_offset, std::uint64_t serial) {
  const IndexCache::Key key{id_, step_, serial};
  const auto index = raw_offset == 0 ? shared_->indexes.find_or_make(key) : shared_->indexes.find(key);
  if (!index) return;
  index->add(raw_offset, sealing_);
  shared_->indexes.measure(key, *index);
}

Task<bool> StepLog::wait_while_sealing() {
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
  {
    const std::lock_guard lock(mutex_);
    if (!sealing_active_) co_return false;
    waiters_.push_back(waiter);
  }
  co_await waiter->wait_until(disk_deadline());
  co_return true;
}

Task<Result<void>> StepLog::wait_for_room() {
  const Waiter::Time deadline = disk_deadline();
  std::string trouble;
  for (bool tried = false; trouble.empty(); tried = true) {
    {
      const std::lock_guard lock(mutex_);
      if (tail_.size() < tail_bytes_max()) co_return Result<void>();
      if (tried && !sealing_active_)
        trouble = seal_error_;
      else if (std::chrono::steady_clock::now() > deadline)
        trouble = "the disk is too slow";
      if (trouble.empty()) start_sealing();
    }
    if (trouble.empty()) co_await wait_while_sealing();
  }
  co_return std::unexpected(Error(ErrorKind::unavailable, "log_store", "The server cannot store the log now.")
                                .with_detail(std::move(trouble))
                                .with_retry_after(std::chrono::seconds(5)));
}

void StepLog::freeze(bool frozen) {
  const std::lock_guard lock(mutex_);
  freezes_ += frozen ? 1 : -1;
}

int StepLog::resets() const {
  const std::lock_guard lock(mutex_);
  return resets_;
}

Task<void> StepLog::reset() {
  while (co_await wait_while_sealing()) {
  }
  bool had_file = false;
  {
    const std::lock_guard lock(mutex_);
    if (sealing_active_) throw std::runtime_error("a log that is being reset is still written");
    *attempt_bytes_ -= size_;
    shared_->unsealed_bytes -= tail_.size() + sealing_.size();
    tail_.clear();
    tail_times_ = {};
    sealing_.clear();
    sealing_times_ = {};
    seal_error_.clear();
    segments_.clear();
    had_file = file_ != nullptr;
    file_ = nullptr;  // readers in the middle of it keep their descriptor
    cut_before_append_ = false;
    last_seq_.reset();
    size_ = 0;
    crc_ = 0;
    serial_ = shared_->next_serial++;
    ++resets_;
  }
  if (had_file) std::filesystem::remove(path_);
}

Task<void> StepLog::seal_all() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (!sealing_active_ && sealing_.empty() && tail_.empty()) co_return;
      start_sealing();
    }
    co_await wait_while_sealing();
    const std::lock_guard lock(mutex_);
    if (!seal_error_.empty()) throw std::runtime_error(fmt::format("the log cannot be stored: {}", seal_error_));
  }
}

Task<std::optional<db::Bytes>> StepLog::settle() {
  std::optional<std::string> raw;
  std::string times;
  {
    const std::lock_guard lock(mutex_);
    if (!file_ && sealing_.empty() && tail_.size() <= shared_->settings.small_bytes_max) {
      raw = tail_;
      times = tail_times_.encode(0);
    }
  }
  if (raw) {
    // A few lines compress in less time than a change of threads takes.
    if (raw->size() <= 16 * 1024) co_return db::Bytes{compress(*raw, times, level_of_rows)};
    std::string packed = co_await offload(shared_->pool, [text = std::move(*raw), times = std::move(times)] {
      return compress(text, times, level_of_rows);
    });
    co_return db::Bytes{std::move(packed)};
  }
  co_await seal_all();
  std::shared_ptr<SegmentFile> file;
  bool folders;
  {
    const std::lock_guard lock(mutex_);
    file = file_;
    folders = folders_new_;
  }
  co_await offload(shared_->pool, [file, folders, path = path_] {
    file->sync();
    if (folders) sync_folders(path, folders_above);
  });
  const std::lock_guard lock(mutex_);
  folders_new_ = false;
  co_return std::nullopt;
}

}  // namespace open_cicd::logs
