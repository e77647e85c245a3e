// When the bytes of a chunk of a log were printed, as an agent says it beside the chunk: "0+1764529200123,512+20,80+31".
// Each mark is how many bytes after the one before, and how many milliseconds; the first one counts from the chunk's
// beginning and from 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::protocol {

inline constexpr std::string_view log_times_header = "X-Log-Times";
inline constexpr std::size_t log_times_max = 256;     // marks of one chunk
inline constexpr std::int64_t log_time_spacing_ms = 20;  // two marks are at least so far apart

// What begins at `offset` of the log, up to the next one, was printed then.
struct LogTime {
  std::int64_t offset = 0;
  std::int64_t unix_ms = 0;
  bool operator==(const LogTime&) const = default;
};

// Ascending both ways, at or behind `chunk_offset`.
std::string format_log_times(std::span<const LogTime> times, std::int64_t chunk_offset);
// Nothing if it is not of that form, has more than log_times_max, or numbers that are no times.
std::optional<std::vector<LogTime>> parse_log_times(std::string_view text, std::int64_t chunk_offset);

}  // namespace open_cicd::protocol
