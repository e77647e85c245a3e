// Whether the server answers: for the log (once, then rarely), the metrics and the agent's own health.
#pragma once

#include "agent/metrics.h"
#include "base/clock.h"
#include "base/error.h"

#include <atomic>
#include <optional>

namespace open_cicd::agent {

// answered() and failed() belong to the agent's thread; silence() may be asked from any.
class ServerWatch {
 public:
  ServerWatch(const Clock& clock, Metrics& metrics)
      : clock_(clock), metrics_(metrics), last_answer_(clock.monotonic()) {}

  void answered();
  void failed(const Error& error);
  bool failing() const { return failing_; }
  Milliseconds silence() const { return clock_.monotonic() - last_answer_.load(std::memory_order_relaxed); }

 private:
  const Clock& clock_;
  Metrics& metrics_;
  std::atomic<Milliseconds> last_answer_;
  std::optional<Milliseconds> said_silent_;  // when the log had it last, since the last answer
  std::optional<Milliseconds> said_foreign_;
  bool failing_ = false;
};

}  // namespace open_cicd::agent
