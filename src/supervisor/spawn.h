// Starts an open-cicd-init for one job as a child process, directly or below a wrapper such as bubblewrap.
#pragma once

#include "base/error.h"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace open_cicd::supervisor {

struct SpawnOptions {
  // Runs before the helper and must execute its last arguments; empty: the helper itself is the child. The helper is
  // appended as /proc/self/fd/N and its arguments.
  std::vector<std::string> wrapper;
  std::vector<std::string> arguments;  // further ones for the helper, e.g. --uid
  // Control group files ("…/cgroup.procs") that the wrapper enters before it runs; only with a wrapper.
  std::vector<std::filesystem::path> groups;
  std::vector<int> descriptors;              // stay open in the wrapper under their numbers
  std::filesystem::path fallback_directory;  // see init_program_descriptor
};

struct Spawned {
  pid_t pid;
  int socket;  // ours to close; the end of it ends the helper
};

// The child's own session, environment empty but for PATH, standard output and error on /dev/null resp. our own
// standard error.
Result<Spawned> spawn_init(const SpawnOptions& options);

}  // namespace open_cicd::supervisor
