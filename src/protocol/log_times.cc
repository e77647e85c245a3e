#include "protocol/log_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace open_cicd::protocol {
namespace {

constexpr std::size_t digits_max = 15;  // the sum of all marks of a chunk still is a number
constexpr std::int64_t offset_max = std::int64_t{1} << 60;
constexpr std::int64_t unix_ms_max = 253'402'300'799'999;  // the year 9999

std::optional<std::int64_t> read_log_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failure == std::errc() && end == text.data() + text.size();
  return whole && number >= 0 && text.size() <= digits_max ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string format_log_times(std::span<const LogTime> times, std::int64_t chunk_offset) {
  std::string text;
  LogTime before{chunk_offset, 0};
  for (const LogTime& time : times) {
    fmt::format_to(std::back_inserter(text), "{}{}+{}", text.empty() ? "" : ",", time.offset - before.offset,
                   time.unix_ms - before.unix_ms);
    before = time;
  }
  return text;
}

std::optional<std::vector<LogTime>> parse_log_times(std::string_view text, std::int64_t chunk_offset) {
  std::vector<LogTime> times;
  LogTime before{chunk_offset, 0};
  while (true) {
    const std::size_t end = text.find(',');
    const std::string_view mark = text.substr(0, end);
    const std::size_t plus = mark.find('+');
    if (plus == std::string_view::npos || times.size() >= log_times_max) return std::nullopt;
    const auto bytes = read_log_number(mark.substr(0, plus)), milliseconds = read_log_number(mark.substr(plus + 1));
    if (!bytes || !milliseconds || before.offset > offset_max) return std::nullopt;
    before = {before.offset + *bytes, std::min(before.unix_ms + *milliseconds, unix_ms_max)};
    times.push_back(before);
    if (end == std::string_view::npos) return times;
    text.remove_prefix(end + 1);
  }
}

}  // namespace open_cicd::protocol
