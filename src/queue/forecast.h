// When waiting jobs will start, as far as it can be told: from how long jobs of their kind took, the agents that fit,
// and what stands before them. Pure; a picture of the moment goes in.
#pragma once

#include "agents/labels.h"
#include "base/id.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace open_cicd::queue {

// An agent, of what matters here.
struct Machine {
  AgentId id;
  std::string name;
  agents::Labels labels;
  std::vector<std::string> executors;
  bool takes_jobs = true;  // neither away nor draining
  bool busy = false;
};

// Of a job under way, or waiting: what others may wait for.
struct Place {
  std::optional<RunId> run;
  std::string job;                       // in its run, as the file calls it
  std::optional<std::string> slot;       // what it shares with others: a concurrency group, the slots of its matrix
  std::int64_t slots = 0;                // how many may be under way at once
  std::optional<std::int64_t> usual_ms;  // how long such a job takes; nothing: not known
};
struct Running {
  AgentId agent;
  std::int64_t started_at = 0;
  Place place;
};
struct Waiting {
  JobId id;
  std::string executor;
  std::vector<std::string> runs_on;
  Place place;
  bool queued = true;      // else blocked
  bool holds_slot = true;  // of its place; else it waits for one
  bool known = true;       // false: it waits for something of which nobody knows when it comes
  std::vector<std::string> needs;
  std::int64_t needs_open = 0;  // jobs of them that have not ended; one that is not in the picture may end whenever
  std::int64_t not_before = 0;
};

struct Picture {
  std::int64_t now = 0;  // Unix ms, as all times here
  std::vector<Machine> machines;
  std::vector<Running> running;
  std::vector<Waiting>
      waiting;  // queued ones in the order of their offers, then blocked ones, each after what it needs
};

struct Nearest {
  std::string agent;                 // its name
  std::vector<std::string> missing;  // labels, and "executor docker"
};
struct Outlook {
  std::int64_t position = 0;       // of a queued job: among those that ask for the same; 1 is next
  std::int64_t fitting = 0;        // agents that fit and take jobs
  std::int64_t busy = 0;           // of them
  bool none_fits = false;          // of all agents, those that are away or drain too
  std::optional<Nearest> nearest;  // when none fits
  std::optional<std::int64_t> starts_at, ends_at;
};
using Forecast = std::unordered_map<JobId, Outlook>;

Forecast forecast(const Picture& picture);

}  // namespace open_cicd::queue
