// Which executors this agent offers: those it was told to, or those that work on this machine.
#pragma once

#include "adapters/docker/docker.h"
#include "adapters/sandbox/sandbox.h"
#include "agent/agent.h"

#include <filesystem>
#include <string>
#include <vector>

namespace open_cicd::agent {

struct ExecutorChoice {
  // As in --executors; empty: sandbox and docker, as far as they work here (shell gives a job the agent's own rights,
  // so it must be asked for).
  std::vector<std::string> names;
  std::vector<sandbox::ExtraPath> sandbox_paths = {};
  std::vector<std::filesystem::path> private_files = {};  // of the agent's, never shown to a job
  bool clones_from_this_machine = false;                  // also for jobs in containers
  Milliseconds image_ask_timeout{3'000};
  Milliseconds images_max_age = std::chrono::days(30);
  std::int64_t images_bytes_max = 0;
  std::vector<docker::PrivilegedImage> privileged_images = {};
};

// Errors: invalid "unknown_executor"; unavailable "no_executor" with what each of
// them is missing.
Task<Result<Executors>> choose_executors(ExecutorChoice choice, std::filesystem::path work_dir);

}  // namespace open_cicd::agent
