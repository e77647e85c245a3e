// How an adapter lets a coroutine wait for another thread.
#pragma once

#include "base/asio.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <exception>
#include <functional>

namespace open_cicd::db {

// Ends the wait; called once, from any thread. A set pointer is thrown to the waiting coroutine.
using Resume = std::move_only_function<void(std::exception_ptr)>;

// Suspends the caller, gives `start` its Resume, and continues on the caller's executor. Cancellation does not end the
// wait: what was handed to a database ends by itself within the adapter's time limits, and only then is its outcome
// known.
inline Task<void> suspend_until(std::move_only_function<void(Resume)> start) {
  auto initiate = [](auto handler, std::move_only_function<void(Resume)> run) {
    auto work = asio::make_work_guard(asio::get_associated_executor(handler));
    run([handler = std::move(handler), work = std::move(work)](std::exception_ptr failure) mutable {
      auto resume = [handler = std::move(handler), failure]() mutable { std::move(handler)(failure); };
      asio::post(work.get_executor(), std::move(resume));
      work.reset();
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      std::move(initiate), asio::use_awaitable, std::move(start));
}

}  // namespace open_cicd::db
