#include "base/every.h"

#include "base/cancellation.h"
#include "base/log.h"

namespace open_cicd {

Task<void> every(Milliseconds interval, std::string_view name, std::function<Task<void>()> duty) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(interval);
    co_await timer.async_wait(asio::use_awaitable);
    try {
      co_await duty();
    } catch (const std::exception& e) {
      if (is_cancellation(e)) throw;
      log_error("a background duty failed; it goes on", {{"duty", name}, {"error", e.what()}});
    }
  }
}

}  // namespace open_cicd
