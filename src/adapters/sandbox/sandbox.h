// Runs steps with the tools of the agent's machine in namespaces of their own: bubblewrap, control groups, no daemon, a
// few milliseconds.
//
// A step sees the machine's programs and their configuration read-only, its job's workspace, home and /tmp, and its own
// processes; not the agent, not other jobs, not /home, /root or a Docker socket (machine_files.h has the rule). It
// shares the machine's network unless the job says `network: none`.
#pragma once

#include "adapters/sandbox/machine_files.h"
#include "runner/executor.h"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace open_cicd::sandbox {

inline constexpr std::uint32_t default_job_user =
    61183;  // just below systemd's dynamic users: belongs to nobody on a usual machine

struct SandboxSettings {
  std::filesystem::path work_dir;  // jobs live in <work_dir>/jobs; sweep() looks there
  std::uint32_t job_user =
      default_job_user;               // uid and gid of the steps when the agent is root; else they are the agent's own
  std::vector<ExtraPath> paths = {};  // of the machine, shown to the steps besides its programs
  std::vector<std::filesystem::path> hidden = {};  // files and folders of the agent's, besides work_dir
};

std::unique_ptr<runner::Executor> make_sandbox_executor(SandboxSettings settings);

}  // namespace open_cicd::sandbox
