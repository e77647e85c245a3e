// A machine with an agent: what survives the agent's death (its disk), what runs beside it (the supervisor of a job's
// steps), and the agent's lives, one process after the other.
#pragma once

#include "sim/checker.h"
#include "sim/network.h"
#include "sim/world.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::sim {

struct AgentTraits {
  std::string name;
  std::string labels = "{}";
  bool watches = true;            // keeps a poll open while it runs a job; else it is a loop of curl commands
  bool direct = true;             // no proxy on its way: the end of a watched poll says something
  bool counts_boots = true;       // sends boot_seq
  bool enforces_timeouts = true;  // else the server's backstop has to
  bool obeys_cancels = true;
  bool asks_next = false;  // its finishes claim the next job
  std::size_t chunk_max = 400;
};

struct Lease {
  std::string job;
  int attempt = 0;
  std::string token;
  auto operator<=>(const Lease&) const = default;
};

// The files of the work folder.
struct AgentDisk {
  std::string id, token;
  std::int64_t boot_seq = 0;
  struct Finish {
    Lease lease;
    std::string body;
  };
  std::optional<Finish> journal;                       // a complete finish that was not acknowledged
  std::map<Lease, std::map<int, std::string>> spools;  // by step
};

// A job's steps as their supervisor sees them: they end with the agent, or at a deadline that the agent extends.
struct Execution {
  Lease lease;
  Group group;
  Time deadline{0};
  bool alive = true;
};

class Machine {
 public:
  Machine(World& world, Network& network, Checker& checker, std::string registration_token, AgentTraits traits);

  void start();  // the agent
  void kill();   // kill -9 of the agent: its steps end with it
  void pause(bool paused);
  void wipe();  // an empty disk: the next agent is a new one
  bool up() const { return process_ && process_->alive(); }

  const AgentTraits& traits() const { return traits_; }
  AgentDisk disk;
  Link link;

  // For the agent.
  std::shared_ptr<Execution> begin(const Lease& lease, const Group& group, Time deadline);
  void extend(Execution& execution, Time deadline);
  void end(Execution& execution);
  void exited();  // by itself: it is started again a little later

 private:
  void guard(const std::shared_ptr<Execution>& execution);

  World& world_;
  Network& network_;
  Checker& checker_;
  const std::string registration_token_;
  const AgentTraits traits_;
  std::shared_ptr<Process> process_;
  std::shared_ptr<class Agent> agent_;
  std::shared_ptr<Execution> execution_;
};

}  // namespace open_cicd::sim
