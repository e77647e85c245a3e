// The part of the store that knows where lines begin: indexes are kept, written beside long logs, and made again.
#include "base/log.h"
#include "logs/store.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <unistd.h>

namespace open_cicd::logs {
namespace {

constexpr std::int64_t index_file_bytes_max = 64 * 1024 * 1024;

// An index can be lost: it is not flushed, its checksum tells what is whole, and it names the log that it is of.
void write_index(const std::filesystem::path& path, const std::string& bytes) {
  const std::filesystem::path fresh = path.string() + fmt::format(".{}", ::getpid());
  std::error_code failed;
  {
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), std::ssize(bytes));
    if (!file.flush()) failed = std::make_error_code(std::errc::io_error);
  }
  if (!failed) std::filesystem::rename(fresh, path, failed);
  if (!failed) return;
  std::error_code none;
  std::filesystem::remove(fresh, none);
}

std::shared_ptr<SharedIndex> read_index(const std::filesystem::path& path, std::int64_t size, std::uint32_t crc) {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(path, missing);
  if (missing || bytes > static_cast<std::uintmax_t>(index_file_bytes_max)) return nullptr;
  std::string text(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), std::ssize(text))) return nullptr;
  auto index = StepIndex::decode(text, size, crc);
  return index ? std::make_shared<SharedIndex>(std::move(*index)) : nullptr;
}

}  // namespace

Task<std::int64_t> Store::scan(std::shared_ptr<const Source> source, AttemptId id, int step, std::int64_t offset,
                               std::function<std::int64_t(std::string_view)> look) {
  Piece piece = source->peek(step, offset, shared_->settings.segment_bytes);
  if (auto* bytes = std::get_if<std::string>(&piece)) {
    if (bytes->empty()) co_return 0;
    co_return co_await offload(shared_->pool,
                               [bytes = std::move(*bytes), look = std::move(look)] { return look(bytes); });
  }
  const Stored stored = std::get<Stored>(std::move(piece));
  const auto from = static_cast<std::size_t>(offset - stored.segment.raw_offset);
  auto kept = shared_->cache.find(stored.key);
  if (!kept && !stored.file) {
    kept = co_await load(stored, id, step);
    if (!kept) co_return 0;
  }
  co_return co_await offload(shared_->pool, [stored, kept = std::move(kept), from, look = std::move(look)] {
    const std::string own = kept ? std::string() : stored.file->load(stored.segment);
    return look(std::string_view(kept ? *kept : own).substr(from));
  });
}

// What is in memory is asked first: it may be in the file a moment later. Between two offsets there may be any number
// of segments, and only those that have one of them are read.
Task<std::vector<std::optional<std::int64_t>>> Store::times(std::shared_ptr<const Source> source, AttemptId id,
                                                            int step, std::vector<std::int64_t> offsets) {
  const TimeMarks in_memory = source->times_in_memory(step);
  TimeMarks of_segment;
  std::int64_t segment_end = 0;
  std::vector<std::optional<std::int64_t>> times;
  times.reserve(offsets.size());
  for (const std::int64_t offset : offsets) {
    if (offset >= segment_end) {
      const Piece piece = source->peek(step, offset, 1);
      if (const auto* stored = std::get_if<Stored>(&piece)) {
        segment_end = stored->segment.raw_end();
        of_segment = co_await stored_times(*stored, id, step);
      } else {
        segment_end = std::numeric_limits<std::int64_t>::max();
        of_segment = in_memory;
      }
    }
    times.push_back(of_segment.at(offset));
  }
  co_return times;
}

Task<TimeMarks> Store::stored_times(Stored stored, AttemptId id, int step) {
  if (stored.file)
    co_return co_await offload(shared_->pool, [stored = std::move(stored)] {
      return TimeMarks::decode(stored.file->load_times(stored.segment), stored.segment.raw_offset);
    });
  const std::string packed = co_await packed_row(id, step);
  co_return TimeMarks::decode(times_of(packed), stored.segment.raw_offset);
}

Task<std::shared_ptr<SharedIndex>> Store::stored_index(std::shared_ptr<const Source> source, AttemptId id, int step,
                                                       std::int64_t size) {
  if (size < shared_->settings.index_file_bytes_min) co_return nullptr;
  const Piece end = source->peek(step, size - 1, 1);
  const auto* stored = std::get_if<Stored>(&end);
  if (stored == nullptr || !stored->file) co_return nullptr;
  co_return co_await offload(shared_->pool, [path = index_file(shared_->settings.directory, id, step), size,
                                             crc = stored->segment.log_crc] { return read_index(path, size, crc); });
}

Task<std::shared_ptr<SharedIndex>> Store::index(std::shared_ptr<const Source> source, AttemptId id, int step,
                                                std::int64_t size) {
  const IndexCache::Key key{id, step, source->serial(step)};
  const bool ended = key.serial == 0;
  auto index = shared_->indexes.find(key);
  if (index && ended && index->bytes() != size && index->look([](const StepIndex& i) { return i.has_ended(); }))
    index = nullptr;  // of this log before its last bytes came
  if (!index && ended) {
    index = co_await stored_index(source, id, step, size);
    if (index) shared_->indexes.replace(key, index);
  }
  if (!index) {
    shared_->indexes.erase(key);
    index = shared_->indexes.find_or_make(key);
  }
  if (index->bytes() >= size) co_return index;
  for (std::int64_t at = index->bytes(); at < size; at = index->bytes()) {
    const std::int64_t passed = co_await scan(source, id, step, at, [index, at](std::string_view bytes) {
      index->add(at, bytes);
      return std::ssize(bytes);
    });
    if (passed == 0) break;  // the log was deleted meanwhile
  }
  shared_->indexes.measure(key, *index);
  if (ended && index->bytes() == size && size >= shared_->settings.index_file_bytes_min) {
    const Piece end = source->peek(step, size - 1, 1);
    const auto* stored = std::get_if<Stored>(&end);
    if (stored != nullptr && stored->file)
      asio::post(shared_->pool,
                 [index, crc = stored->segment.log_crc, path = index_file(shared_->settings.directory, id, step)] {
                   write_index(path, index->look([crc](const StepIndex& i) { return i.encode(crc); }));
                 });
  }
  co_return index;
}

// What was made while the log grew is that of the log that has ended.
void Store::keep_indexes(const AttemptId& id, const AttemptLog& log) {
  for (const auto& [step, step_log] : log.steps()) {
    const StepLog::Sum sum = step_log->sum();
    const IndexCache::Key key{id, step, 0};
    const IndexCache::Key growing{id, step, step_log->serial()};
    auto index = shared_->indexes.find(growing);
    shared_->indexes.erase(growing);
    shared_->indexes.erase(key);
    if (!index || index->bytes() != sum.size) continue;
    shared_->indexes.replace(key, index);
    shared_->indexes.measure(key, *index);
    if (sum.size < shared_->settings.index_file_bytes_min) continue;
    asio::post(shared_->pool, [index, crc = sum.crc32c, path = index_file(shared_->settings.directory, id, step)] {
      write_index(path, index->look([crc](const StepIndex& i) { return i.encode(crc); }));
    });
  }
}

}  // namespace open_cicd::logs
