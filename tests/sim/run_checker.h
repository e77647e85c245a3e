// What must hold of runs: each is looked at as a whole after every commit that may have changed it.
#pragma once

#include "base/asio.h"
#include "jobs/state.h"
#include "sim/store.h"
#include "sim/world.h"

#include <boost/describe.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::sim {

struct NeedRow {
  std::string job_id, need;
  bool optional = false;
  std::vector<std::string> results;
};
BOOST_DESCRIBE_STRUCT(NeedRow, (), (job_id, need, optional, results))

struct RunJobRow {
  std::string id, key, job;
  int place = 0, round = 1, attempt = 0;
  bool newest = true, left_out = false;
  jobs::JobState state = jobs::JobState::queued;
  std::optional<std::string> reason;
  std::string condition;
  bool cleans_up = false, waits_for_slot = false, fail_fast = false;
  std::optional<std::int64_t> max_parallel;
  std::optional<std::string> allow_failure, concurrency_group, late, filled, outputs;
  std::optional<int> exit_code;
};
BOOST_DESCRIBE_STRUCT(RunJobRow, (),
                      (id, key, job, place, round, attempt, newest, left_out, state, reason, condition, cleans_up,
                       waits_for_slot, fail_fast, max_parallel, allow_failure, concurrency_group, late, filled, outputs,
                       exit_code))

struct RunRowView {
  std::int64_t number = 0;
  std::string name, state;
  bool warnings = false;
  int round = 1;
  std::optional<std::string> cancelling_by, superseded_by, concurrency_group;
};
BOOST_DESCRIBE_STRUCT(RunRowView, (),
                      (number, name, state, warnings, round, cancelling_by, superseded_by, concurrency_group))

struct RoundRow {
  int round = 1;
  std::string state;
  std::optional<std::int64_t> finished_at;
  bool operator==(const RoundRow&) const = default;
};
BOOST_DESCRIBE_STRUCT(RoundRow, (), (round, state, finished_at))

class RunChecker {
 public:
  using Outputs = std::map<std::string, std::string>;
  // What the machine that ran this attempt wrote.
  using WrittenOutputs = std::function<Outputs(const std::string& job, int attempt)>;

  RunChecker(World& world, WrittenOutputs written) : world_(world), written_(std::move(written)) {}
  void watch(Store& store) { store_ = &store; }

  bool knows(const std::string& run) const { return runs_.contains(run); }
  // Those that this commit may have changed.
  std::set<std::string> touched_by(const Commit& commit) const;
  // The jobs of one that are new or in another state.
  std::vector<std::string> changed_jobs(const std::string& run);
  void look_at(const std::string& run, const Commit& commit);

  // While nothing goes wrong: what could go on and does not, for longer than `longest`.
  void look_for_waits(Time longest);
  bool all_ended() const;
  std::string unfinished() const;
  void check_end();  // of the seed
  // After the end: reads every round of every run through the API's handlers.
  using ReadRun = std::function<Task<std::string>(std::string run, int round)>;
  Task<void> check_shown(ReadRun read);
  void check_claim(const std::string& job, const boost::json::value& claimed);

 private:
  struct View {
    RunRowView run;
    std::map<std::string, RunJobRow> jobs;
    std::map<std::string, std::vector<NeedRow>> needs;  // by job
    std::vector<RoundRow> rounds;
  };
  struct Needs {
    bool open = false, success = true, failure = false;
  };

  View load(const std::string& run, const View* before);
  void check_job(const View& view, const RunJobRow* before, const RunJobRow& job, const Commit& commit,
                 const std::string& run);
  void check_decision(const View& view, const RunJobRow& job);
  void check_filled(const View& view, const RunJobRow& job);
  void check_clean_up(const View& view, const RunJobRow& job, const Commit& commit, const std::string& run);
  void check_matrix(const View& view, const RunJobRow& job);
  void check_wait(const View& view, const RunJobRow& job);
  void check_roll_up(const View& view);
  void check_group(const std::string& run, const View* before, const View& view);
  void check_rounds(const View& before, const View& view);
  Needs needs_of(const View& view, const RunJobRow& job) const;
  bool fails(const View& view, const RunJobRow& job) const;
  std::optional<std::string> output_of(const View& view, const std::string& need) const;
  bool must_break(const View& view, const RunJobRow& job) const;
  std::map<std::string, std::string> states_in(const View& view, int round) const;
  std::vector<const RunJobRow*> legs(const View& view, const std::string& job) const;
  std::string named(const View& view, const RunJobRow& job) const;

  World& world_;
  const WrittenOutputs written_;
  Store* store_ = nullptr;
  std::map<std::string, View> runs_;
  std::set<std::string> entered_;           // jobs that wait for their group, and for nothing else
  std::map<std::string, Time> held_since_;  // what could go on
};

}  // namespace open_cicd::sim
