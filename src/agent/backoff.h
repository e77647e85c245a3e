// How long to wait before a request is tried again.
#pragma once

#include "base/clock.h"

#include <optional>
#include <random>

namespace open_cicd::agent {

struct BackoffSettings {
  Milliseconds base{500};
  Milliseconds max{5'000};  // a server or proxy that is back gets its agents, and they their jobs, so soon
};

// First 0, 0.2, 0.5, 1, 2 s (± a quarter, so that a restarted server does not get all its agents in one instant),
// because a watching agent must be heard again within seconds; then full jitter: anything up to base · 2ⁿ, at most max.
// Not thread-safe.
class Backoff {
 public:
  explicit Backoff(BackoffSettings settings);
  // `retry_after` is what the server asked for: never less than that, and never more than max.
  Milliseconds next(std::optional<std::chrono::seconds> retry_after = std::nullopt);
  void reset() { tries_ = 0; }
  int tries() const { return tries_; }

 private:
  BackoffSettings settings_;
  std::minstd_rand random_;
  int tries_ = 0;
};

}  // namespace open_cicd::agent
