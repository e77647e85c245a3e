#include "runs/new_jobs.h"

#include "base/json.h"
#include "expressions/expression.h"
#include "jobs/records.h"
#include "runs/decide.h"
#include "runs/records.h"
#include "workflows/agent_spec.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <algorithm>
#include <map>

namespace open_cicd::runs {
namespace {

using workflows::PlannedJob;

bool calls(const expressions::Node& node, std::string_view function) {
  if (node.kind == expressions::NodeKind::call && node.name == function) return true;
  return std::ranges::any_of(node.children, [&](const auto& child) { return calls(child, function); });
}

// The planner has checked it; one that does not parse is told when the job is released.
bool cleans_up(const std::string& condition) {
  const auto parsed = expressions::parse(condition);
  return parsed && (calls(parsed->root(), "always") || calls(parsed->root(), "cancelled"));
}

// How many jobs that have not ended when the run begins go by each name.
std::map<std::string, int> count_open(const workflows::Plan& plan) {
  std::map<std::string, int> open;
  for (const PlannedJob& job : plan.jobs) open[job.job] += job.skipped ? 0 : 1;
  return open;
}

// The values that expressions of its steps, and its variables, are made of. `needs` is known when the job is released,
// `run` when it is claimed.
boost::json::object contexts_of(const PlannedJob& planned, boost::json::object contexts) {
  if (auto* git = contexts.if_contains("git"); git != nullptr && git->is_object()) git->as_object().erase("changed");
  if (planned.matrix) contexts["matrix"] = planned.matrix->values;
  return contexts;
}

void add_spec(const PlannedJob& planned, const Surroundings& around, NewJob& job) {
  pipelines::JobSpec spec = workflows::spec_for_agent(planned);
  spec.contexts = contexts_of(planned, around.contexts);
  if (planned.checkout && around.checkout) {
    spec.checkout = around.checkout;
    spec.checkout->depth = planned.checkout->depth;
    if (planned.checkout->submodules) spec.checkout->submodules = true;
    if (planned.checkout->lfs) spec.checkout->lfs = true;
    if (!planned.checkout->path.empty()) spec.checkout->path = planned.checkout->path;
  }
  job.spec = json::write_text(spec);
  job.secret_uses = jobs::secret_uses_of(spec);
  job.steps = jobs::write_new_steps(spec);
  job.executor = spec.executor;
  job.runs_on = json::write_text(spec.runs_on);
  job.priority = spec.priority;
  job.timeout_ms = spec.timeout_ms;
  job.retry = json::write_text(spec.retry);
  if (!spec.concurrency) return;
  job.concurrency_group = group_key(around.scope, spec.concurrency->group);
  job.concurrency_limit = spec.concurrency->limit;
  job.on_conflict = spec.concurrency->on_conflict;
}

// What the plan left out has no spec.
void add_nothing(NewJob& job) {
  job.spec = "{}";
  job.steps = "[]";
  job.runs_on = "[]";
  job.retry = json::write_text(pipelines::Retry{});
}

std::vector<std::string> names_of(const std::vector<workflows::PlannedNeed>& needs) {
  std::vector<std::string> names;
  for (const workflows::PlannedNeed& need : needs) names.push_back(need.job);
  return names;
}

// Whether the agent evaluates something that may speak of the needs.
bool agent_asks_for_needs(const PlannedJob& job) {
  constexpr std::string_view needs = "needs";
  return std::ranges::any_of(job.late,
                             [&](const auto& one) { return one.known == "agent" && one.text.contains(needs); }) ||
         std::ranges::any_of(job.steps,
                             [&](const auto& step) { return step.condition && step.condition->contains(needs); });
}

std::optional<std::string> late_at_release(const PlannedJob& job) {
  std::vector<workflows::Late> now;
  std::ranges::copy_if(job.late, std::back_inserter(now), [](const auto& one) { return one.known == "release"; });
  if (agent_asks_for_needs(job))
    now.push_back({.path = std::string(needs_for_agent), .text = "${{ to_json(needs) }}", .known = "release"});
  return now.empty() ? std::nullopt : std::optional(json::write_text(now));
}

NewJob describe(const PlannedJob& planned, int place) {
  NewJob job{.id = JobId::make().str(), .key = planned.key, .job = planned.job, .place = place, .name = planned.name};
  job.needs = json::write_text(names_of(planned.needs));
  job.condition = planned.condition;
  job.cleans_up = cleans_up(planned.condition) ? 1 : 0;
  if (planned.matrix) {
    job.matrix = boost::json::serialize(planned.matrix->values);
    job.max_parallel = planned.matrix->max_parallel;
    job.fail_fast = planned.matrix->fail_fast ? 1 : 0;
  }
  if (planned.allow_failure) job.allow_failure = json::write_text(*planned.allow_failure);
  if (!planned.outputs.empty()) job.output_names = json::write_text(planned.outputs);
  job.late = late_at_release(planned);
  return job;
}

void start_at_once(const PlannedJob& planned, NewJob& job, std::int64_t now) {
  if (job.concurrency_group) {
    job.reason = jobs::reason("waiting_for_concurrency", {{"group", planned.spec->concurrency->group}});
    return;
  }
  job.state = "queued";
  job.queued_at = now;
  job.reason = jobs::waiting_for_agent(job.executor, boost::json::value_from(planned.spec->runs_on));
}

// Nothing of it has to be evaluated.
bool is_simple(const PlannedJob& planned, const NewJob& job) {
  return job.condition == default_condition && !job.late && planned.needs.empty();
}

// Why it waits is the first gate that is closed. `legs`: how many of its matrix stand before it.
void add_gates(const PlannedJob& planned, const std::optional<std::string>& run_waits, std::int64_t& legs,
               NewJob& job) {
  if (job.needs_open > 0)
    job.reason = jobs::reason("waiting_for_needs", {{"jobs", boost::json::value_from(names_of(planned.needs))}});
  if (job.max_parallel && ++legs > *job.max_parallel) {
    if (job.needs_open == 0) job.reason = waiting_for_slot(job.job, *job.max_parallel);
    job.waits_for_slot = 1;
    ++job.needs_open;
  }
  if (!run_waits) return;
  if (job.needs_open == 0) job.reason = *run_waits;
  ++job.needs_open;
}

}  // namespace

std::string waiting_for_slot(std::string_view job, std::int64_t max_parallel) {
  return jobs::reason("waiting_for_concurrency", {{"group", job}, {"max_parallel", max_parallel}});
}

std::string group_key(std::string_view scope, std::string_view group) {
  return std::string(scope) + "\n" + std::string(group);
}

NewJobs make_jobs(const workflows::Plan& plan, const Surroundings& around, const std::optional<std::string>& run_waits,
                  std::int64_t now) {
  const std::map<std::string, int> open = count_open(plan);
  std::map<std::string, std::int64_t> with_slot;  // legs of a matrix that may run at once
  NewJobs made;
  for (const PlannedJob& planned : plan.jobs) {
    NewJob job = describe(planned, static_cast<int>(made.jobs.size()));
    for (const workflows::PlannedNeed& need : planned.needs) {
      made.needs.push_back(
          {.job_id = job.id, .need = need.job, .optional = need.optional, .results = json::write_text(need.results)});
      if (const auto found = open.find(need.job); found != open.end()) job.needs_open += found->second;
    }
    if (planned.spec)
      add_spec(planned, around, job);
    else
      add_nothing(job);
    job.state = "blocked";
    if (planned.skipped) {
      job.state = "skipped";
      job.reason = jobs::reason(planned.skipped->code, planned.skipped->facts);
      job.finished_at = now;
      job.needs_open = 0;
    } else {
      add_gates(planned, run_waits, with_slot[job.job], job);
      if (job.needs_open == 0) {
        if (is_simple(planned, job))
          start_at_once(planned, job, now);
        else
          made.ready.push_back(JobId::parse(job.id).value());
      }
    }
    made.jobs.push_back(std::move(job));
  }
  return made;
}

}  // namespace open_cicd::runs
