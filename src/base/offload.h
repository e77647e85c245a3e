// Work of more than a millisecond (compression, file flushes, hashing) goes to a small pool, never on a core's
// io_context.
#pragma once

#include "base/asio.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <utility>

namespace open_cicd {

using WorkerPool = asio::thread_pool;

// Runs `work` (a plain function object, taken by value) on the pool and resumes the caller on its own executor with the
// result. A caller that is cancelled waits for the end of the work and learns of its cancellation at its next wait:
// work cannot be cut short. The pool is not told either, because Asio would send it a pointer into the caller, and the
// caller may be gone before the pool reads it.
template <class F>
Task<std::invoke_result_t<F&>> offload(WorkerPool& pool, F work) {
  auto run = [](F fn) -> Task<std::invoke_result_t<F&>> { co_return fn(); };
  co_return co_await asio::co_spawn(pool, run(std::move(work)),
                                    asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

}  // namespace open_cicd
