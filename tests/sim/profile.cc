#include "sim/profile.h"

namespace open_cicd::sim {
namespace {

// Everything at once.
void storm(Profile& profile, Random& random) {
  profile.name = "storm";
  profile.length = Time(2min) + Time(random.between(0, Time(4min).count()));
  profile.faults = {.server_crash = 1.5,
                    .power_loss = 0.5,
                    .server_restart = 0.4,
                    .server_freeze = 0.4,
                    .database_outage = 0.7,
                    .disk_full = 0.3,
                    .agent_kill = 2,
                    .agent_pause = 0.8,
                    .agent_wipe = 0.2,
                    .cut = 1.2,
                    .wall_jump = 0.5};
  profile.network = {
      .latency_max = 200ms, .lose_request = 0.03, .lose_answer = 0.04, .twice = 0.05, .slow = 0.02, .slow_max = 20s};
  profile.store = {
      .latency_max = 20ms, .refuse = 0.01, .roll_back = 0.01, .lose_answer = 0.01, .crash = 0.004, .run_twice = 0.02};
  profile.drains = 0.5;
  profile.removals = 0.2;
}

// Requests that arrive up to ten minutes late, and twice.
void late(Profile& profile, Random& random) {
  profile.name = "late";
  // One alone gets the next attempt of what it lost, while its own words of before are still on their way.
  if (random.chance(0.7)) profile.agents_max = 1;
  profile.faults = {.server_crash = 0.3, .agent_kill = 0.7, .cut = 0.3};
  profile.network = {
      .latency_max = 500ms, .lose_request = 0.01, .lose_answer = 0.02, .twice = 0.25, .slow = 0.06, .slow_max = 10min};
  profile.store = {.latency_max = 5ms};
}

// Agents and network are well: whatever the server, its database and the wall clock do, nothing may expire.
void patient(Profile& profile, Random& random) {
  profile.name = "patient";
  profile.faults = {.server_crash = 1.5,
                    .power_loss = 0.5,
                    .server_restart = 0.5,
                    .server_freeze = 0.6,
                    .server_outage = random.chance(0.3) ? 1.0 : 0,
                    .database_outage = 1.2,
                    .wall_jump = 2};
  profile.store = {
      .latency_max = 10ms, .refuse = 0.01, .roll_back = 0.01, .lose_answer = 0.02, .crash = 0.01, .run_twice = 0.02};
  profile.checker.nothing_expires = true;
  profile.long_steps = 0.5;
}

// One group, agents that are cut off, stopped and removed in the middle: the slot is the point.
void contended(Profile& profile, Random& random) {
  profile.name = "contended";
  profile.faults = {.server_crash = 0.5, .agent_kill = 1, .agent_pause = 1, .cut = 2.5};
  profile.network = {.latency_max = 100ms, .lose_answer = 0.02, .twice = 0.02};
  profile.store = {.latency_max = 10ms};
  profile.exclusive = 0.9;
  profile.server.jobs.exclusive_hold = Milliseconds(random.between(25'000, 90'000));
  profile.removals = 0.5;
  profile.agents_min = 2;
}

// Nothing goes wrong but what jobs and users do: here the order of offers is exact.
void quiet(Profile& profile, Random&) {
  profile.name = "quiet";
  profile.jobs = 8;
  profile.checker.priorities = true;
  profile.cancels = 0.1;
  profile.drains = 0.3;
}

void add_agents(Profile& profile, Random& random) {
  const bool honest = profile.checker.nothing_expires || profile.checker.priorities;
  const std::int64_t count = random.between(profile.agents_min, profile.agents_max);
  for (std::int64_t i = 0; i < count; ++i) {
    AgentTraits traits{.name = "agent-" + std::to_string(i + 1)};
    traits.labels = i == 0 ? R"({"gpu":"1"})" : "{}";
    traits.watches = random.chance(0.7);
    traits.direct = traits.watches && random.chance(0.7);
    traits.counts_boots = traits.watches || random.chance(0.5);
    traits.enforces_timeouts = honest || random.chance(0.85);
    traits.obeys_cancels = honest || random.chance(0.9);
    traits.asks_next = random.chance(0.5);
    profile.agents.push_back(std::move(traits));
  }
}

}  // namespace

Profile make_profile(Random& random) {
  Profile profile;
  profile.runs = static_cast<int>(random.chance(0.5) ? random.between(1, 3) : 0);
  profile.jobs = static_cast<int>(profile.runs > 0 ? random.between(1, 4) : random.between(3, 7));
  const std::int64_t kind = random.between(1, 100);
  if (kind <= 45)
    storm(profile, random);
  else if (kind <= 55)
    late(profile, random);
  else if (kind <= 75)
    patient(profile, random);
  else if (kind <= 92)
    contended(profile, random);
  else
    quiet(profile, random);
  profile.server.agents.reaper_tick = random.chance(0.3) ? Milliseconds(1'000) : Milliseconds(4'000);
  profile.server.dispatcher_tick = Milliseconds(random.between(250, 1'000));
  profile.server.jobs.releases_max = 3;
  // Without any patience for an agent's trouble a job is also lost before it began.
  profile.server.jobs.agent_errors_max = kind % 3 == 0 ? 0 : 2;
  profile.server.agents.forget_offline = Milliseconds(20 * 60'000);
  // Small, so that a few hundred bytes become rows, segments and files.
  profile.server.logs.small_bytes_max = static_cast<std::size_t>(random.between(64, 600));
  profile.server.logs.segment_bytes =
      profile.server.logs.small_bytes_max + static_cast<std::size_t>(random.between(32, 300));
  profile.server.disk_latency_max = random.chance(0.5) ? Time(50ms) : Time(0);
  add_agents(profile, random);
  return profile;
}

}  // namespace open_cicd::sim
