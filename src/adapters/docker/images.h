// Images: what a reference names, whether it is here, and getting it.
#pragma once

#include "adapters/docker/engine.h"
#include "runner/executor.h"

#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::docker {

struct ImageName {
  std::string repository;  // "registry:5000/group/name"
  std::string tag;         // "latest" unless given; of a digest "sha256:…"
};
// Splits "name", "name:tag", "name@sha256:…" (a tag before a digest counts for nothing, as with Docker). Error: invalid
// "image_pull" for what cannot be one.
Result<ImageName> split_image(std::string_view reference);

struct Image {
  std::string id;
  std::string user;
  std::string directory;         // its WORKDIR
  std::vector<std::string> env;  // "NAME=value"
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
};

// The image from here, or from its registry when it is not here; tells so in lines of step −1. Errors: "image_pull"
// with a message for the user (not found, access denied, registry not reachable), "agent" when the engine does not
// answer.
Task<Result<Image>> get_image(Engine& engine, std::string reference, runner::OutputSink& output);

}  // namespace open_cicd::docker
