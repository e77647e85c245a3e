// Calls of an executor by a job's runner.
#pragma once

#include "base/asio.h"
#include "base/error.h"

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

}  // namespace open_cicd::runner
