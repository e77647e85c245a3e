// A job and its attempts as the database keeps them.
#pragma once

#include "base/id.h"
#include "base/json_rules.h"
#include "jobs/state.h"
#include "protocol/messages.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::jobs {

// One step of an attempt; stored as JSON in attempts.steps, setup (−1) first once it has printed or ended.
struct StepRecord {
  int step = 0;
  std::string name;
  StepState state = StepState::pending;
  std::optional<int> exit_code;
  std::optional<std::int64_t> duration_ms;
  std::int64_t log_bytes = 0;
  std::optional<std::string> log_crc32c;
  std::optional<protocol::StepReason> reason;  // why it did not run
  std::optional<bool> allowed_failure;
  std::optional<bool> background;  // others run beside it
  // Unix milliseconds; absent where nothing was heard of it while it ran, as of one that is over in a moment. See
  // step_starts().
  std::optional<std::int64_t> started_at;
};
BOOST_DESCRIBE_STRUCT(StepRecord, (),
                      (step, name, state, exit_code, duration_ms, log_bytes, log_crc32c, reason, allowed_failure,
                       background, started_at))

}  // namespace open_cicd::jobs

template <>
struct open_cicd::json::RulesOf<open_cicd::jobs::StepRecord> {
  static constexpr std::array rules{Rule{.member = "state", .words = protocol::step_state_names}};
};

namespace open_cicd::jobs {

struct Attempt {
  int attempt = 1;
  std::string agent_id;
  std::string agent_name;
  std::string boot_id;
  std::string claim_id;
  std::string state;
  bool open = false;
  std::optional<std::string> cause;
  std::optional<std::string> message;
  std::optional<int> exit_code;
  std::vector<StepRecord> steps;
  std::vector<protocol::ImageReport> images;
  std::optional<std::string> log_flags;  // comma list: log_incomplete, log_unverified, log_truncated
  std::int64_t claimed_at = 0;
  std::optional<std::int64_t> started_at;
  std::optional<std::int64_t> ended_at;
};
BOOST_DESCRIBE_STRUCT(Attempt, (),
                      (attempt, agent_id, agent_name, boot_id, claim_id, state, open, cause, message, exit_code, steps,
                       images, log_flags, claimed_at, started_at, ended_at))

// What people are shown of a job. Its spec is apart: a list does not load it.
struct Job {
  JobId id;
  std::int64_t seq = 0;
  std::string name;
  JobState state = JobState::queued;
  std::optional<std::string> reason;  // JSON text {"code", "facts"}
  std::string executor;
  std::vector<std::string> runs_on;
  int priority = 0;
  int attempt = 0;
  std::optional<int> exit_code;
  std::string created_by;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> queued_at, started_at, finished_at;
  std::optional<std::int64_t> not_before;  // of a retry: not offered before
  std::optional<RunId> run_id;
  std::optional<std::string> key;  // in its run
  std::int64_t version = 1;        // grows with each change of what is shown of it
};
BOOST_DESCRIBE_STRUCT(Job, (),
                      (id, seq, name, state, reason, executor, runs_on, priority, attempt, exit_code, created_by,
                       created_at, queued_at, started_at, finished_at, not_before, run_id, key, version))

// A secret that a job asks for, and an image that sees its value; empty: a step on the agent itself.
struct SecretUse {
  std::string name, image;
  bool operator==(const SecretUse&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecretUse, (), (name, image))

// What the dispatcher keeps in memory of a job that can be offered.
struct QueuedJob {
  JobId id;
  std::int64_t seq = 0;
  int priority = 0;
  int next_attempt = 1;
  std::string name;
  std::string executor;
  std::vector<std::string> runs_on;
  std::int64_t delay_ms = 0;  // a retry's: not offered before
};
BOOST_DESCRIBE_STRUCT(QueuedJob, (), (id, seq, priority, next_attempt, name, executor, runs_on))

// Why an agent is not offered a job again for a while.
enum class Avoid : unsigned char { always, while_others_are_there };

// PORT of jobs: who offers queued jobs to agents. Implemented by agents::Dispatcher. Thread-safe; called after the
// commit.
class QueueListener {
 public:
  virtual ~QueueListener() = default;
  virtual void queued(QueuedJob job) = 0;
  // Claimed or cancelled: an entry for that attempt or an earlier one goes; a later retry stays.
  virtual void unqueued(JobId job, int attempt) = 0;            // claimed, cancelled
  virtual void avoid(JobId job, AgentId agent, Avoid how) = 0;  // that agent gave it back, or could not run it
  virtual void lease_changed(AgentId agent) = 0;  // a cancel waits, a lease is lost or ended: answer its poll
  virtual std::size_t depth() const = 0;
};

}  // namespace open_cicd::jobs
