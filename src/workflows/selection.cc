#include "workflows/selection.h"

#include "base/one_line.h"
#include "base/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace open_cicd::workflows {
namespace {

std::string no_job(const Plan& plan, std::string_view asked) {
  std::vector<std::string_view> names;
  for (const PlannedJob& job : plan.jobs) {
    names.push_back(job.job);
    names.push_back(job.key);
  }
  const bool is_file = asked.ends_with(".yml") || asked.ends_with(".yaml");
  return fmt::format("is no job of this pipeline: \"{}\"{}", to_one_line(asked),
                     is_file ? ". A file is named with -f" : did_you_mean(asked, names));
}

// Jobs stand after all that they need, so one pass from the end finds everything.
std::set<std::size_t> with_needs(const Plan& plan, const std::set<std::string_view>& asked) {
  std::set<std::size_t> wanted;
  std::set<std::string_view> needed;
  for (std::size_t i = plan.jobs.size(); i-- > 0;) {
    const PlannedJob& job = plan.jobs[i];
    if (!asked.contains(job.key) && !asked.contains(job.job) && !needed.contains(job.job)) continue;
    wanted.insert(i);
    for (const PlannedNeed& need : job.needs) needed.insert(need.job);
  }
  return wanted;
}

// Why it cannot run there; empty when it can.
std::string unfit(const PlannedJob& job, std::string_view executor) {
  const pipelines::JobSpec& spec = *job.spec;
  const bool has_plugin = std::ranges::any_of(job.steps, [](const PlannedStep& step) { return step.uses.has_value(); });
  if (executor == "docker") return spec.image.empty() ? "has no image" : "";
  if (!spec.services.empty()) return "has services, which need docker";
  if (spec.network == "none" && executor == "shell")
    return "has \"network: none\", which needs docker or sandbox: shell shares the agent's network";
  return has_plugin ? "has a step with \"uses\", which needs docker" : "";
}

// What only a container has is left out elsewhere.
void move_to(PlannedJob& job, const std::string& executor) {
  pipelines::JobSpec& spec = *job.spec;
  spec.executor = executor;
  if (executor == "docker") return;
  spec.image.clear();
  spec.pull.reset();
  job.user.reset();
  for (pipelines::Step& step : spec.steps) {
    step.image.clear();
    step.pull.reset();
  }
  for (PlannedStep& step : job.steps) {
    step.user.reset();
    step.entrypoint.clear();
    step.privileged = false;
  }
}

}  // namespace

Result<void> select(Plan& plan, const Selection& selection) {
  std::vector<FieldError> errors;
  std::set<std::string_view> asked;
  for (std::size_t i = 0; i < selection.jobs.size(); ++i) {
    const std::string& name = selection.jobs[i];
    asked.insert(name);
    if (std::ranges::none_of(plan.jobs, [&](const PlannedJob& job) { return job.key == name || job.job == name; }))
      errors.push_back({fmt::format("jobs[{}]", i), no_job(plan, name)});
  }
  if (!selection.executor.empty() &&
      std::ranges::find(selectable_executors, selection.executor) == selectable_executors.end())
    errors.push_back(
        {"executor", fmt::format("must be docker, sandbox or shell, not \"{}\"", to_one_line(selection.executor))});
  if (!errors.empty()) return invalid_fields(std::move(errors));

  if (!asked.empty()) {
    const std::set<std::size_t> wanted = with_needs(plan, asked);
    std::vector<PlannedJob> jobs;
    for (const std::size_t i : wanted) jobs.push_back(std::move(plan.jobs[i]));
    plan.jobs = std::move(jobs);
  }
  for (PlannedJob& job : plan.jobs) {
    if (job.matrix && selection.keep_going) job.matrix->fail_fast = false;
    if (!job.spec || selection.executor.empty() || job.spec->executor == selection.executor) continue;
    const std::string why = unfit(job, selection.executor);
    if (!why.empty())
      errors.push_back(
          {"executor", fmt::format("cannot be {}: job \"{}\" {}", selection.executor, to_one_line(job.key), why)});
    else
      move_to(job, selection.executor);
  }
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

}  // namespace open_cicd::workflows
