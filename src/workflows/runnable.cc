#include "workflows/runnable.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

// Whether what a workflow says at "jobs.NAME.…" is of a job in the plan; all that stands elsewhere is.
bool is_planned(const Plan& plan, std::string_view path) {
  constexpr std::string_view jobs = "jobs.";
  if (!path.starts_with(jobs)) return true;
  path.remove_prefix(jobs.size());
  return std::ranges::any_of(plan.jobs, [&](const PlannedJob& job) {
    return path.starts_with(job.job) && (path.size() == job.job.size() || path[job.job.size()] == '.');
  });
}

}  // namespace

std::vector<FieldError> not_runnable(const Workflow& workflow, const Plan& plan, bool has_repository) {
  std::vector<FieldError> errors;
  for (const NotAvailable& key : workflow.not_available) {
    if (!is_planned(plan, key.path)) continue;
    errors.push_back({key.path, fmt::format("cannot be run yet: nothing knows what to do with \"{}\"", key.key),
                      key.line, key.column});
  }
  for (const auto& job : workflow.jobs) {
    const pipelines::Member* checkout = job->node == nullptr ? nullptr : job->node->find("checkout");
    if (checkout == nullptr || has_repository || !is_planned(plan, job->path)) continue;
    const pipelines::Node& value = *checkout->value;
    if (value.kind == pipelines::Node::Kind::boolean && !value.boolean) continue;
    errors.push_back({job->path + ".checkout",
                      "needs a repository, and this run has none: send it with \"checkout\": {\"url\": …}",
                      value.at.line, value.at.column});
  }
  return errors;
}

}  // namespace open_cicd::workflows
