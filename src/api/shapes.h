// The JSON that people and programs read: described structs, so that the OpenAPI document is made from the same
// definition.
#pragma once

#include "agents/agents.h"
#include "base/json.h"
#include "jobs/jobs.h"
#include "protocol/messages.h"
#include "queue/queue.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::api {

std::optional<std::string> time_or_nothing(std::optional<std::int64_t> unix_ms);  // in words, RFC 3339

struct SubmitView {
  std::string id;
  std::string state;
};
BOOST_DESCRIBE_STRUCT(SubmitView, (), (id, state))

// protocol::FinishReply as the server writes it.
struct NextJobView {
  std::string job_id;
  jobs::ClaimAnswer claim;
};
BOOST_DESCRIBE_STRUCT(NextJobView, (), (job_id, claim))

struct FinishView {
  std::string state;
  bool cancel = false;
  std::optional<NextJobView> next;
};
BOOST_DESCRIBE_STRUCT(FinishView, (), (state, cancel, next))

struct StepView {
  int step = 0;  // −1 is setup
  std::string name;
  std::string state;
  std::optional<int> exit_code;
  std::optional<std::int64_t> duration_ms;
  std::int64_t log_bytes = 0;
  std::optional<protocol::StepReason> reason;  // why it did not run, failed, or was ended
  std::optional<bool> allowed_failure;         // it failed, and the job went on as if it had not
  std::optional<bool> background;              // others run beside it
};
BOOST_DESCRIBE_STRUCT(StepView, (),
                      (step, name, state, exit_code, duration_ms, log_bytes, reason, allowed_failure, background))

struct AttemptView {
  int attempt = 1;
  std::string agent_id;
  std::string agent;  // its name
  std::string state;
  std::optional<std::string> cause;
  std::optional<std::string> message;
  std::optional<int> exit_code;
  std::vector<std::string> log_flags;  // log_incomplete, log_unverified, log_truncated
  std::vector<protocol::ImageReport> images;
  std::string claimed_at;
  std::optional<std::string> started_at;
  std::optional<std::string> ended_at;
};
BOOST_DESCRIBE_STRUCT(AttemptView, (),
                      (attempt, agent_id, agent, state, cause, message, exit_code, log_flags, images, claimed_at,
                       started_at, ended_at))

// When a job that waits will start, and end, as far as it is known now.
struct EstimateView {
  std::optional<std::string> starts_at, ends_at;
};
BOOST_DESCRIBE_STRUCT(EstimateView, (), (starts_at, ends_at))
std::optional<EstimateView> estimate_view(const queue::Outlook& outlook);

struct JobView {
  std::string id;
  std::int64_t version = 1;  // grows with each change of what is shown here
  std::string name;
  std::string state;
  json::Text reason;  // null or {"code", "facts"}: why it waits or how it ended
  std::optional<EstimateView> estimate;
  std::string executor;
  std::vector<std::string> runs_on;
  int priority = 0;
  std::optional<std::string> run_id;
  std::optional<std::string> key;  // in its run
  int attempt = 0;
  std::optional<std::vector<AttemptView>> attempts;
  std::optional<StepView> setup;
  std::optional<std::vector<StepView>> steps;  // of the current attempt
  std::optional<int> exit_code;
  std::optional<std::vector<std::string>> log_flags;
  std::string created_at;
  std::optional<std::string> queued_at;
  std::optional<std::string> started_at;
  std::optional<std::string> finished_at;
  std::optional<std::string> logs;                               // ?logs=1: the text of the log, its last MiB
  std::optional<bool> logs_cut;                                  // the text is not the whole log
  std::optional<json::Text> spec;                                // ?spec=1: the job as resolved
  std::optional<std::vector<protocol::Annotation>> annotations;  // of the current attempt, once it has ended
  std::optional<std::int64_t> summary_bytes;                     // likewise; absent: it has none
  std::optional<std::string> summary;                            // ?summary=1: Markdown
};
BOOST_DESCRIBE_STRUCT(JobView, (),
                      (id, version, name, state, reason, estimate, executor, runs_on, priority, run_id, key, attempt,
                       attempts, setup, steps, exit_code, log_flags, created_at, queued_at, started_at, finished_at,
                       logs, logs_cut, spec, annotations, summary_bytes, summary))

struct JobListView {
  std::vector<JobView> jobs;
  boost::json::value next_cursor;  // null at the end
};
BOOST_DESCRIBE_STRUCT(JobListView, (), (jobs, next_cursor))

