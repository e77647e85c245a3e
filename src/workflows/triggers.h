// `on`: which events start a run.
#pragma once

#include "pipelines/decode.h"
#include "workflows/event.h"
#include "workflows/plan.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::workflows {

struct Trigger {
  std::vector<std::string> branches, paths, tags, types;  // empty: all
};

struct Schedule {
  std::string cron;
  std::string timezone = "UTC";
  std::string branch;  // empty: the default one
};

struct Triggers {
  std::map<std::string, Trigger> events;
  std::vector<Schedule> schedules;

  bool has(const std::string& event) const { return events.contains(event); }
  bool only_by_hand() const;  // every run is started by someone who can give inputs
};

Triggers default_triggers();
void read_triggers(const pipelines::Field& on, Triggers& to, pipelines::Problems& problems);

// Why this event starts no run, or nothing: skipped_filter with the filter's name and the value that it did not take.
std::optional<Reason> left_out(const Triggers& triggers, const Event& event);

}  // namespace open_cicd::workflows
