// What goes wrong, and when: plans the faults of a run at its beginning, strikes, heals. It also starts the server, and
// starts it again as a supervisor would.
#pragma once

#include "sim/profile.h"

#include <memory>
#include <vector>

namespace open_cicd::sim {

class Nemesis {
 public:
  Nemesis(World& world, Store& store, Network& network, Checker& checker, const Profile& profile, const Mutant& mutant,
          std::vector<std::unique_ptr<Machine>>& machines);

  void begin();
  void heal();        // no more faults; everybody runs and hears each other
  void lose_power();  // of the server's machine: what was not flushed may be gone
  void end();

 private:
  void plan(double average, std::string_view what, void (Nemesis::*strike)());
  Time while_of(Time least, Time most);
  Machine& some_machine();

  void start_server();
  void kill_server(Time down);
  void crash_server();
  void restart_server();
  void freeze_server();
  void long_outage();
  void database_away();
  void fill_disk();
  void kill_agent();
  void pause_agent();
  void wipe_agent();
  void cut_link();
  void jump_wall();

  World& world_;
  Store& store_;
  Network& network_;
  Checker& checker_;
  const Profile& profile_;
  const Mutant& mutant_;
  std::vector<std::unique_ptr<Machine>>& machines_;
  std::unique_ptr<Server> server_;
  int boots_ = 0;
  bool healed_ = false;
};

}  // namespace open_cicd::sim
