// A place in a job's log stream: what an event's `id:` carries and Last-Event-ID brings back.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
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

// Where a viewer is: in the steps that follow each other, and beside them in each step in the background.
struct Place {
  Position at;
  std::map<int, std::int64_t> beside = {};  // offsets, by step

  bool operator==(const Place&) const = default;
  std::string str() const;                              // "1.3.4113+0.900+2.50"
  static std::optional<Place> parse(std::string_view);  // what is left out of `beside` is not known; else as Position
};

}  // namespace open_cicd::logs
