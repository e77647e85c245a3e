// How much memory the test's own process has.
#pragma once

#include <cstddef>
#include <fstream>
#include <unistd.h>

namespace open_cicd {

inline std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t pages = 0;
  file >> size >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace open_cicd
