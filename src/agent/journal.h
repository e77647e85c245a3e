// The finish of the agent's last job, kept until the server has answered it, so that a restarted agent can still
// deliver it.
//
// Only a *complete* finish is worth keeping: a job that had not ended dies with its agent and is given to another one,
// what its steps left is found by the executors' own labels and records, and a claim cannot be repeated by a new
// process. It is written before the finish is sent (a few microseconds, no fsync: survives the agent's death) and made
// durable only when the server cannot be reached, so that a disk's flush is never on the path of a job that ends well.
#pragma once

#include "agent/file.h"
#include "base/error.h"
#include "protocol/messages.h"

#include <boost/describe.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace open_cicd::agent {

struct JournalEntry {
  std::string job_id;
  int attempt = 0;
  std::string lease_token;
  protocol::StatusRequest finish;
};
BOOST_DESCRIBE_STRUCT(JournalEntry, (), (job_id, attempt, lease_token, finish))

// One entry in one file, behind its length and CRC-32C; what may follow is of a longer one before it. record() and
// clear() do not block; sync() does: run it on a worker, with no other call meanwhile.
class Journal {
 public:
  static Result<Journal> open(const std::filesystem::path& path);

  Result<void> record(const JournalEntry& entry);  // in place of the one before; nothing to do for the same again
  Result<void> sync() const;
  Result<void> clear();
  // Nothing when it is empty, torn or damaged: that finish was never complete.
  Result<std::optional<JournalEntry>> load() const;

 private:
  File file_;
  std::string recorded_;  // what the file begins with; empty: not known
};

}  // namespace open_cicd::agent
