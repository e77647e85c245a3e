// Removing what jobs left on an engine.
#pragma once

#include "adapters/docker/engine.h"
#include "runner/executor.h"

#include <string>
#include <vector>

namespace open_cicd::docker {

// Kills and removes all containers, then networks and volumes, that have all these labels. Logs what it could not
// remove; no errors.
Task<void> remove_labelled(Engine& engine, std::vector<std::string> labels);

// The attempts that have left something here with the label of that server, each once. Logs what fails.
Task<std::vector<protocol::LeftAttempt>> find_attempts(Engine& engine, std::string server_id);
Task<void> remove_attempt(Engine& engine, std::string server_id, protocol::LeftAttempt left);

}  // namespace open_cicd::docker
