// What follows in a run when jobs of it end: others are released, skipped or cancelled, and the last end ends the run.
#pragma once

#include "jobs/gates.h"
#include "jobs/settle.h"
#include "runs/decide.h"
#include "runs/records.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace open_cicd::runs {

// Lives within one transaction, in which the run is locked.
class Release {
 public:
  Release(db::Transaction& tx, RunRow run, std::int64_t now) : tx_(tx), run_(std::move(run)), now_(now) {}

  // `job` is written as ended: all that follows is done, one job after the other, not by recursion.
  Task<void> follow(JobId job, jobs::JobState end, std::optional<int> exit_code);
  // Blocked jobs of the run that wait for nothing of it.
  Task<void> start(std::vector<JobId> ready);
  // Of rows {id, seq, needs_open} of jobs that were counted down: those that wait for nothing now, in the order of the
  // plan. Each is shown differently, as its reason names what it still waits for.
  std::vector<JobId> counted_down(const db::Rows& rows);
  // Those that are under way are asked to stop, the others end at once; with what follows from that.
  Task<void> cancel(std::vector<JobId> jobs, std::string why);
  // Ends the run when no job of it is open; its state then. Last of all.
  Task<std::string> roll_up();

  void run_changed() { effects_.runs.push_back({run_.id}); }
  jobs::Effects take() { return std::move(effects_); }

 private:
  struct Ended {
    JobId job;
    jobs::JobState state;
    std::optional<int> exit_code;
  };
  Task<void> follow_all(std::vector<Ended> ended);
  Task<std::vector<Ended>> cancel_all(std::vector<JobId> jobs, std::string why);
  Task<std::optional<Ended>> release(JobId job);
  Task<const NeedsView*> needs_of(JobId job, const WaitingRow& row);  // null: one is open; else until the next call
  Task<void> add_outputs(NeedsView& view);
  Task<boost::json::object> outputs_of(std::string need);
  Task<Decision> decide_on(JobId job, const WaitingRow& row, const NeedsView& needs);
  Task<void> queue(const jobs::JobRow& job, const Decision& decision);

  db::Transaction& tx_;
  const RunRow run_;
  const std::int64_t now_;
  jobs::Effects effects_;
  expressions::SharedBudget operations_{release_operations_max};
  // All legs of a matrix need the same, and stand beside each other; and what has ended does not change.
  struct KnownNeeds {
    std::string job;
    int round = 0;
    NeedsView view;
  };
  std::optional<KnownNeeds> needs_;                     // of the last job
  std::map<std::string, boost::json::object> outputs_;  // by need: many jobs may ask for the same
  std::map<int, boost::json::object> contexts_;         // by round
};

// Opens the gate of a pending run that is locked: its jobs wait for it no more.
Task<jobs::Effects> open_run(db::Transaction& tx, RunRow run, std::int64_t now);

}  // namespace open_cicd::runs
