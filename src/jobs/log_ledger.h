// PORT of jobs: what a finish needs from the logs. Implemented by logs::Logs; faked in the tests of jobs and in the
// simulation.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/id.h"
#include "db/db.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::jobs {

// What the agent says its steps printed. Step −1 is setup; a step that is missing counts as empty.
struct LogClaim {
  struct Sum {
    std::int64_t size = 0;
    std::uint32_t crc32c = 0;
  };
  std::optional<std::map<int, Sum>> sums;  // nothing: the agent leaves logs out, the job is marked log_unverified
  bool incomplete = false;                 // the spool is gone, or the attempt was lost: take what is there
  bool truncated = false;                  // the agent stopped counting at the log limit
};

struct LogVerdict {
  std::map<int, std::int64_t> next;  // not empty: not yet complete, upload each step from here and finish again
  struct Step {
    int step = 0;
    std::int64_t size = 0;
    std::uint32_t crc32c = 0;
    std::optional<db::Bytes> small;  // a short log lives in the database, compressed; written by persist()
  };
  std::vector<Step> steps;  // those with at least one byte, ascending
  bool incomplete = false, unverified = false, truncated = false;
};

// Thread-safe.
class LogLedger {
 public:
  virtual ~LogLedger() = default;
  // Flushes the attempt's logs durably (off the database's writer), compares them with the claim and freezes them:
  // appends are refused until close(). When the verdict has a `next`, nothing is frozen. The same step with a wrong
  // checksum a second time ends as incomplete.
  virtual Task<Result<LogVerdict>> verify(JobId job, int attempt, LogClaim claim) = 0;
  // Writes what the database keeps of it; part of the finish transaction, on the database's thread.
  virtual Task<void> persist(db::Transaction& tx, JobId job, int attempt, const LogVerdict& verdict) = 0;
  // After the transaction: committed, the log is immutable and its memory is freed; or not, and appends go on.
  virtual void close(JobId job, int attempt, bool committed) = 0;
};

}  // namespace open_cicd::jobs
