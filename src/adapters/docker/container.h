// One container of a job: made, given the helper, attached, started.
#pragma once

#include "adapters/docker/container_config.h"
#include "adapters/docker/engine.h"
#include "adapters/docker/images.h"
#include "adapters/docker/init_session.h"
#include "adapters/docker/tar.h"
#include "base/task_group.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace open_cicd::docker {

// Who an image's USER is, as its own /etc/passwd and /etc/group say.
struct ImageUser {
  TarOwner owner;
  std::string home = "/root";
};
ImageUser resolve_user(std::string_view user, std::string_view passwd, std::string_view group);

// A running container with its session. Destroying it closes the session, which ends everything in it; the Engine then
// removes it.
struct Container {
  std::string id;
  ImageUser user;
  std::map<std::string, std::string> env;  // of the image, with PATH and HOME; what every command in it starts from
  std::unique_ptr<InitSession> session;
};

// Returns when the helper is ready to take commands. `deadline` of CLOCK_BOOTTIME, zero for none, holds from its first
// moment. A container that was made but not started by a failure here is left to the tear-down.
Task<Result<std::unique_ptr<Container>>> open_container(Engine& engine, TaskGroup& group, ContainerPlan plan,
                                                        Image image, std::chrono::nanoseconds deadline);

}  // namespace open_cicd::docker
