// A time after which a function is called, unless the deadline is destroyed first.
#pragma once

#include "base/asio.h"
#include "base/clock.h"

#include <functional>
#include <memory>

namespace open_cicd::runner {

// Lives on the executor's thread. A handler that the timer has already queued when the deadline dies does nothing.
class Deadline {
 public:
  Deadline(const asio::any_io_executor& executor, Milliseconds after, std::function<void()> expired)
      : armed_(std::make_shared<bool>(true)), timer_(executor, after) {
    timer_.async_wait([armed = armed_, expired = std::move(expired)](error_code ec) {
      if (!ec && *armed) expired();
    });
  }
  ~Deadline() { *armed_ = false; }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  std::shared_ptr<bool> armed_;
  asio::steady_timer timer_;
};

}  // namespace open_cicd::runner
