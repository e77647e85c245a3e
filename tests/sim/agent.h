// One life of an agent: an honest, small implementation of the agent's side of the protocol.
#pragma once

#include "sim/machine.h"
#include "sim/network.h"
#include "sim/world.h"

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>

namespace open_cicd::sim {

struct AgentTools {
  World& world;
  Network& network;
  Checker& checker;
  Machine& machine;
  std::shared_ptr<Process> process;
};

// The times between tries: as the product's agent.
class Backoff {
 public:
  explicit Backoff(World& world) : world_(world) {}
  Time next();
  void reset() { tries_ = 0; }

 private:
  World& world_;
  std::size_t tries_ = 0;
};

// A job that was claimed with the finish of the one before.
struct NextJob {
  std::string job;
  boost::json::value claim;
  Time sent_at{0};
};

// What an answer means for who asked.
enum class Verdict : unsigned char { accepted, again, forget, poll, follow, reregister, superseded, refused };
Verdict verdict_of(const Reply& reply);

class Session;

class Agent {
 public:
  Agent(AgentTools tools, std::string registration_token);
  Task<void> run();

  // For its session.
  AgentTools& tools() { return tools_; }
  Task<Reply> call(Request request, Time timeout = 15s);
  void session_ended(Verdict for_agent, std::optional<NextJob> next);
  std::string ask_next() const;  // a finish's member `next` and a comma; empty when it would take no job

 private:
  Task<void> enroll();
  Task<void> heartbeats();
  Task<void> polls();
  Task<void> handle_poll(const boost::json::value& reply);
  Task<void> claim(std::string job, int attempt);
  void begin(std::string job, boost::json::value claimed, Time sent_at);
  Task<void> release_for(Verdict verdict);
  void apply(std::string_view job, int attempt, std::string_view state);

  AgentTools tools_;
  const std::string registration_token_;
  std::string boot_id_;
  std::int64_t boot_seq_ = 0, beat_ = 0;
  std::optional<std::int64_t> seen_;
  std::shared_ptr<Session> session_;
  bool must_register_ = false, draining_ = false, beat_failed_ = false;
  Signal changed_, beat_now_;
};

}  // namespace open_cicd::sim
