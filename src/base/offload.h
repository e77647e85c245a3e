// Work of more than a millisecond (compression, file flushes, hashing) goes to a small pool, never on a core's
// io_context.
#pragma once

#include "base/asio.h"

#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <utility>

namespace open_cicd {

using WorkerPool = asio::thread_pool;

// Runs `work` (a plain function object, taken by value) on the pool and resumes the caller on its own executor with the
// result.
template <class F>
Task<std::invoke_result_t<F&>> offload(WorkerPool& pool, F work) {
  auto run = [](F fn) -> Task<std::invoke_result_t<F&>> { co_return fn(); };
  co_return co_await asio::co_spawn(pool, run(std::move(work)), asio::use_awaitable);
}

}  // namespace open_cicd
