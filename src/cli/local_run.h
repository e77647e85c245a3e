// What `open-cicd run` starts on this machine for one run: a server on a folder that is removed afterwards, its agents,
// and git, which gives them the working tree.
#pragma once

#include "cli/api.h"
#include "cli/context.h"
#include "cli/local_processes.h"
#include "cli/run_document.h"
#include "cli/working_tree.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace open_cicd::cli {

struct LocalRunWishes {
  int agents = 1;
  std::set<std::string> executors;  // that the jobs ask for
  bool working_tree = false;        // some job checks it out
  bool in_place = false;            // those work in the folder itself, one after the other
};

// Made and used by one thread, which takes signals only by interrupted() while this lives. Nothing of it is left
// afterwards: no process, no file.
class LocalRun {
 public:
  LocalRun();
  ~LocalRun();
  LocalRun(const LocalRun&) = delete;

  // Returns when the server answers. Errors: those of take_snapshot(); "interrupted"; internal "no_server".
  Result<void> start(const LocalRunWishes& wishes);

  ApiOptions access() const;
  // What jobs check out; nothing when none does.
  const std::optional<RunCheckout>& checkout() const { return checkout_; }

  bool interrupted();  // a signal asked to end since the last call
  // Starts what died again. Error: internal "no_agent" for what ends as soon as it has begun.
  Result<void> look_after();

 private:
  std::string tree_url() const;  // that the agents clone from
  void start_server();
  void start_git();
  void start_agents(const LocalRunWishes& wishes);

  std::filesystem::path folder_;
  std::string url_;
  int git_port_ = 0;
  std::optional<Snapshot> tree_;
  std::optional<RunCheckout> checkout_;
  LocalProcesses processes_;  // the last member: its processes use the others
};

}  // namespace open_cicd::cli
