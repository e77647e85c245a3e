#include "agent/backoff.h"

#include "base/crypto.h"

#include <algorithm>
#include <array>

namespace open_cicd::agent {
namespace {

constexpr std::array quick_tries{Milliseconds(0), Milliseconds(200), Milliseconds(500), Milliseconds(1000),
                                 Milliseconds(2000)};

std::uint32_t random_seed() {
  std::array<std::uint8_t, 4> bytes{};
  random_bytes(bytes);
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (bytes[3] & 0x7f) << 24;
}

}  // namespace

Backoff::Backoff(BackoffSettings settings) : settings_(settings), random_(random_seed()) {}

Milliseconds Backoff::next(std::optional<std::chrono::seconds> retry_after) {
  const std::size_t nth = tries_++;
  const auto between = [this](Milliseconds low, Milliseconds high) {
    return Milliseconds(std::uniform_int_distribution<std::int64_t>(low.count(), high.count())(random_));
  };
  Milliseconds wait;
  if (nth < quick_tries.size()) {
    const Milliseconds middle = quick_tries[nth];
    wait = std::min(between(middle * 3 / 4, middle * 5 / 4), settings_.max);
  } else {
    const std::size_t doublings = std::min<std::size_t>(nth - quick_tries.size() + 3, 20);
    wait = between(Milliseconds(0), std::min(settings_.max, settings_.base * (std::int64_t{1} << doublings)));
  }
  if (retry_after) wait = std::max(wait, std::min(settings_.max, Milliseconds(*retry_after)));
  return wait;
}

}  // namespace open_cicd::agent
