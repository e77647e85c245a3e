// A coroutine that sleeps until another thread wakes it.
#pragma once

#include "base/asio.h"

#include <chrono>
#include <memory>

namespace open_cicd {

// wake() is thread-safe; wait_until() is for one coroutine on `executor`, which runs one thing at a time. A wake-up
// before the wait is kept.
class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Waiter(const asio::any_io_executor& executor) : timer_(executor) {}
  // Returns when woken or at `time`; throws operation_aborted if the coroutine was cancelled.
  Task<void> wait_until(Time time);
  // The pointer is given away: a waker on another thread must not be the one who destroys the timer, its executor may
  // be gone by then.
  static void wake(std::shared_ptr<Waiter> waiter);

 private:
  asio::steady_timer timer_;
  bool woken_ = false;  // touched on the executor only
};

}  // namespace open_cicd
