// By what a failure is known again in another run: its first error line, without what differs each time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace open_cicd::analysis {

inline constexpr std::size_t line_text_max = 500;  // bytes of a line that is shown or compared

// A line of a log as text: without escape sequences and control characters, cut to line_text_max.
std::string plain_text(std::string_view line);

// The same for lines that differ only in numbers, hashes, ids, times, addresses and temporary names. "" of a line in
// which nothing is left to compare.
std::string fingerprint_of(std::string_view plain);

}  // namespace open_cicd::analysis
