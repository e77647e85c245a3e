// Exit codes that scripts can use: those of sysexits.h where one fits, and of timeout(1) and shells for jobs.
#pragma once

#include "base/error.h"

#include <array>
#include <optional>
#include <string_view>

namespace open_cicd::cli {

struct ExitCode {
  int code;
  std::string_view meaning;
};

inline constexpr int exit_fine = 0, exit_failed = 1, exit_usage = 2, exit_bad_input = 65, exit_not_found = 66,
                     exit_unreachable = 69, exit_internal = 70, exit_lost = 75, exit_not_allowed = 77,
                     exit_timed_out = 124, exit_cancelled = 130;

// The table of docs/reference/cli.md.
inline constexpr std::array<ExitCode, 12> exit_codes = {{
    {exit_fine, "it worked; with `--follow`, the job succeeded"},
    {exit_failed,
     "it did not, for a reason that is said; with `--follow`, the job failed without an exit code of its own"},
    {exit_usage, "the command line is wrong"},
    {exit_bad_input, "the job file is wrong: each error is printed as `file:line:column: field: message`"},
    {exit_not_found, "there is no such job, agent or file"},
    {exit_unreachable,
     "the server cannot be reached or does not take more now; or something else answers at its address: a redirect, "
     "another web server, a proxy without a server behind it"},
    {exit_internal, "the server, or this program, has a defect"},
    {exit_lost, "`--follow`: the job's agent was lost and no retry was left"},
    {exit_not_allowed, "no token, an unknown one, or one that may not do this; or a proxy wants a login of its own"},
    {exit_timed_out, "`--follow`: the job timed out"},
    {exit_cancelled, "`--follow`: the job was cancelled; or Ctrl-C"},
    {255, "`--follow`: any other number is the exit code of the job's first failing step"},
}};

int exit_code_of(const Error& error);

// Of a job that has ended. `exit_code` is the one of its first failing step.
int exit_code_of_job(std::string_view state, std::optional<int> exit_code);

}  // namespace open_cicd::cli
