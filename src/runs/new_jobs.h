// The rows of a plan's jobs, made before the database's writer has its turn.
#pragma once

#include "base/id.h"
#include "workflows/plan.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::runs {

// As they are inserted: members are columns.
struct NewJob {
  std::string id, key, job;
  int place = 0;
  std::string name, state;
  std::optional<std::string> reason;
  std::string spec, steps, executor, runs_on;
  int priority = 0;
  std::int64_t timeout_ms = 0;
  std::string retry;
  std::optional<std::string> concurrency_group;
  int concurrency_limit = 0;
  std::string on_conflict = "queue";
  std::optional<std::int64_t> queued_at, finished_at;
  std::optional<std::string> rerun_of;
  std::string needs;
  int needs_open = 0;
  std::string condition;
  int cleans_up = 0;
  std::optional<std::string> matrix;
  std::optional<std::int64_t> max_parallel;
  int waits_for_slot = 0;
  int fail_fast = 0;
  std::optional<std::string> allow_failure, late, output_names, secret_uses;
};
BOOST_DESCRIBE_STRUCT(NewJob, (),
                      (id, key, job, place, name, state, reason, spec, steps, executor, runs_on, priority, timeout_ms,
                       retry, concurrency_group, concurrency_limit, on_conflict, queued_at, finished_at, rerun_of,
                       needs, needs_open, condition, cleans_up, matrix, max_parallel, waits_for_slot, fail_fast,
                       allow_failure, late, output_names, secret_uses))

struct NewNeed {
  std::string job_id, need;
  int optional = 0;
  std::string results;
};
BOOST_DESCRIBE_STRUCT(NewNeed, (), (job_id, need, optional, results))

struct NewJobs {
  std::vector<NewJob> jobs;  // in the order of the plan
  std::vector<NewNeed> needs;
  // Of them, those that wait for nothing and have something to evaluate: Release::start() is to follow. The others that
  // wait for nothing are queued, or wait for their concurrency group.
  std::vector<JobId> ready;
};

// What a concurrency group of a run, or of a job of one, is stored as: runs do not share the groups of single jobs.
std::string group_key(std::string_view scope, std::string_view group);

std::string waiting_for_slot(std::string_view job, std::int64_t max_parallel);  // a reason

// What all jobs of a run have around them.
struct Surroundings {
  std::string_view scope;                       // of its concurrency groups
  boost::json::object contexts;                 // of expressions, by their names
  std::optional<pipelines::Checkout> checkout;  // the repository and the ref of jobs that ask for one
};

// All jobs of a run's first round. `run_waits`: why the run is pending, and each of its jobs with it.
NewJobs make_jobs(const workflows::Plan& plan, const Surroundings& around, const std::optional<std::string>& run_waits,
                  std::int64_t now);

}  // namespace open_cicd::runs
