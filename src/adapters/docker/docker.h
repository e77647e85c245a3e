// Runs steps in containers of a Docker engine, over its HTTP API.
#pragma once

#include "adapters/docker/container_config.h"
#include "adapters/docker/image_record.h"
#include "runner/executor.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::docker {

struct DockerSettings {
  std::string socket = "unix:///var/run/docker.sock";  // as in DOCKER_HOST; only unix sockets
  bool clones_from_this_machine = false;  // file://, loopback: what the agent reaches and no job of a stranger should
  ImageSettings images;
  std::vector<PrivilegedImage> privileged_images;
  Limits step_limits;
  Limits service_limits{.memory_bytes = std::int64_t{2} << 30, .pids = 1024};
};

// A job has a volume for its workspace, a network, a container for each image of its steps and one for each service.
// Works from inside a container as well: nothing of the agent's files is mounted anywhere. One thread.
std::unique_ptr<runner::Executor> make_docker_executor(DockerSettings settings);

// "name@sha256:…", separated by commas. The error says which is none.
Result<std::vector<PrivilegedImage>> parse_privileged_images(std::string_view text);

// The socket to use: DOCKER_HOST when it is set to a unix socket, else the default.
std::string docker_socket_of_environment();

}  // namespace open_cicd::docker
