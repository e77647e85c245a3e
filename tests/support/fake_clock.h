// A clock that moves only when a test says so.
#pragma once

#include "base/clock.h"

#include <atomic>

namespace open_cicd {

class FakeClock final : public Clock {
 public:
  std::int64_t unix_ms() const override { return wall_; }
  Milliseconds monotonic() const override { return Milliseconds(monotonic_); }
  void advance(Milliseconds by) {
    wall_ += by.count();
    monotonic_ += by.count();
  }
  void jump_wall(Milliseconds by) { wall_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_{1'800'000'000'000};
  std::atomic<std::int64_t> monotonic_{1'000'000};
};

}  // namespace open_cicd
