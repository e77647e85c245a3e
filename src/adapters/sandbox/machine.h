// What all sandboxes of one agent have in common, and how one is started.
#pragma once

#include "adapters/sandbox/bubblewrap.h"
#include "adapters/sandbox/control_group.h"
#include "adapters/sandbox/sandbox.h"
#include "supervisor/client.h"

#include <unistd.h>

namespace open_cicd::sandbox {

inline constexpr std::chrono::seconds start_patience{20};
inline constexpr std::chrono::seconds end_patience{10};
inline constexpr char record_file[] = "sandbox";  // in the sandbox's folder: the process to wait for in a sweep

struct Machine {
  SandboxSettings settings;
  MachineFiles files;
  std::filesystem::path bubblewrap;
  ControlGroupParent groups;

  View view(std::filesystem::path directory, bool network) const {
    return {.directory = std::move(directory),
            .files = &files,
            .network = network,
            .user = ::geteuid() == 0 ? std::optional(settings.job_user) : std::nullopt};
  }
};

// The helper as PID 1 of new namespaces. It may not be there yet: adopt it and await ready().
Result<supervisor::Spawned> launch(const Machine& machine, const View& view, std::vector<std::filesystem::path> groups,
                                   const std::filesystem::path& record);

// Waits until it is there; an Error with what to do about it when it ended instead.
Task<Result<void>> await_ready(supervisor::Supervisor& supervisor);

inline std::string group_prefix(const std::string& agent_id) {
  return fmt::format("{}{}.", group_name_begin, agent_id);
}

}  // namespace open_cicd::sandbox
