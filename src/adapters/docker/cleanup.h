// Removing what jobs left on an engine.
#pragma once

#include "adapters/docker/engine.h"

#include <string>
#include <vector>

namespace open_cicd::docker {

// Kills and removes all containers, then networks and volumes, that have all these labels. Logs what it could not
// remove; no errors.
Task<void> remove_labelled(Engine& engine, std::vector<std::string> labels);

}  // namespace open_cicd::docker
