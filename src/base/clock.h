// Time as an argument: tests and the simulation bring their own.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace open_cicd {

using Milliseconds = std::chrono::milliseconds;

// Thread-safe. `unix_ms` is for people and records; decisions are made on `monotonic` only.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_ms() const = 0;
  virtual Milliseconds monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t unix_ms() const override {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  Milliseconds monotonic() const override {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

std::string format_rfc3339(std::int64_t unix_ms);  // "2026-11-24T17:05:31.042Z"

}  // namespace open_cicd
