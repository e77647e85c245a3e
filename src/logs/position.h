// A place in a job's log stream: what an event's `id:` carries and Last-Event-ID brings back.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::logs {

// Ordered as the events of a stream are: by attempt, step (−1, setup, first), offset in raw bytes.
struct Position {
  int attempt = 0;
  int step = -1;
  std::int64_t offset = 0;

  auto operator<=>(const Position&) const = default;
  std::string str() const;                                 // "1.0.4113"
  static std::optional<Position> parse(std::string_view);  // exactly that form, else nothing
};

}  // namespace open_cicd::logs
