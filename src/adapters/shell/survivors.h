// Ends what is left of a job whose supervisor is gone too: only a step that kills its own supervisor, or a kill -9 of
// both, comes to this.
#pragma once

#include <filesystem>

namespace open_cicd::shell {

// The variable by which a job's processes are found; its value is the job's folder.
inline constexpr char marker[] = "OPEN_CICD_JOB_DIRECTORY";

// SIGKILL to every process that has the marker of this folder in its environment, until none is left or ten seconds are
// over. Blocks for as long; rare enough for the agent's thread. Returns how many were found.
int end_survivors(const std::filesystem::path& directory);

}  // namespace open_cicd::shell
