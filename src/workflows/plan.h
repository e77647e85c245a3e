// What a run will do: a workflow, resolved for one event. The same struct is what the CLI prints, the API answers and a
// run is made from; its JSON has these fields in this order.
#pragma once

#include "pipelines/job_spec.h"
#include "workflows/finding.h"

#include <boost/describe.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::workflows {

// Why something does not happen, as reasons are told everywhere: a code, and facts for it.
//   skipped_condition {expression, values}: its own `if` was false; values of the names that it speaks of
//   skipped_filter {filter, value}: the event is none of `on`
//   skipped_need {job, result}: a need ends with a result that does not let it go on
struct Reason {
  std::string code;
  boost::json::object facts;
};
BOOST_DESCRIBE_STRUCT(Reason, (), (code, facts))

struct PlannedNeed {
  std::string job;  // as the file calls it: all legs of its matrix
  bool optional = false;
  std::vector<std::string> results;  // that let this job go on; empty: those of success()
};
BOOST_DESCRIBE_STRUCT(PlannedNeed, (), (job, optional, results))

struct Leg {
  boost::json::object values;                // by axis, and what `include` adds
  std::optional<std::int64_t> max_parallel;  // of all legs of the job
  bool fail_fast = true;
};
BOOST_DESCRIBE_STRUCT(Leg, (), (values, max_parallel, fail_fast))

// An expression that is known later than the plan: the value at `path` of the spec is left out of it.
struct Late {
  std::string path;   // "env.VERSION", "steps[1].env.VERSION", "steps[0].with.tag", "cache[0].key"
  std::string text;   // as written: "${{ needs.build.outputs.version }}"
  std::string known;  // release: when all needs have ended; agent: before each step
};
BOOST_DESCRIBE_STRUCT(Late, (), (path, text, known))

struct AllowFailure {
  bool all = false;             // any failure
  std::vector<int> exit_codes;  // or these
};
BOOST_DESCRIBE_STRUCT(AllowFailure, (), (all, exit_codes))

struct PlannedCheckout {  // of the run's own repository and commit
  int depth = 1;
  bool submodules = false;
  bool lfs = false;
  std::string path;
};
BOOST_DESCRIBE_STRUCT(PlannedCheckout, (), (depth, submodules, lfs, path))

struct Cache {
  std::string key;  // empty: in `late`
  std::vector<std::string> fallback;
  std::vector<std::string> paths;
  std::string policy = "both";
};
BOOST_DESCRIBE_STRUCT(Cache, (), (key, fallback, paths, policy))

struct Artifact {
  std::string name;
  std::vector<std::string> paths;
  std::vector<std::string> exclude;
  std::string when = "succeeded";
  std::int64_t expires_ms = std::int64_t{30} * 24 * 3600 * 1000;
};
BOOST_DESCRIBE_STRUCT(Artifact, (), (name, paths, exclude, when, expires_ms))

struct Reports {
  std::vector<std::string> junit;
  std::vector<std::string> coverage;
};
BOOST_DESCRIBE_STRUCT(Reports, (), (junit, coverage))

struct Environment {
  std::string name;
  std::string url;
};
BOOST_DESCRIBE_STRUCT(Environment, (), (name, url))

struct Approval {
  std::vector<std::string> by;
  int count = 1;
  std::int64_t expires_ms = std::int64_t{7} * 24 * 3600 * 1000;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Approval, (), (by, count, expires_ms, message))

// What a step has beyond its Step in the spec.
struct PlannedStep {
  int step = 0;  // its index in the spec
  std::optional<std::string> id;
  std::optional<std::string> condition;  // its `if`, unless it is known to be true
  std::optional<Reason> skipped;         // its `if` is known to be false
  std::optional<std::string> uses;       // a plugin's image
  std::map<std::string, std::string> with;
  std::map<std::string, std::string> secrets;  // by variable
  std::optional<std::string> user;
  std::vector<std::string> entrypoint;
  bool background = false;
  bool privileged = false;
  std::vector<int> allowed_exit_codes;  // of allow_failure
};
BOOST_DESCRIBE_STRUCT(PlannedStep, (),
                      (step, id, condition, skipped, uses, with, secrets, user, entrypoint, background, privileged,
                       allowed_exit_codes))

struct PlannedJob {
  std::string key;   // unique in the plan, the same in every plan of this file: "test (postgres:16)"
  std::string job;   // as the file calls it: "test"
  std::string name;  // shown to people
  std::optional<Leg> matrix;
  std::vector<PlannedNeed> needs;
  std::string condition;                   // evaluated when the job is released; "success()" unless the file says more
  std::optional<Reason> skipped;           // it does not run, and has no spec
  std::optional<pipelines::JobSpec> spec;  // without what is late, and without a checkout's URL
  std::vector<Late> late;
  std::optional<PlannedCheckout> checkout;  // none: the workspace starts empty
  std::optional<AllowFailure> allow_failure;
  std::vector<std::string> outputs;
  std::optional<std::string> user;
  std::map<std::string, std::string> secrets;  // by variable
  std::vector<Cache> cache;
  std::vector<Artifact> artifacts;
  std::optional<Reports> reports;
  std::optional<Environment> environment;
  std::optional<Approval> approval;
  std::map<std::string, std::string> id_token;  // audiences by variable
  std::optional<std::string> uses;              // the template that it comes from
  boost::json::object with;                     // for one of another repository, which is not read yet: no spec either
  std::vector<PlannedStep> steps;               // only those that have something beyond the spec
};
BOOST_DESCRIBE_STRUCT(PlannedJob, (),
                      (key, job, name, matrix, needs, condition, skipped, spec, late, checkout, allow_failure, outputs,
                       user, secrets, cache, artifacts, reports, environment, approval, id_token, uses, with, steps))

// A key that is read and checked, but that nothing can run yet: a run of this plan is refused with these.
struct NotAvailable {
  std::optional<std::string> file;  // of a template; none: the workflow itself
  std::string path;
  int line = 0, column = 0;
  std::string key;
};
BOOST_DESCRIBE_STRUCT(NotAvailable, (), (file, path, line, column, key))

struct UsedTemplate {
  std::string path;
  std::string digest;  // "sha256:…" of its text
};
BOOST_DESCRIBE_STRUCT(UsedTemplate, (), (path, digest))

// What the plan was made for, as it was told.
struct PlannedEvent {
  std::string name;
  std::optional<std::string> action;
  std::optional<std::string> branch;
  std::optional<std::string> tag;
  std::optional<std::vector<std::string>> changed;
};
BOOST_DESCRIBE_STRUCT(PlannedEvent, (), (name, action, branch, tag, changed))

struct Plan {
  std::string name;
  std::string digest;  // "sha256:…" of the workflow's text
  PlannedEvent event;
  boost::json::object inputs;     // as given, or their defaults
  std::optional<Reason> skipped;  // the whole run: no job runs
  std::optional<pipelines::Concurrency> concurrency;
  std::vector<PlannedJob> jobs;  // each after all that it needs
  std::vector<UsedTemplate> templates;
  std::vector<NotAvailable> not_available;
  std::vector<Finding> warnings;
};
BOOST_DESCRIBE_STRUCT(Plan, (),
                      (name, digest, event, inputs, skipped, concurrency, jobs, templates, not_available, warnings))

// The document that the CLI and the server print, byte for byte the same. Ends with a line break.
std::string plan_text(const Plan& plan);

}  // namespace open_cicd::workflows
