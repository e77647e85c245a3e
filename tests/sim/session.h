// An agent at work on one attempt: start, steps with their output, log upload with a spool and rewinds, finish.
#pragma once

#include "sim/agent.h"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace open_cicd::sim {

class Session : public std::enable_shared_from_this<Session> {
 public:
  // Its steps end so long after the last renewal that the agent knows of.
  Session(Agent& agent, Lease lease, Time fence);
  const Lease& lease() const { return lease_; }

  Task<void> run(boost::json::value claimed, bool draining);
  Task<void> replay(std::string finish);  // of an earlier life, word for word

  // The claim has started the job.
  void started(Time sent_at);
  // From polls and heartbeats.
  void renewed(Time sent_at);
  void cancel();
  void forget();
  void finished_for_server();

 private:
  struct StepEnd {
    std::string state = "skipped";
    int exit_code = 0;
  };

  Task<void> work(boost::json::value claimed, bool draining);
  void join_group(const boost::json::object& claimed);
  Task<bool> announce();
  Task<bool> give_back(std::string reason);
  Task<void> run_steps(const boost::json::value& spec);
  Task<StepEnd> run_step(int step, const boost::json::value& lines);
  Task<void> pass(Time time);
  Task<void> ship();
  Task<void> ship_chunk(int step);
  Task<void> report();
  Task<void> finish(std::string state, std::string cause);
  Task<void> deliver(std::function<std::string()> make_body, bool asks_next);
  std::string finish_body(const std::string& state, const std::string& cause);
  Task<Verdict> write(Request request, Reply& reply);
  Task<void> follow();
  void learn(Verdict verdict);
  void end_steps();
  bool interrupted() const { return over_ || cancelled_ || timed_out_ || (execution_ && !execution_->alive); }
  std::optional<int> step_to_ship() const;
  std::map<int, std::string>& spool() { return agent_.tools().machine.disk.spools[lease_]; }

  Agent& agent_;
  const Lease lease_;
  const Time fence_;
  std::shared_ptr<Execution> execution_;
  Group group_;
  std::vector<StepEnd> steps_;
  std::map<std::string, std::string> outputs_;
  std::deque<std::string> reports_;
  std::map<int, std::size_t> acknowledged_;
  Time deadline_{Time::max()};
  Time renewed_at_{0};  // when the last accepted renewal was sent
  bool started_ = false;
  bool over_ = false, cancelled_ = false, timed_out_ = false, finishing_ = false, incomplete_ = false;
  Verdict for_agent_ = Verdict::accepted;
  std::optional<NextJob> next_;
  Signal changed_;
};

}  // namespace open_cicd::sim
