#include "agent/server_watch.h"

#include "base/log.h"

namespace open_cicd::agent {
namespace {

constexpr Milliseconds say_again{10 * 60'000};

}  // namespace

void ServerWatch::answered() {
  last_answer_.store(clock_.monotonic(), std::memory_order_relaxed);
  if (!failing_) return;
  failing_ = false;
  log_info("the server answers again");
}

void ServerWatch::failed(const Error& error) {
  metrics_.request_failed();
  const Milliseconds now = clock_.monotonic();
  if (failing_ && now < last_said_ + say_again) return;
  failing_ = true;
  last_said_ = now;
  log_warn("the server does not answer; the agent keeps trying", {{"code", error.code()}, {"error", error.message()}});
}

}  // namespace open_cicd::agent
