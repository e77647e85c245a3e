// Every limit of the masker, in one place.
#pragma once

#include <cstddef>

namespace open_cicd::masker::limits {

inline constexpr std::size_t secrets_max = 200;              // of a job
inline constexpr std::size_t secrets_bytes_max = 256 << 10;  // of a job, all together: their forms take 100 times that
inline constexpr std::size_t value_bytes_min = 4;            // a shorter value is not masked
inline constexpr std::size_t line_bytes_min = 8;             // a shorter line of a longer value is not masked alone
inline constexpr std::size_t piece_bytes_max = 64;           // less than that is held back
inline constexpr std::size_t stride_max = 16;                // of the search: see patterns.h
inline constexpr std::size_t filter_bytes_max = 512 << 10;   // of each filter: more would not stay in a core's cache

}  // namespace open_cicd::masker::limits
