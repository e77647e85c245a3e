#include "agent/log_spool.h"

#include "base/crypto.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>

namespace open_cicd::agent {
namespace {

constexpr std::size_t reread_bytes = 1 << 20;

}  // namespace

LogSpool::LogSpool(std::filesystem::path directory, SpoolSettings settings)
    : directory_(std::move(directory)), settings_(settings) {}

LogSpool LogSpool::restore(std::filesystem::path directory, const std::map<std::string, protocol::LogSum>& sums) {
  LogSpool spool(std::move(directory), {});
  for (const auto& [name, sum] : sums) {
    int step = 0;
    std::from_chars(name.data(), name.data() + name.size(), step);
    StepLog& log = spool.logs_[step];
    log.size = sum.size;
    std::from_chars(sum.crc32c.data(), sum.crc32c.data() + sum.crc32c.size(), log.crc, 16);
    Result<File> file = File::open(spool.path_of(step), O_RDWR);
    if (file) log.file = std::move(*file);
  }
  return spool;
}

std::filesystem::path LogSpool::path_of(int step) const {
  return directory_ / fmt::format("{}.log", step);
}

Result<void> LogSpool::append(int step, std::string_view bytes, std::optional<std::int64_t> printed_at) {
  const std::int64_t room = settings_.attempt_bytes_max - bytes_;
  if (static_cast<std::int64_t>(bytes.size()) > room) {
    bytes = bytes.substr(0, static_cast<std::size_t>(std::max<std::int64_t>(room, 0)));
    settings_.attempt_bytes_max = bytes_ + static_cast<std::int64_t>(bytes.size());
    truncated_ = true;
  }
  if (bytes.empty()) return {};
  StepLog& log = logs_[step];
  if (Result<void> stored = store(step, log, bytes); !stored) return stored;
  if (printed_at) mark(log, *printed_at);
  log.crc = crc32c(bytes, log.crc);
  log.size += static_cast<std::int64_t>(bytes.size());
  bytes_ += static_cast<std::int64_t>(bytes.size());
  return {};
}

void LogSpool::mark(StepLog& log, std::int64_t printed_at) const {
  std::vector<protocol::LogTime>& times = log.times;
  if (!times.empty() && printed_at < times.back().unix_ms + log.spacing_ms) return;
  times.push_back({log.size, printed_at});
  if (times.size() < settings_.step_times_max) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < times.size(); i += 2) times[kept++] = times[i];
  times.resize(kept);
  log.spacing_ms *= 2;
}

std::vector<protocol::LogTime> LogSpool::times(int step, std::int64_t from, std::int64_t to) const {
  const auto found = logs_.find(step);
  if (found == logs_.end()) return {};
  const std::vector<protocol::LogTime>& times = found->second.times;
  auto next = std::ranges::upper_bound(times, from, {}, &protocol::LogTime::offset);
  std::vector<protocol::LogTime> some;
  if (next != times.begin()) some.push_back({from, std::prev(next)->unix_ms});
  for (; next != times.end() && next->offset < to && some.size() <= protocol::log_times_max; ++next)
    some.push_back(*next);
  return some;
}

Result<void> LogSpool::store(int step, StepLog& log, std::string_view bytes) {
  const bool fits = log.memory.size() + bytes.size() <= settings_.step_memory_max &&
                    memory_ + bytes.size() <= settings_.attempt_memory_max;
  if (!log.file && fits) {
    log.memory += bytes;
    memory_ += bytes.size();
    return {};
  }
  if (Result<void> moved = move_to_file(step, log); !moved) return moved;
  return log.file.write_at(log.size, bytes);
}

Result<void> LogSpool::move_to_file(int step, StepLog& log) {
  if (log.file) return {};
  std::error_code ec;
  std::filesystem::create_directories(directory_, ec);
  if (ec)
    return fail(ErrorKind::internal, "agent", fmt::format("cannot make {}: {}", directory_.string(), ec.message()));
  Result<File> file = File::open(path_of(step), O_RDWR | O_CREAT | O_TRUNC);
  if (!file) return std::unexpected(std::move(file.error()));
  if (Result<void> written = file->write_at(0, log.memory); !written) return written;
  memory_ -= log.memory.size();
  log.memory = std::string();
  log.file = std::move(*file);
  return {};
}

Result<void> LogSpool::read(int step, std::int64_t offset, std::size_t max, std::string& out) const {
  out.clear();
  const auto found = logs_.find(step);
  if (found == logs_.end() || offset >= found->second.size) return {};
  const StepLog& log = found->second;
  const std::size_t wanted = std::min(max, static_cast<std::size_t>(log.size - offset));
  if (log.file) {
    if (Result<void> read = log.file.read_at(offset, wanted, out); !read) return read;
  } else if (static_cast<std::int64_t>(log.memory.size()) == log.size) {
    out.assign(log.memory, static_cast<std::size_t>(offset), wanted);
  }
  if (out.size() == wanted) return {};
  return fail(ErrorKind::internal, "spool_gone", fmt::format("the log of step {} is no longer there", step));
}

Result<void> LogSpool::cut(int step, std::int64_t size) {
  truncated_ = true;
  settings_.attempt_bytes_max = 0;
  const auto found = logs_.find(step);
  if (found == logs_.end() || size >= found->second.size) return {};
  StepLog& log = found->second;
  std::uint32_t crc = 0;
  std::string piece;
  for (std::int64_t offset = 0; offset < size; offset += static_cast<std::int64_t>(piece.size())) {
    const std::size_t max = std::min(reread_bytes, static_cast<std::size_t>(size - offset));
    if (Result<void> done = read(step, offset, max, piece); !done) return done;
    crc = crc32c(piece, crc);
  }
  if (!log.file) {
    memory_ -= log.memory.size() - static_cast<std::size_t>(size);
    log.memory.resize(static_cast<std::size_t>(size));
  }
  log.size = size;
  log.crc = crc;
  std::erase_if(log.times, [size](const protocol::LogTime& time) { return time.offset >= size; });
  return {};
}

Result<void> LogSpool::save() {
  for (auto& [step, log] : logs_) {
    if (Result<void> moved = move_to_file(step, log); !moved) return moved;
    if (Result<void> synced = log.file.sync(); !synced) return synced;
  }
  return {};
}

void LogSpool::remove() {
  const bool has_files = std::ranges::any_of(logs_, [](const auto& entry) { return bool(entry.second.file); });
  logs_.clear();
  std::error_code ignored;
  if (has_files) std::filesystem::remove_all(directory_, ignored);
}

std::int64_t LogSpool::size(int step) const {
  const auto found = logs_.find(step);
  return found == logs_.end() ? 0 : found->second.size;
}

std::vector<int> LogSpool::steps() const {
  std::vector<int> steps;
  for (const auto& [step, log] : logs_) steps.push_back(step);
  return steps;
}

std::map<std::string, protocol::LogSum> LogSpool::sums() const {
  std::map<std::string, protocol::LogSum> sums;
  for (const auto& [step, log] : logs_)
    sums[std::to_string(step)] = {.size = log.size, .crc32c = format_crc32c(log.crc)};
  return sums;
}

}  // namespace open_cicd::agent
