#include "workflows/agent_spec.h"

#include <charconv>

namespace open_cicd::workflows {
namespace {

template <class T>
std::optional<T> unless_empty(const T& value) {
  return value.empty() ? std::nullopt : std::optional(value);
}

boost::json::object as_object(const Reason& reason) {
  return {{"code", reason.code}, {"facts", reason.facts}};
}

void add_beyond(const PlannedStep& beyond, pipelines::Step& step) {
  step.id = beyond.id;
  step.condition = beyond.condition;
  if (beyond.skipped) step.skipped = as_object(*beyond.skipped);
  step.uses = beyond.uses;
  step.with = unless_empty(beyond.with);
  step.secrets = unless_empty(beyond.secrets);
  step.entrypoint = unless_empty(beyond.entrypoint);
  if (beyond.user) step.user = beyond.user;
  if (beyond.background) step.background = true;
  if (beyond.privileged) {
    step.privileged = true;
    step.user = beyond.user;  // not the job's
  }
  step.allowed_exit_codes = unless_empty(beyond.allowed_exit_codes);
}

// "steps[1].env.VERSION" is "env.VERSION" of step 1.
void add_late(const Late& late, std::vector<pipelines::Step>& steps) {
  constexpr std::string_view begin = "steps[";
  if (late.known != "agent" || !late.path.starts_with(begin)) return;
  std::size_t index = 0;
  const char* const last = late.path.data() + late.path.size();
  const auto [end, error] = std::from_chars(late.path.data() + begin.size(), last, index);
  if (error != std::errc() || index >= steps.size() || !std::string_view(end, last).starts_with("].")) return;
  auto& values = steps[index].late;
  if (!values) values.emplace();
  values->push_back({std::string(end + 2, last), late.text});
}

}  // namespace

pipelines::JobSpec spec_for_agent(const PlannedJob& job) {
  pipelines::JobSpec spec = job.spec.value();
  spec.outputs = unless_empty(job.outputs);
  spec.secrets = unless_empty(job.secrets);
  for (pipelines::Step& step : spec.steps) step.user = job.user;
  for (const PlannedStep& beyond : job.steps) add_beyond(beyond, spec.steps.at(static_cast<std::size_t>(beyond.step)));
  for (const Late& late : job.late) add_late(late, spec.steps);
  return spec;
}

}  // namespace open_cicd::workflows
