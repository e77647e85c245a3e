#include "base/every.h"

#include "base/log.h"

namespace open_cicd {

Task<void> every(Milliseconds interval, std::string_view name, std::function<Task<void>()> duty) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(interval);
    co_await timer.async_wait(asio::use_awaitable);
    try {
      co_await duty();
    } catch (const boost::system::system_error& e) {
      if (e.code() == asio::error::operation_aborted) throw;
      log_error("a background duty failed; it goes on", {{"duty", name}, {"error", e.what()}});
    } catch (const std::exception& e) {
      log_error("a background duty failed; it goes on", {{"duty", name}, {"error", e.what()}});
    }
  }
}

}  // namespace open_cicd
