// Takes from the helper, and so from every step, what a step of a sandbox never needs.
#pragma once

#include <stdint.h>

namespace open_cicd::supervisor {

struct User {
  uint32_t uid;
  uint32_t gid;
};

// Changes the user, with no supplementary groups. False when the kernel refuses.
bool become(User user);

// For good: no new privileges by execve, no capability in any set, and a system call filter that refuses new
// namespaces, mounts, kernel modules, keys, tracing of the kernel, changing the limits of another process, sockets
// of other families than unix, IP and netlink, and what else has been a way out of containers.
// False when the kernel refuses any of it.
bool restrict_for_good();

}  // namespace open_cicd::supervisor
