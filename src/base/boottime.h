// CLOCK_BOOTTIME goes on while the machine sleeps, and nobody sets it: leases and deadlines are counted in it, and
// every program of one machine reads the same. The helper that has no C++ library uses this too, so it is a header
// only.
#pragma once

#include <chrono>
#include <time.h>

namespace open_cicd {

inline std::chrono::nanoseconds boottime_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace open_cicd
