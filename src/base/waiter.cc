#include "base/waiter.h"

#include <boost/system/system_error.hpp>

namespace open_cicd {

Task<void> Waiter::wait_until(Time time) {
  const auto self = shared_from_this();
  if (!woken_) {
    timer_.expires_at(time);
    error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
  woken_ = false;
}

void Waiter::wake(std::shared_ptr<Waiter> waiter) {
  const asio::any_io_executor executor = waiter->timer_.get_executor();
  asio::post(executor, [waiter = std::move(waiter)] {
    waiter->woken_ = true;
    waiter->timer_.cancel();
  });
}

}  // namespace open_cicd
