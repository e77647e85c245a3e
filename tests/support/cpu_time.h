// How long this process has computed: of a test that finds what is not linear, what a busy machine does not change.
#pragma once

#include <ctime>

namespace open_cicd {

inline double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

}  // namespace open_cicd
