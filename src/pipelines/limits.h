// Every limit of the pipeline language, in one place. Going over one is an error that names it; nothing is cut
// silently.
#pragma once

#include <cstddef>
#include <cstdint>

namespace open_cicd::pipelines::limits {

// Of the text.
inline constexpr std::size_t text_bytes_max = 1 << 20;
inline constexpr int depth_max = 64;
inline constexpr std::size_t nodes_max = 50'000;            // after aliases and merge keys are expanded
inline constexpr std::size_t expanded_bytes_max = 4 << 20;  // of scalars, after expansion
inline constexpr std::size_t errors_max = 100;              // reported at once; the rest is counted
inline constexpr std::size_t keys_listed_max = 17;          // in an error; of more nobody reads the list

// Of a job.
inline constexpr std::size_t name_chars_max = 200;
inline constexpr std::size_t plain_name_bytes_max = 100;  // of what an expression speaks of: a step's id, an output
inline constexpr std::size_t steps_max = 200;
inline constexpr std::size_t background_steps_max = 10;  // of a job
inline constexpr std::size_t services_max = 20;
inline constexpr std::size_t env_variables_max = 256;  // in each map
inline constexpr std::size_t env_name_bytes_max = 256;
inline constexpr std::size_t secrets_max = 100;             // in each map or list
inline constexpr std::size_t value_bytes_max = 64 << 10;    // an environment value
inline constexpr std::size_t script_lines_max = 1000;       // entries of `run`
inline constexpr std::size_t script_bytes_max = 256 << 10;  // a step's whole script
// What a program can be started with: Linux takes 128 KiB in one string, and of all variables and arguments together a
// quarter of the stack's limit, which is 2 MiB on a usual machine. Half of that is left to what the steps start.
inline constexpr std::size_t start_bytes_max = 1 << 20;
inline constexpr std::size_t words_max = 100;  // of a service's command
inline constexpr std::size_t labels_max = 32;
inline constexpr std::size_t label_bytes_max = 128;  // a key, and a value
inline constexpr std::size_t image_bytes_max = 512;
inline constexpr std::size_t path_bytes_max = 1024;  // workdir
inline constexpr std::size_t url_bytes_max = 2048;
inline constexpr std::size_t ref_bytes_max = 255;
inline constexpr std::size_t ports_max = 50;
inline constexpr std::size_t dns_label_bytes_max = 63;
inline constexpr std::size_t exit_codes_max = 255;

inline constexpr std::int64_t timeout_ms_max = std::int64_t{7} * 24 * 3600 * 1000;
inline constexpr std::int64_t retry_delay_ms_max = 3600 * 1000;
inline constexpr std::int64_t ready_timeout_ms_max = 3600 * 1000;
inline constexpr int retry_max = 10;
inline constexpr int priority_max = 100;
inline constexpr int concurrency_max = 1000;
inline constexpr int depth_of_checkout_max = 1'000'000;
inline constexpr std::int64_t memory_bytes_min = 8 << 20;  // below it no process of a build starts
inline constexpr std::int64_t memory_bytes_max = std::int64_t{64} << 40;
inline constexpr double cpu_min = 0.01;
inline constexpr double cpu_max = 1024;

}  // namespace open_cicd::pipelines::limits
