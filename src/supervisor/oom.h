// Whether the memory limit of the own control group killed something.
#pragma once

#include <stdint.h>

namespace open_cicd::supervisor {

// The group's oom_kill counter, from cgroup v2 or v1 as mounted in a container; 0 when neither is there.
uint64_t count_oom_kills();

}  // namespace open_cicd::supervisor
