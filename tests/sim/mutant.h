// A mutant is the product with one of its rules taken away, from outside: a named statement rewritten, a port wrapped,
// a request changed before its handler sees it. The simulation must find each.
#pragma once

#include "jobs/jobs.h"
#include "jobs/log_ledger.h"
#include "logs/logs.h"
#include "sim/store.h"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace open_cicd::sim {

struct Request;
class Server;

struct Mutant {
  std::string_view name = "none";
  std::string_view what = {};
  std::vector<std::string_view> found_as = {};  // a part of what the checker must say; anything else is not a find
  Rewrites rewrites = {};
  Task<void> (*change_request)(Store& store, logs::Logs& logs,
                               Request& request) = nullptr;  // before its handler sees it
  void (*at_start)(Store& store) = nullptr;                  // of each life of the server
  std::unique_ptr<jobs::LogLedger> (*wrap_ledger)(jobs::LogLedger& logs) = nullptr;
  // Beside the product's reaper, at each of its ticks.
  Task<void> (*reap)(jobs::Jobs& jobs, Milliseconds lease_ttl) = nullptr;
  bool probe_lies = false;
  bool flushes_lie = false;
  bool runs_unlocked = false;  // see Store
};

std::span<const Mutant> mutants();

}  // namespace open_cicd::sim
