// What the database knows of earlier runs: how the job of a key ended in them, and how long they took.
#pragma once

#include "analysis/timing.h"
#include "base/asio.h"
#include "db/db.h"
#include "runs/run.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::analysis {

// A job that passed or failed in another run, or in another round of the same one.
struct PastEnd {
  RunId run_id;
  std::int64_t number = 0;
  std::optional<std::string> sha;
  JobId job_id;
  std::string state;  // succeeded, failed, timed_out
  std::optional<std::string> reason;
  int attempt = 0;
};
BOOST_DESCRIBE_STRUCT(PastEnd, (), (run_id, number, sha, job_id, state, reason, attempt))

// Runs to look at, as a JSON list of ids; of which branch or commit.
struct Lanes {
  std::string here, on_default_branch, of_commit;
  bool is_default_branch = false;
};

// Reads only; thread-safe. Looks back over a number of runs that is bounded.
class Archive {
 public:
  explicit Archive(db::Session& db) : db_(db) {}

  Task<Lanes> lanes_of(runs::Run run);
  // Newest first.
  Task<std::vector<PastEnd>> ends_of(std::string runs, std::string key);
  // The same of earlier rounds of this very run.
  Task<std::vector<PastEnd>> rounds_of(RunId run, std::string key);
  // Of the last runs of the same pipeline that succeeded.
  Task<Past> past_of(runs::Run run);

 private:
  db::Session& db_;
};

}  // namespace open_cicd::analysis
