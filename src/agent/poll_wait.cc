#include "agent/poll_wait.h"

#include <algorithm>
#include <utility>

namespace open_cicd::agent {
namespace {

constexpr Milliseconds shortest{1'000};
constexpr Milliseconds shortest_in_silence{5'000};
// A poll that ends sooner met a proxy that cannot reach the server, not one that waits no longer.
constexpr Milliseconds too_young{900};
constexpr Milliseconds patience_max{24 * 3'600'000};

bool alike(Milliseconds one, Milliseconds other) {
  return std::chrono::abs(one - other) <= std::max(Milliseconds(500), one / 10);
}

}  // namespace

PollBreak break_of(const Error& error) {
  // 504 is the standard's, 524 that of a large provider; 408 is what some proxies say to a client that waits.
  if (error.code() == "http_504" || error.code() == "http_524" || error.code() == "http_408")
    return PollBreak::gateway_timeout;
  if (error.code() == "connection_lost" || error.code() == "http_502" || error.code() == "http_503")
    return PollBreak::lost;
  return error.code() == "timeout" ? PollBreak::silence : PollBreak::other;
}

void PollWait::answered(Milliseconds after) {
  held_ += after;
  if (after + too_young < wait_) return;
  last_loss_.reset();
  proven_ = Milliseconds(0);
  if (wait_ == longest_ || held_ < patience_) return;
  proven_ = wait_;
  wait_ = std::min(longest_, std::max(wait_ + Milliseconds(1000), wait_ * 5 / 4));
  held_ = Milliseconds(0);
}

bool PollWait::broke(PollBreak how, Milliseconds after) {
  if (how == PollBreak::silence) return shorten(std::max(shortest_in_silence, wait_ / 2));
  if (how == PollBreak::other || after < too_young || after > wait_ + too_young) return false;
  // One lost connection says nothing of a limit; two of the same age do.
  if (how == PollBreak::lost) {
    const std::optional<Milliseconds> before = std::exchange(last_loss_, after);
    if (!before || !alike(*before, after)) return false;
  }
  return shorten(after * 3 / 4);
}

bool PollWait::shorten(Milliseconds wait) {
  if (proven_ > Milliseconds(0)) {
    patience_ = std::min(patience_max, patience_ * 2);
    wait = std::max(wait, proven_);
  }
  proven_ = held_ = Milliseconds(0);
  last_loss_.reset();
  wait = std::max<Milliseconds>(shortest, std::chrono::floor<std::chrono::seconds>(wait));
  if (wait >= wait_) return false;
  wait_ = wait;
  return true;
}

}  // namespace open_cicd::agent
