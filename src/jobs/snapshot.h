// What a viewer of a job sees of its state; small, read in one query, shared by all viewers.
#pragma once

#include "base/id.h"
#include "protocol/states.h"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::jobs {

struct StepSnapshot {
  int step = 0;  // −1 is setup
  std::string name;
  protocol::StepState state = protocol::StepState::pending;
  std::optional<int> exit_code;
  std::int64_t log_bytes = 0;  // of a finished attempt
  bool background = false;     // others run beside it
  bool operator==(const StepSnapshot&) const = default;
};

struct JobSnapshot {
  JobId id;
  std::string state;
  bool terminal = false;
  boost::json::value reason;  // null or {"code", "facts"}
  int attempt = 0;            // 0: never claimed
  std::int64_t claimed_at_ms = 0;
  std::string agent;  // name of the attempt's agent, "" if none
  std::optional<int> exit_code;
  std::vector<StepSnapshot> steps;  // of the current attempt, setup first when it has one
};

}  // namespace open_cicd::jobs
