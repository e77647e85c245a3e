// Every limit of secrets, in one place.
#pragma once

#include <cstddef>

namespace open_cicd::secrets::limits {

inline constexpr std::size_t name_bytes_max = 100;
inline constexpr std::size_t value_bytes_max = 48 << 10;
inline constexpr std::size_t secrets_of_job_max = 200;
inline constexpr std::size_t secrets_of_scope_max = 1000;
inline constexpr std::size_t patterns_max = 50;  // of one secret: events, branches, images, each
inline constexpr std::size_t pattern_bytes_max = 500;
inline constexpr std::size_t keys_max = 16;
inline constexpr std::size_t key_file_bytes_max = 16 << 10;

}  // namespace open_cicd::secrets::limits
