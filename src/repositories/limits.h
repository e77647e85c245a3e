// Every limit of repositories, their deliveries and what forges are told, in one place.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>

namespace open_cicd::repositories::limits {

inline constexpr std::size_t url_bytes_max = 1024;
inline constexpr std::size_t full_name_bytes_max = 512;
inline constexpr std::size_t token_bytes_max = 8192;
inline constexpr std::size_t paths_max = 20;       // of pipeline files, in a repository's settings
inline constexpr std::size_t refs_max = 100;       // protected ones
inline constexpr std::size_t pipelines_max = 50;   // files of one commit; each is a run
inline constexpr std::size_t schedules_max = 100;  // of a repository

inline constexpr std::size_t body_kept_bytes_max = 256 << 10;  // of a delivery; of a larger one only what it means
inline constexpr std::size_t verdict_bytes_max = 2000;
inline constexpr std::int64_t pending_max =
    10'000;  // deliveries of one repository; more are refused, and the forge sends again
inline constexpr std::int64_t polled_refs_max = 1000;  // that changed, of one poll

inline constexpr Milliseconds webhook_late_max{24 * 3'600'000};  // behind the poll that saw the same

inline constexpr Milliseconds retry_max{300'000};            // between two tries of a delivery, or of a report
inline constexpr std::int64_t report_tries_max = 300;        // of a report: with their pauses, about a day
inline constexpr std::int64_t doubt_factor = 30;             // retry pauses until what may be overtaken is told again
inline constexpr Milliseconds lag_max{30'000};               // a commit that git does not have yet is waited for
inline constexpr Milliseconds give_up_after{2 * 3'600'000};  // a delivery that fails for so long becomes a failed run

}  // namespace open_cicd::repositories::limits
