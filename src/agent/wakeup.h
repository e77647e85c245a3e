// A bell for one waiting coroutine: rung before or during the wait, it ends the wait once.
#pragma once

#include "base/asio.h"
#include "base/clock.h"

namespace open_cicd::agent {

// Single-threaded, one waiter at a time.
class Wakeup {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Wakeup(const asio::any_io_executor& executor) : timer_(executor) {}

  void notify() {
    rung_ = true;
    timer_.cancel();
  }

  // True when it rang since the last wait ended, false when `until` came first. Throws operation_aborted if the
  // coroutine is cancelled.
  Task<bool> wait(TimePoint until = TimePoint::max()) {
    error_code ec;
    if (!rung_) {
      timer_.expires_at(until);
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      if (ec && !rung_) throw boost::system::system_error(ec);
    }
    co_return std::exchange(rung_, false);
  }
  Task<bool> wait_for(Milliseconds limit) { return wait(std::chrono::steady_clock::now() + limit); }

 private:
  asio::steady_timer timer_;
  bool rung_ = false;
};

}  // namespace open_cicd::agent
