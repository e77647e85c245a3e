// A part of a plan: what someone asks for who runs a pipeline by hand. Pure.
#pragma once

#include "base/error.h"
#include "workflows/plan.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::workflows {

struct Selection {
  // Keys or names in the file, "test" or "test (postgres:16)"; what they need comes with them. Empty: all jobs.
  std::vector<std::string> jobs;
  std::string executor;     // docker, sandbox or shell for every job, in place of its own; empty: its own
  bool keep_going = false;  // a leg of a matrix that fails does not cancel the others
  bool operator==(const Selection&) const = default;
};

inline constexpr std::size_t selected_jobs_max = 100;
inline constexpr std::array<std::string_view, 3> selectable_executors{"docker", "sandbox", "shell"};

// Leaves what was asked for. Errors: invalid, of the fields "jobs[2]" and "executor".
Result<void> select(Plan& plan, const Selection& selection);

}  // namespace open_cicd::workflows
