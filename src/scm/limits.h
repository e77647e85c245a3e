// Every limit of what a forge sends and is told, and of schedules, in one place. What people only read is cut, what
// decides is refused.
#pragma once

#include <cstddef>
#include <cstdint>

namespace open_cicd::scm::limits {

// Of a delivery. JSON may be nested as deep as base/json.h takes it.
inline constexpr std::size_t body_bytes_max = 25 << 20;  // GitHub sends no more
inline constexpr std::size_t delivery_id_bytes_max = 128;
inline constexpr std::int64_t signature_age_s_max = 300;  // of a signature with a time, both ways

// Refused.
inline constexpr std::size_t full_name_bytes_max = 512;  // GitLab's groups stand in groups
inline constexpr std::size_t labels_max = 1000;          // of a change
inline constexpr std::size_t label_bytes_max = 512;
inline constexpr std::size_t association_bytes_max = 64;

// Cut.
inline constexpr std::size_t title_bytes_max = 1024;
inline constexpr std::size_t message_bytes_max = 64 << 10;
inline constexpr std::size_t name_bytes_max = 256;  // of a person
inline constexpr std::size_t why_bytes_max = 200;

// Of schedules.
inline constexpr int due_days_max = 5 * 366;                     // no time within them: never
inline constexpr std::int64_t due_after_s_max = 32'503'680'000;  // the year 3000: a clock that says more is wrong

// Of what a forge is told: the smallest that one of them takes.
inline constexpr std::size_t context_bytes_max = 255;      // GitHub and GitLab
inline constexpr std::size_t description_bytes_max = 140;  // GitHub
inline constexpr std::size_t badge_chars_max = 100;

}  // namespace open_cicd::scm::limits
