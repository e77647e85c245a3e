// How much memory the test's own process has.
#pragma once

#include <cstddef>
#include <fstream>
#include <unistd.h>

namespace open_cicd {

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool memory_is_measured = false;  // a sanitizer's allocator keeps what is freed
#else
inline constexpr bool memory_is_measured = true;
#endif

inline std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t pages = 0;
  file >> size >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace open_cicd
