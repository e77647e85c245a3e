// How long a poll may ask to be held: as long as the server allows, unless something on the way (a proxy's time-out)
// ends it sooner. Then it asks for less, and from time to time for a little more again.
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <cstdint>
#include <optional>

namespace open_cicd::agent {

// How a poll ended that got no answer of the server.
enum class PollBreak : std::uint8_t {
  gateway_timeout,  // a proxy says that the server took too long
  lost,             // the connection ended
  silence,          // nothing came, not even at the end of the wait
  other,
};
PollBreak break_of(const Error& error);

// Not thread-safe. All times are given to it.
class PollWait {
 public:
  explicit PollWait(std::int64_t longest_s) : longest_(longest_s * 1000), wait_(longest_) {}

  std::int64_t seconds() const { return wait_.count() / 1000; }
  void answered(Milliseconds after);
  // True: the next polls ask for less.
  bool broke(PollBreak how, Milliseconds after);

 private:
  bool shorten(Milliseconds wait);

  Milliseconds longest_;
  Milliseconds wait_;
  Milliseconds proven_{0};  // while a longer wait is being tried: the one before
  Milliseconds held_{0};    // in all, since the wait changed
  Milliseconds patience_{10 * 60'000};
  std::optional<Milliseconds> last_loss_;  // how old the last connection was that ended
};

}  // namespace open_cicd::agent
