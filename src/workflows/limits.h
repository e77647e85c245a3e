// Every limit of workflows and plans, in one place; those of a text and of one job are in pipelines/limits.h. Going
// over one is an error that names it.
#pragma once

#include "pipelines/limits.h"

#include <cstddef>

namespace open_cicd::workflows::limits {

// Of a plan.
inline constexpr std::size_t jobs_max = 1000;                  // legs of matrices counted
inline constexpr std::size_t specs_bytes_max = 8 << 20;        // of all jobs together, as JSON
inline constexpr std::size_t evaluations_max = 100'000;        // of expressions, legs of matrices counted
inline constexpr std::size_t plan_operations_max = 2'000'000;  // of all of them together; see expressions/limits.h
inline constexpr std::size_t matrix_jobs_max = 256;            // of one job
inline constexpr std::size_t matrix_values_max = 256;          // of one axis
inline constexpr std::size_t matrix_axes_max = 20;
inline constexpr std::size_t matrix_names_max = 50;      // of one entry of these
inline constexpr std::size_t matrix_entries_max = 256;   // of include, and of exclude
inline constexpr std::size_t leg_label_bytes_max = 100;  // "postgres:16, linux" in a key

// Of a workflow.
inline constexpr std::size_t needs_max = 100;  // of one job, as written
inline constexpr std::size_t inputs_max = 50;
inline constexpr std::size_t options_max = 100;
inline constexpr std::size_t input_bytes_max = 64 << 10;
inline constexpr std::size_t outputs_max = 100;
inline constexpr std::size_t patterns_max = 100;  // of one filter
inline constexpr std::size_t schedules_max = 20;
// Of the name of a job, a step's id, an input, an output, an axis.
inline constexpr std::size_t key_bytes_max = pipelines::limits::plain_name_bytes_max;
inline constexpr std::size_t entries_max = 50;  // caches, artifacts, reports of one job
inline constexpr std::size_t paths_max = 200;
inline constexpr std::size_t templates_max = 50;  // files that a workflow uses

// Of what a caller tells about an event.
inline constexpr std::size_t changed_max = 10'000;

// Of what a plan shows.
inline constexpr std::size_t shown_values_max = 10;        // of a condition that was false
inline constexpr std::size_t shown_value_bytes_max = 200;  // of one of them

}  // namespace open_cicd::workflows::limits
