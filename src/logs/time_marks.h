// When the bytes of a part of a log were printed: the marks that agents send, thinned to a bounded number.
#pragma once

#include "protocol/log_times.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::logs {

using protocol::LogTime;

// Ascending in both ways: a clock that goes back stands still here.
class TimeMarks {
 public:
  static constexpr std::size_t marks_max = 8192;  // more, and every second one goes

  // Those of a chunk, as far as they tell of the bytes [begin, end).
  void add(std::span<const LogTime> times, std::int64_t begin, std::int64_t end);
  void add(LogTime time);
  bool empty() const { return marks_.empty(); }
  std::size_t size() const { return marks_.size(); }
  // Of the byte at `offset`; nothing before the first mark.
  std::optional<std::int64_t> at(std::int64_t offset) const;
  // Marks of a later part of the log.
  void append(const TimeMarks& later);

  // As the bytes beside a compressed segment, which begins at `base` of its log. Empty if there are no marks.
  std::string encode(std::int64_t base) const;
  // What is damaged or of another kind has no marks.
  static TimeMarks decode(std::string_view bytes, std::int64_t base);

 private:
  std::vector<LogTime> marks_;
  std::int64_t spacing_ms_ = protocol::log_time_spacing_ms;
};

}  // namespace open_cicd::logs
