// Notices when nothing was heard for a while.
#pragma once

#include "base/asio.h"
#include "base/clock.h"

#include <chrono>
#include <functional>
#include <memory>

namespace open_cicd::runner {

// Calls a function once, when heard() was not called for `max`. Lives on the executor's thread; when it is destroyed
// nothing is called any more.
class Silence {
 public:
  Silence(const asio::any_io_executor& executor, Milliseconds max, std::function<void()> fell_silent)
      : state_(std::make_shared<State>(executor, max, std::move(fell_silent))) {
    wait(state_);
  }
  ~Silence() {
    state_->armed = false;
    state_->timer.cancel();
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  void heard() { state_->last = std::chrono::steady_clock::now(); }
  bool expired() const { return state_->expired; }

 private:
  struct State {
    State(const asio::any_io_executor& executor, Milliseconds limit, std::function<void()> function)
        : timer(executor), max(limit), fell_silent(std::move(function)) {}
    asio::steady_timer timer;
    Milliseconds max;
    std::function<void()> fell_silent;
    std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
    bool armed = true;
    bool expired = false;
  };

  // heard() is called for every piece of output, so it moves no timer: the timer looks when it ends.
  static void wait(const std::shared_ptr<State>& state) {
    state->timer.expires_at(state->last + state->max);
    state->timer.async_wait([state](error_code) {
      if (!state->armed) return;
      if (std::chrono::steady_clock::now() < state->last + state->max) return wait(state);
      state->expired = true;
      state->fell_silent();
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace open_cicd::runner
