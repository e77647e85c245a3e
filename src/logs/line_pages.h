// What a viewer of lines gets: an index of a log, some of its lines, where a text is found.
#pragma once

#include "logs/step_index.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::logs {

inline constexpr std::int64_t page_lines_max = 2000;
// Of text, as JSON writes it, so that an answer has at most 1 MiB; a page has one line, however long it is.
inline constexpr std::size_t page_bytes_max = 960 * 1024;
inline constexpr std::size_t page_marks_max = 10'000;  // of an index: groups, and as many errors, of all steps

// How the steps of an attempt stand. Of one that is over, the end is a line also without a line break.
struct StepStanding {
  bool over = false;
  bool background = false;
};
struct AttemptStanding {
  bool closed = false;  // the attempt: its log does not grow any more
  std::map<int, StepStanding> steps = {};
};

struct StepLines {
  int step = 0;
  std::int64_t bytes = 0, lines = 0;
  std::vector<Group> groups = {};
  std::vector<std::int64_t> errors = {};
  std::int64_t errors_total = 0;
  std::optional<std::int64_t> first_error = {};
};
struct LogIndex {
  std::vector<StepLines> steps = {};  // those with at least one byte
  std::string event_id = {};          // with which a stream goes on behind what is counted here
};

struct LinePage {
  std::int64_t total = 0;               // lines of the step
  bool complete = false;                // there will be no more
  std::vector<std::string> lines = {};  // valid UTF-8, with escape sequences; the first begins with what is in force
  std::vector<std::optional<std::int64_t>> times = {};  // when each was printed, in Unix milliseconds
  std::vector<std::int64_t> cut = {};                   // numbers of those that are longer than what stands here
};

struct LinePlace {
  int step = -1;
  std::int64_t line = 1;
};
struct SearchPage {
  std::int64_t total = 0;               // of the lines that were looked at
  std::vector<LinePlace> matches = {};  // the first ones of them
  std::optional<LinePlace> next = {};   // where to go on: it was enough for one request
};

}  // namespace open_cicd::logs
