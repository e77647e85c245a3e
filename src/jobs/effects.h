// What a committed transaction has to tell, and to whom; nothing of it happens when the transaction rolled back.
#pragma once

#include "base/id.h"
#include "jobs/job.h"

#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace open_cicd::jobs {

struct Effects {
  struct OfRun {
    JobId job;
    std::optional<RunId> run;
  };
  struct OneRun {
    RunId run;
    bool ended = false;
  };
  std::vector<OfRun> changed;  // what is shown of them
  std::vector<OfRun> ended;
  std::vector<OneRun> runs;     // changed as well
  std::vector<AgentId> agents;  // hold another job than before, or none
  std::vector<QueuedJob> queued;
  std::vector<std::pair<JobId, int>> unqueued;  // up to that attempt
  std::vector<AgentId> leases;
  struct Avoided {
    JobId job;
    AgentId agent;
    Avoid how;
  };
  std::vector<Avoided> avoided;
  std::vector<std::string> groups;      // concurrency groups in which a slot may be free now: promote() follows
  std::vector<std::string> run_groups;  // the same, of groups of runs

  void add(Effects other) {
    const auto move_all = [](auto& from, auto& to) { std::ranges::move(from, std::back_inserter(to)); };
    move_all(other.changed, changed);
    move_all(other.ended, ended);
    move_all(other.runs, runs);
    move_all(other.agents, agents);
    move_all(other.queued, queued);
    move_all(other.unqueued, unqueued);
    move_all(other.leases, leases);
    move_all(other.avoided, avoided);
    move_all(other.groups, groups);
    move_all(other.run_groups, run_groups);
  }
};

}  // namespace open_cicd::jobs
