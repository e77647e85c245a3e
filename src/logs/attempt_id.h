#pragma once

#include "base/id.h"

#include <cstddef>
#include <functional>

namespace open_cicd::logs {

struct AttemptId {
  JobId job;
  int attempt = 0;
  bool operator==(const AttemptId&) const = default;
};
struct AttemptIdHash {
  std::size_t operator()(const AttemptId& id) const noexcept {
    return std::hash<JobId>()(id.job) ^ static_cast<std::size_t>(id.attempt) * 0x9e3779b97f4a7c15u;
  }
};

}  // namespace open_cicd::logs
