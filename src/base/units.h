// Durations and sizes as people write them: "30m", "1h30m", "500ms"; "512Mi", "2g". Used by settings and by the
// pipeline language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd {

// What to write instead, for error messages.
inline constexpr std::string_view duration_examples = "30m, 1h30m, 10s or 500ms";
inline constexpr std::string_view size_examples = "512Mi or 2Gi";

// Whole numbers with the units d, h, m, s, ms, from large to small, each at most once; milliseconds. Nothing for
// anything else, a bare number included ("30" of what?), and for more than 10,000 days.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);
std::string format_duration(std::int64_t milliseconds);  // "1h30m", "0s"; parse_duration_ms reads it back

// Bytes: a whole number, alone or with k, m, g, t in either case, with or without a trailing "i", "b" or "ib". Always
// powers of 1024, as Docker reads them. Nothing for anything else, and for 2^53 and more.
std::optional<std::int64_t> parse_size_bytes(std::string_view text);

}  // namespace open_cicd
