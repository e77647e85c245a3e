// The people: they submit jobs and runs (and repeat what got no answer), cancel, run again, drain and remove.
#pragma once

#include "sim/network.h"
#include "sim/profile.h"

#include <memory>
#include <string>
#include <vector>

namespace open_cicd::sim {

class User {
 public:
  User(World& world, Network& network, std::string token, const Profile& profile,
       std::vector<std::unique_ptr<Machine>>& machines);

  ~User() { process_->kill(); }
  User(const User&) = delete;

  void start();
  bool done() const { return pending_ == 0; }  // everything was submitted
  void let_drained_ones_work();                // at the end: nobody drains any more

 private:
  Task<void> submit(int number, Time at);
  Task<void> submit_run(int number, Time at);
  Task<void> meddle_with(std::string run, std::vector<std::string> jobs);
  Task<void> ask_run(std::string run, std::string what, std::string body);
  Task<void> cancel_some_job(std::string run);
  Task<void> cancel(std::string job, Time after);
  Task<void> drain(std::string agent_id, bool drain);
  Task<void> remove(std::string agent_id);
  Task<Reply> insist(Request request);  // until an answer comes
  Task<void> meddle();                  // drains and removals
  std::string job_body(int number);

  World& world_;
  Network& network_;
  const std::string token_;
  const Profile& profile_;
  std::vector<std::unique_ptr<Machine>>& machines_;
  std::shared_ptr<Process> process_;
  Link link_;
  int pending_ = 0;
};

}  // namespace open_cicd::sim
