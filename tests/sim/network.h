// The network between the machines and the server: it delays, drops, doubles and reorders requests, loses answers, and
// is cut in one or both directions.
#pragma once

#include "sim/server.h"
#include "sim/world.h"

#include <list>
#include <memory>

namespace open_cicd::sim {

class Checker;

struct NetworkTroubles {
  Time latency_max{20ms};
  double lose_request = 0, lose_answer = 0, twice = 0;
  double slow = 0;  // chance of a long delay
  Time slow_max{0};
};

// A machine's connection.
struct Link {
  bool to_server_cut = false, from_server_cut = false;
};

class Network {
 public:
  Network(World& world, Checker& checker) : world_(world), checker_(checker) {}

  NetworkTroubles troubles;
  // The life of the server that takes requests; null while there is none: connections are refused or reset.
  void connect(Server* server);

  // An HTTP request of `process`; status 0 when no answer came in time.
  Task<Reply> call(std::shared_ptr<Process> process, Link& link, Request request, Time timeout);
  void process_died(const Process& process);  // its connections end
  void reset(const Link& link);               // the server sees the machine's connections end; the machine does not

 private:
  struct Call {
    std::weak_ptr<Process> process;
    const Process* owner = nullptr;
    Link* link = nullptr;
    std::uint64_t ticket = 0;
    Reply reply;
    bool done = false;
    std::weak_ptr<Peer> peer;
  };
  using CallPointer = std::shared_ptr<Call>;

  Time travel_time();
  bool strikes(double chance, std::string_view what);
  void send(const CallPointer& call, const Request& request);
  void arrive(const CallPointer& call, const Request& request, bool copy);
  void answer(const CallPointer& call, Reply reply);
  void finish(const CallPointer& call, Reply reply);
  void hang_up(const CallPointer& call);

  World& world_;
  Checker& checker_;
  Server* server_ = nullptr;
  std::list<CallPointer> open_;
};

}  // namespace open_cicd::sim
