// Tells forges how runs stand, as statuses of their commits. What is told is computed from the run as it is now and
// compared with what was told last, so that the newest state wins, a crash costs at most a repeat, and a forge that is
// away for an hour gets one status for each context and not the whole history.
#pragma once

#include "base/task_group.h"
#include "repositories/repositories.h"
#include "runs/runs.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace open_cicd::repositories {

struct ToldStatus {
  std::string context, state, description;
  std::string run_id;
  std::int64_t number = 0, round = 1;
  bool operator==(const ToldStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ToldStatus, (), (context, state, description, run_id, number, round))

// All that a forge is to be told of a run, the run itself first. Pure.
std::vector<ToldStatus> statuses_of(const runs::RunDetail& detail);

class Reporter {
 public:
  Reporter(db::Session& db, const Clock& clock, Repositories& repositories, runs::Runs& runs)
      : db_(db), clock_(clock), repositories_(repositories), runs_(runs) {}

  // Works until it is cancelled; then what is under way has ended.
  Task<void> run();

 private:
  struct Due;
  Task<void> report_all(std::string repository);
  Task<Result<void>> report_some(const std::string& repository, std::vector<Due>& due);
  Task<void> show_error(std::string repository, std::string error);
  Task<Result<void>> report(const Repository& repository, scm::Forge& forge, const Due& due);
  Task<std::vector<ToldStatus>> left_waiting(const runs::Run& run, const std::vector<runs::Round>& rounds,
                                             const std::map<std::string, ToldStatus>& told);
  Task<void> look_back();
  Task<void> done(const Due& due);
  Task<void> again(const Due& due, std::int64_t at);
  std::int64_t end_of_doubt() const;
  Task<void> later(std::vector<Due> due, Milliseconds pause, std::string why);
  Milliseconds pause_after(std::int64_t tries) const;

  db::Session& db_;
  const Clock& clock_;
  Repositories& repositories_;
  runs::Runs& runs_;
  std::set<std::string> busy_;                  // repositories; of run()'s thread
  std::map<std::string, std::int64_t> paused_;  // likewise: until when their forge is not asked
  // Runs, likewise, and until when: a request of theirs may be on its way, sent by the process before this one, or
  // without an answer.
  std::map<std::string, std::int64_t> in_doubt_;
};

}  // namespace open_cicd::repositories
