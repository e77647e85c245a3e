#include "agent/server_watch.h"

#include "agent/decision.h"
#include "base/log.h"

namespace open_cicd::agent {
namespace {

constexpr Milliseconds say_again{10 * 60'000};

}  // namespace

void ServerWatch::answered() {
  last_answer_.store(clock_.monotonic(), std::memory_order_relaxed);
  if (!failing_) return;
  failing_ = false;
  said_silent_.reset();
  said_foreign_.reset();
  log_info("the server answers again");
}

// Each of the two is said once: a proxy that restarts is silent, gone and wrong in turns.
void ServerWatch::failed(const Error& error) {
  metrics_.request_failed();
  failing_ = true;
  const bool foreign = is_foreign(error);
  std::optional<Milliseconds>& said = foreign ? said_foreign_ : said_silent_;
  const Milliseconds now = clock_.monotonic();
  if (said && now < *said + say_again) return;
  said = now;
  log_warn(foreign ? "something that is not the server answers; the agent keeps trying"
                   : "the server does not answer; the agent keeps trying",
           {{"code", error.code()}, {"error", error.message()}});
}

}  // namespace open_cicd::agent
