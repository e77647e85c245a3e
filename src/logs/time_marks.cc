#include "logs/time_marks.h"

#include <algorithm>

namespace open_cicd::logs {
namespace {

constexpr std::string_view marks_magic = "oct1";
constexpr std::size_t marks_read_max = 64 * 1024;  // of one part; the writer makes fewer

// Seven bits a byte, the lowest ones first; the last byte has its highest bit clear.
void put_varint(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) to += static_cast<char>((number & 0x7f) | 0x80);
  to += static_cast<char>(number);
}

bool take_varint(std::string_view& from, std::uint64_t& to) {
  to = 0;
  for (unsigned shift = 0; shift < 63 && !from.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    to |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

void TimeMarks::add(std::span<const LogTime> times, std::int64_t begin, std::int64_t end) {
  for (const LogTime& time : times) {
    if (time.offset >= end) break;
    add({std::max(time.offset, begin), time.unix_ms});
  }
}

void TimeMarks::add(LogTime time) {
  if (marks_.empty()) return marks_.push_back(time);
  if (time.offset < marks_.back().offset) return;
  if (time.offset == marks_.back().offset) {
    marks_.back().unix_ms = std::max(marks_.back().unix_ms, time.unix_ms);
    return;
  }
  if (time.unix_ms < marks_.back().unix_ms + spacing_ms_) return;
  marks_.push_back(time);
  if (marks_.size() < marks_max) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < marks_.size(); i += 2) marks_[kept++] = marks_[i];
  marks_.resize(kept);
  spacing_ms_ *= 2;
}

std::optional<std::int64_t> TimeMarks::at(std::int64_t offset) const {
  const auto after = std::ranges::upper_bound(marks_, offset, {}, &LogTime::offset);
  return after == marks_.begin() ? std::nullopt : std::optional(std::prev(after)->unix_ms);
}

void TimeMarks::append(const TimeMarks& later) {
  for (const LogTime& mark : later.marks_)
    if (marks_.empty() || mark.offset > marks_.back().offset) marks_.push_back(mark);
}

std::string TimeMarks::encode(std::int64_t base) const {
  std::string bytes;
  if (marks_.empty()) return bytes;
  bytes += marks_magic;
  LogTime before{base, 0};
  for (const LogTime& mark : marks_) {
    put_varint(bytes, static_cast<std::uint64_t>(mark.offset - before.offset));
    put_varint(bytes, static_cast<std::uint64_t>(mark.unix_ms - before.unix_ms));
    before = mark;
  }
  return bytes;
}

TimeMarks TimeMarks::decode(std::string_view bytes, std::int64_t base) {
  TimeMarks marks;
  if (!bytes.starts_with(marks_magic)) return marks;
  bytes.remove_prefix(marks_magic.size());
  constexpr std::uint64_t number_max = std::uint64_t{1} << 54;
  constexpr std::int64_t sum_max = std::int64_t{1} << 60;
  LogTime before{base, 0};
  while (!bytes.empty() && marks.size() < marks_read_max) {
    std::uint64_t offset = 0, ms = 0;
    if (!take_varint(bytes, offset) || !take_varint(bytes, ms) || offset > number_max || ms > number_max) return {};
    before = {before.offset + static_cast<std::int64_t>(offset), before.unix_ms + static_cast<std::int64_t>(ms)};
    if (before.offset > sum_max || before.unix_ms > sum_max) return {};
    marks.marks_.push_back(before);
  }
  return marks;
}

}  // namespace open_cicd::logs
