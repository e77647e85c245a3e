#include "api/streams.h"

namespace open_cicd::api {

Task<void> until_revoked(Services& s, auth::Proof proof) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(s.stream_token_check);
    co_await timer.async_wait(asio::use_awaitable);
    try {
      if (!co_await s.auth.identify(proof)) co_return;
    } catch (const db::DatabaseError&) {
    }
  }
}

}  // namespace open_cicd::api
