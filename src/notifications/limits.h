// Every limit of notifications, in one place.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>

namespace open_cicd::notifications::limits {

inline constexpr std::int64_t targets_max = 50;  // of a repository, and of the server
inline constexpr std::size_t url_bytes_max = 2048;
inline constexpr std::size_t addresses_max = 20;
inline constexpr std::size_t address_bytes_max = 254;  // RFC 5321, 4.5.3.1.3, without its brackets
inline constexpr std::size_t patterns_max = 100;
inline constexpr std::size_t pattern_bytes_max = 1024;
inline constexpr std::size_t jobs_listed_max = 50;  // failing ones, in a letter
inline constexpr std::size_t answer_bytes_max = 64 << 10;
inline constexpr std::size_t shown_bytes_max = 300;  // of what a receiver says

inline constexpr Milliseconds send_time_max{10'000};       // of a webhook
inline constexpr Milliseconds letter_time_max{20'000};     // of an e-mail
inline constexpr Milliseconds retry_max{300'000};          // between two tries
inline constexpr Milliseconds asked_pause_max{3'600'000};  // that a receiver may ask for
inline constexpr Milliseconds broken_pause{10'000};        // after what should not happen
inline constexpr Milliseconds give_up_after{std::int64_t{24} * 3'600'000};

}  // namespace open_cicd::notifications::limits
