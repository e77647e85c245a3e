// Calls of an executor by a job's runner, and how long they took.
#pragma once

#include "base/asio.h"
#include "base/clock.h"
#include "base/error.h"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace open_cicd::runner {

// An executor that throws is an agent's trouble like one that returns an Error: the job must still be torn down and
// reported.
template <class T>
Task<Result<T>> guarded(Task<Result<T>> call) {
  try {
    co_return co_await std::move(call);
  } catch (const std::exception& e) {
    co_return fail(ErrorKind::internal, "agent", e.what());
  }
}

inline std::string cause_of(const Error& error) {
  return error.code() == "image_pull" || error.code() == "exit" ? error.code() : "agent";
}

inline Milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace open_cicd::runner
