// What a process passes on to its children and another process of the same user can change from outside: resource
// limits, priorities, processors, keys, control groups.
#pragma once

#include <stdint.h>
#include <sys/resource.h>

namespace open_cicd::supervisor {

struct Traits {
  rlimit limits[RLIM_NLIMITS];
  uint64_t scheduling[8];  // struct sched_attr: policy, nice value, utilization clamps
  uint64_t processors[128];
  long io_priority;
  long session_keyring;  // its id
  char oom_score[16];
  char groups[2048];
};

// Of the calling process. What the kernel does not tell is all zeros.
void read_traits(Traits* traits);
bool same_traits(const Traits& a, const Traits& b);

}  // namespace open_cicd::supervisor
