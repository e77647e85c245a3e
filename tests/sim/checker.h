// What must hold. The checker knows the truth of the machines (what ran when, what it printed), sees every commit of
// the database in the moment it happens and every request and answer at the server's door, and stops the run when they
// disagree.
#pragma once

#include "jobs/state.h"
#include "sim/run_checker.h"
#include "sim/server.h"
#include "sim/store.h"
#include "sim/world.h"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace open_cicd::sim {

struct CheckerSettings {
  bool nothing_expires = false;  // a run in which only the server, its database and the wall clock have trouble
  bool priorities = false;       // a run in which every offer reaches its agent
};

// A request at the server's door.
struct Arrival {
  Request request;
  std::string kind;       // the status it asks for, "append", "submit", "run", "poll", …
  std::string job;        // id, if it is about one
  bool closed = false;    // its attempt had ended already
  bool repeated = false;  // a finish, release or claim that was accepted before
  // Of a claim, also one that comes with a finish.
  std::string claim, boot;
  std::string claimed;  // the job whose open attempt it made before
  bool drains = false;  // its agent
};

// A concurrency group as a claimed job has it.
struct Group {
  std::string name;  // "": none
  std::size_t limit = 1;
};

class Checker {
 public:
  Checker(World& world, CheckerSettings settings)
      : world_(world),
        settings_(settings),
        runs_(world, [this](const std::string& job, int attempt) { return truth_[{job, attempt}].outputs; }) {}
  void watch(Store& store);

  // The door.
  std::shared_ptr<Arrival> arrived(const Request& request);
  void answered(const Arrival& arrival, const Reply& reply);

  // The machines' truth.
  void printed(const std::string& job, int attempt, int step, std::string_view bytes);
  void ran(const std::string& job, int attempt, const Group& group, bool begins);
  void wrote(const std::string& job, int attempt, std::map<std::string, std::string> outputs) {
    truth_[{job, attempt}].outputs = std::move(outputs);
  }
  void says_incomplete(const std::string& job, int attempt) { truth_[{job, attempt}].says_incomplete = true; }

  bool all_ended() const;
  std::string unfinished() const;  // what is not, for people
  // After the end: reads every log through the API's handlers by `read`.
  using ReadLog = std::function<Task<Reply>(std::string job, int attempt, int step)>;
  Task<void> check_logs(ReadLog read);
  Task<void> check_runs(RunChecker::ReadRun read) { return runs_.check_shown(std::move(read)); }
  void check_jobs();
  // While nothing goes wrong: nothing that could go on waits for longer.
  void look_for_waits(Time longest) { runs_.look_for_waits(longest); }

  // "running → lost (reaper)" → how often.
  const std::map<std::string, std::int64_t>& transitions() const { return transitions_; }
  void look_at_everything();  // after something changed the database behind the store's back

 private:
  struct AttemptView {
    std::string state, agent, boot, claim, steps, finish_digest, log_flags;
    bool open = false;
    bool operator==(const AttemptView&) const = default;
  };
  struct JobView {
    std::string name, group, wants;
    jobs::JobState state = jobs::JobState::queued;
    int attempt = 0, priority = 0, release_count = 0, limit = 0;
    bool of_run = false;
    Time queued_since{0};
    std::map<int, AttemptView> attempts;
  };
  struct Truth {
    std::map<int, std::string> printed;
    std::map<std::string, std::string> outputs;
    bool says_incomplete = false;
    std::map<std::string, int> accepted;  // bodies of finishes and releases that were answered with 200
  };

  void on_commit(const Commit& commit);
  void look_at_claim(Arrival& arrival) const;
  void check_claim(const Arrival& arrival, const Reply& reply);
  std::string claimed_with(const std::string& claim) const;
  std::optional<bool> drains(const std::string& boot) const;
  void look_at(const std::string& job, const std::vector<std::string_view>& statements);
  void check_change(const std::string& id, const JobView& before, const JobView& now,
                    const std::vector<std::string_view>& statements);
  void check_attempts(const JobView& before, const JobView& now);
  void check_priority(const JobView& claimed);
  void check_group(const JobView& queued);
  std::optional<JobView> load(const std::string& job);
  const AttemptView* attempt_of(const std::string& job, int attempt) const;
  void check_bytes(const std::string& id, const JobView& job, int attempt, int step, const std::string& stored);

  World& world_;
  const CheckerSettings settings_;
  Store* store_ = nullptr;
  RunChecker runs_;
  std::map<std::string, JobView> jobs_;
  std::map<std::pair<std::string, int>, Truth> truth_;
  std::map<std::string, std::set<std::string>> running_in_group_;
  std::map<std::string, std::string> by_key_;  // Idempotency-Key → id of a job or a run
  std::map<std::string, Time> offered_at_;
  std::map<std::string, std::int64_t> transitions_;
  std::map<std::string, std::pair<std::string, int>>
      given_;  // job and attempt, by the claim_id that was answered with it
};

}  // namespace open_cicd::sim
