#include "logs/attempt_log.h"

#include <charconv>

namespace open_cicd::logs {
namespace {

constexpr std::string_view file_ending = ".log.zst";
constexpr std::string_view index_ending = ".index";

// "2.-1.log.zst" → {2, −1}; nothing for any other name.
std::optional<std::pair<int, int>> parse_name(std::string_view name) {
  if (!name.ends_with(file_ending)) return std::nullopt;
  name.remove_suffix(file_ending.size());
  const std::size_t dot = name.find('.');
  if (dot == name.npos) return std::nullopt;
  std::pair<int, int> numbers;
  const auto whole = [](std::string_view text, int& number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc() && end == text.data() + text.size();
  };
  if (!whole(name.substr(0, dot), numbers.first) || !whole(name.substr(dot + 1), numbers.second)) return std::nullopt;
  return numbers;
}

}  // namespace

std::filesystem::path job_folder(const std::filesystem::path& directory, JobId job) {
  const std::string id = job.str();
  return directory / id.substr(id.size() - 2) / id;
}

std::filesystem::path step_file(const std::filesystem::path& directory, const AttemptId& id, int step) {
  return job_folder(directory, id.job) / fmt::format("{}.{}{}", id.attempt, step, file_ending);
}

std::filesystem::path index_file(const std::filesystem::path& directory, const AttemptId& id, int step) {
  return job_folder(directory, id.job) / fmt::format("{}.{}{}", id.attempt, step, index_ending);
}

std::map<int, std::filesystem::path> step_files(const std::filesystem::path& directory, const AttemptId& id) {
  std::map<int, std::filesystem::path> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(job_folder(directory, id.job), none)) {
    const auto numbers = parse_name(entry.path().filename().string());
    if (numbers && numbers->first == id.attempt) found.emplace(numbers->second, entry.path());
  }
  return found;
}

std::shared_ptr<AttemptLog> AttemptLog::recover(std::shared_ptr<Shared> shared, const AttemptId& id) {
  auto log = std::make_shared<AttemptLog>(shared, id);
  for (const auto& [step, path] : step_files(shared->settings.directory, id)) {
    auto file = SegmentFile::open(path, SegmentFile::Mode::append);
    if (!file) continue;
    auto segments = file->scan(SegmentFile::Check::bytes);
    log->step(step)->restore(std::move(file), std::move(segments));
  }
  return log;
}

std::shared_ptr<StepLog> AttemptLog::step(int step) {
  const std::lock_guard lock(mutex_);
  if (freezes_ > 0) return nullptr;
  std::shared_ptr<StepLog>& log = steps_[step];
  if (!log)
    log = std::make_shared<StepLog>(shared_, id_, step, step_file(shared_->settings.directory, id_, step), bytes_);
  return log;
}

std::shared_ptr<StepLog> AttemptLog::find(int step) const {
  const std::lock_guard lock(mutex_);
  const auto found = steps_.find(step);
  return found == steps_.end() ? nullptr : found->second;
}

std::map<int, std::shared_ptr<StepLog>> AttemptLog::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

void AttemptLog::freeze(bool frozen) {
  const std::lock_guard lock(mutex_);
  freezes_ += frozen ? 1 : -1;
  for (const auto& [number, log] : steps_) log->freeze(frozen);
}

Sizes AttemptLog::sizes() const {
  Sizes sizes;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, log] : steps_) {
    if (const std::int64_t size = log->sum().size; size > 0) sizes.emplace(number, size);
  }
  return sizes;
}

Piece AttemptLog::peek(int step, std::int64_t offset, std::size_t max) const {
  const auto log = find(step);
  return log ? log->peek(offset, max) : Piece();
}

TimeMarks AttemptLog::times_in_memory(int step) const {
  const auto log = find(step);
  return log ? log->times_in_memory() : TimeMarks();
}

std::uint64_t AttemptLog::serial(int step) const {
  const auto log = find(step);
  return log ? log->serial() : 0;
}

std::shared_ptr<EndedLog> EndedLog::open_files(Shared& shared, const AttemptId& id) {
  auto log = std::make_shared<EndedLog>();
  for (const auto& [step, path] : step_files(shared.settings.directory, id)) {
    auto file = SegmentFile::open(path, SegmentFile::Mode::read);
    if (!file) continue;
    auto segments = file->scan(SegmentFile::Check::headers);
    if (!segments.empty()) log->steps_[step] = {std::move(file), std::move(segments), shared.next_serial++};
  }
  return log;
}

void EndedLog::add_row(Shared& shared, int step, std::int64_t size) {
  Segment segment;
  segment.raw_size = static_cast<std::uint32_t>(size);
  steps_[step] = {nullptr, {segment}, shared.next_serial++};
}

Sizes EndedLog::sizes() const {
  Sizes sizes;
  for (const auto& [number, step] : steps_) sizes.emplace(number, step.segments.back().raw_end());
  return sizes;
}

Piece EndedLog::peek(int step, std::int64_t offset, std::size_t) const {
  const auto found = steps_.find(step);
  if (found == steps_.end() || offset >= found->second.segments.back().raw_end()) return {};
  const std::size_t index = segment_at(found->second.segments, offset);
  return Stored{found->second.file, found->second.segments[index], {found->second.serial, index}};
}

}  // namespace open_cicd::logs
