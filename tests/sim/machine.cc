#include "sim/machine.h"

#include "sim/agent.h"

namespace open_cicd::sim {

Machine::Machine(World& world, Network& network, Checker& checker, std::string registration_token, AgentTraits traits)
    : world_(world),
      network_(network),
      checker_(checker),
      registration_token_(std::move(registration_token)),
      traits_(std::move(traits)) {}

void Machine::start() {
  if (up()) return;
  process_ = Process::start(world_, traits_.name);
  agent_ = std::make_shared<Agent>(AgentTools{world_, network_, checker_, *this, process_}, registration_token_);
  process_->spawn(agent_->run());
}

void Machine::kill() {
  if (!up()) return;
  world_.trace("{} is killed", traits_.name);
  process_->kill();
  network_.process_died(*process_);
  if (execution_) end(*execution_);
}

void Machine::exited() {
  world_.trace("{} exits", traits_.name);
  world_.count("agent: exited by itself");
  world_.after(0s, [this, which = std::weak_ptr(process_)] {
    if (which.lock() == process_) kill();
  });
  world_.after(3s, [this] { start(); });
}

void Machine::pause(bool paused) {
  if (!up()) return;
  world_.trace("{} {}", traits_.name, paused ? "is stopped" : "continues");
  process_->pause(paused);
}

void Machine::wipe() {
  kill();
  world_.trace("{} loses its disk", traits_.name);
  disk = {};
}

std::shared_ptr<Execution> Machine::begin(const Lease& lease, const Group& group, Time deadline) {
  execution_ = std::make_shared<Execution>(Execution{.lease = lease, .group = group, .deadline = deadline});
  if (deadline <= world_.now()) {  // the agent was stopped for too long: its supervisor starts nothing
    execution_->alive = false;
  } else {
    checker_.ran(lease.job, lease.attempt, group, true);
    guard(execution_);
  }
  return execution_;
}

void Machine::extend(Execution& execution, Time deadline) {
  execution.deadline = std::max(execution.deadline, deadline);
}

void Machine::end(Execution& execution) {
  if (!std::exchange(execution.alive, false)) return;
  checker_.ran(execution.lease.job, execution.lease.attempt, execution.group, false);
}

void Machine::guard(const std::shared_ptr<Execution>& execution) {
  world_.at(execution->deadline, [this, execution] {
    if (!execution->alive) return;
    if (world_.now() < execution->deadline) return guard(execution);
    world_.trace("{}: its supervisor ends the steps: no renewal in time", traits_.name);
    world_.count("agent: deadline of the supervisor");
    end(*execution);
  });
}

}  // namespace open_cicd::sim