// A job that waits.
struct QueuedJobView {
  std::string id;
  std::string name;
  std::string state;  // queued, blocked
  json::Text reason;
  std::optional<std::int64_t> position;  // among those that ask for the same; 1 is offered next
  std::optional<EstimateView> estimate;
  std::string executor;
  std::vector<std::string> runs_on;
  int priority = 0;
  std::optional<std::string> run_id;
  std::optional<std::string> key;  // in its run
  std::string created_at;
  std::optional<std::string> queued_at;
};
BOOST_DESCRIBE_STRUCT(QueuedJobView, (),
                      (id, name, state, reason, position, estimate, executor, runs_on, priority, run_id, key,
                       created_at, queued_at))

struct QueueView {
  std::vector<QueuedJobView> jobs;
  boost::json::value next_cursor;  // null at the end
};
BOOST_DESCRIBE_STRUCT(QueueView, (), (jobs, next_cursor))

struct AgentView {
  std::string id;
  std::int64_t revision = 1;  // what `version` is elsewhere: here that is its program's
  std::string name;
  std::string state;  // idle, busy, draining, offline
  std::map<std::string, std::string> labels;
  std::vector<std::string> executors;
  std::map<std::string, std::string> withdrawn;  // of them, those that do not work at present, and why
  std::string version;
  std::string os;
  std::string arch;
  boost::json::value current_job;  // id or null
  std::string registered_at;
  std::string last_seen_at;
};
BOOST_DESCRIBE_STRUCT(AgentView, (),
                      (id, revision, name, state, labels, executors, withdrawn, version, os, arch, current_job,
                       registered_at, last_seen_at))

struct AgentListView {
  std::vector<AgentView> agents;
  boost::json::value next_cursor;
};
BOOST_DESCRIBE_STRUCT(AgentListView, (), (agents, next_cursor))

struct HealthView {
  std::string status;
};
BOOST_DESCRIBE_STRUCT(HealthView, (), (status))

struct ReadyView {
  std::string status;  // ready, or what is missing
  std::string database;
};
BOOST_DESCRIBE_STRUCT(ReadyView, (), (status, database))

struct StoredView {
  std::int64_t count = 0;  // runs, jobs, or the logs of jobs
  std::int64_t bytes = 0;
  std::int64_t due_count = 0;  // what retention would delete now
  std::int64_t due_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(StoredView, (), (count, bytes, due_count, due_bytes))

struct FileView {
  std::string name;  // of a folder with a slash at its end
  std::int64_t bytes = 0;
  bool complete = true;  // false: a folder with more entries than are looked at, so `bytes` are fewer than it has
};
BOOST_DESCRIBE_STRUCT(FileView, (), (name, bytes, complete))

struct AgeView {
  std::string younger_than;  // "1d", "7d", "30d", "90d", "older"; counted from their last change
  std::int64_t jobs = 0;     // with a log in a file
  std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(AgeView, (), (younger_than, jobs, bytes))

struct LargeLogView {
  std::string job;
  std::string name;  // of the job; empty when the database does not know it
  std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(LargeLogView, (), (job, name, bytes))

struct StorageView {
  std::string engine;
  std::int64_t database_bytes = 0;
  std::int64_t database_unused_bytes = 0;  // within them; SQLite alone knows
  StoredView runs;                         // bytes stay 0: they are in the database's, like those of jobs
  StoredView jobs;
  StoredView small_logs;  // in the database
  StoredView log_files;
  StoredView unknown_log_files;  // of jobs that the database does not know
  std::int64_t idempotency_keys = 0;
  std::vector<AgeView> log_files_by_age;
  std::vector<LargeLogView> largest_logs;  // at most ten
  std::vector<FileView> files;             // of the data folder, and its folders but that of the logs
  std::int64_t retention_age_ms = 0;
  std::int64_t retention_jobs = 0;
};
BOOST_DESCRIBE_STRUCT(StorageView, (),
                      (engine, database_bytes, database_unused_bytes, runs, jobs, small_logs, log_files,
                       unknown_log_files, idempotency_keys, log_files_by_age, largest_logs, files, retention_age_ms,
                       retention_jobs))

// `live_bytes`: of a running attempt's steps, beside those that the database knows.
JobView view_of(const jobs::JobDetail& detail, const std::map<int, std::int64_t>& live_bytes);
AttemptView view_of(const jobs::Attempt& attempt);
JobView view_of(const jobs::Job& job);  // in a list: without attempts and steps
AgentView view_of(const agents::Agent& agent);
QueueView view_of(const queue::QueuePage& page);

}  // namespace open_cicd::api
