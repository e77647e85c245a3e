// What a seed is made of: which troubles its run has, and how its parts are set.
#pragma once

#include "sim/checker.h"
#include "sim/machine.h"
#include "sim/network.h"
#include "sim/random.h"
#include "sim/server.h"
#include "sim/store.h"

#include <string_view>
#include <vector>

namespace open_cicd::sim {

// How many of each kind happen during the run, on average.
struct Faults {
  double server_crash = 0, power_loss = 0, server_restart = 0, server_freeze = 0, server_outage = 0;
  double database_outage = 0, disk_full = 0;
  double agent_kill = 0, agent_pause = 0, agent_wipe = 0, cut = 0;
  double wall_jump = 0;
};

struct Profile {
  std::string_view name;
  Time length{3min};  // in which jobs come and faults happen
  int jobs = 5, runs = 0;
  Faults faults;
  NetworkTroubles network;
  StoreTroubles store;
  ServerSettings server;
  CheckerSettings checker;
  std::vector<AgentTraits> agents;
  std::int64_t agents_min = 1, agents_max = 3;
  double cancels = 0.2, drains = 0, removals = 0;  // by the user
  double meddles = 0.6;                            // chance that a run is cancelled or asked for again
  double exclusive = 0.35, long_steps = 0.15;      // chances of a job, of a step
};

Profile make_profile(Random& random);

}  // namespace open_cicd::sim
