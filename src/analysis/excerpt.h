// What a failure card shows of a log: the first line of the failing step that says what is wrong, and those around it.
#pragma once

#include "base/asio.h"
#include "base/id.h"
#include "logs/logs.h"

#include <cstdint>
#include <string>
#include <vector>

namespace open_cicd::analysis {

inline constexpr std::int64_t excerpt_lines_max = 20;

struct Excerpt {
  std::int64_t line = 0;           // of the step, from 1; 0: no line is known to be an error
  std::string text;                // of that line
  std::vector<std::string> lines;  // from shortly before it on; or else the step's last ones
};

// Of a step of an attempt that has ended. What the log lacks is left out.
Task<Excerpt> read_excerpt(logs::Logs& logs, JobId job, int attempt, int step);

}  // namespace open_cicd::analysis
