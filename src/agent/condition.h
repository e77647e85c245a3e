// A condition variable for coroutines of one thread.
#pragma once

#include "base/asio.h"
#include "base/clock.h"

namespace open_cicd::agent {

// Any number of waiters, one thread. Used as `while (!what_I_need()) co_await condition.wait();`: with one thread,
// nothing changes between the check and the wait.
class Condition {
 public:
  explicit Condition(const asio::any_io_executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

  void notify_all() {
    ++rings_;
    timer_.cancel();
  }
  // Throws operation_aborted if the coroutine is cancelled.
  Task<void> wait() {
    const std::uint64_t before = rings_;
    error_code ec;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (rings_ == before) throw boost::system::system_error(ec);
  }

 private:
  asio::steady_timer timer_;
  std::uint64_t rings_ = 0;
};

}  // namespace open_cicd::agent
