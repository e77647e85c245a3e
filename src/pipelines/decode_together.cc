#include "pipelines/job_decoder.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::pipelines {
namespace {

Position place_of(const Field& job, std::string_view key) {
  const Member* member = job.node->find(key);
  return member != nullptr ? member->value->at : job.node->at;
}

Field steps_of(const Field& job) {
  return {job.node->find("steps")->value.get(), "steps"};
}

// A single step may stand without a list around it.
Field step_field(const Field& steps, std::size_t index) {
  return steps.node->kind == Node::Kind::list ? steps.item(index) : steps;
}

void check_docker(const Field& job, const JobSpec& spec, Problems& problems) {
  if (job.node->find("image") != nullptr) return;
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    const Field step = step_field(steps_of(job), i);
    if (step.node->kind == Node::Kind::map && step.node->find("image") == nullptr)
      problems.add(member_path(step.path, "image"), step.node->at,
                   "is required: with docker, the job or each step needs an image");
  }
}

void check_without_docker(const Field& job, const JobSpec& spec, Problems& problems) {
  const std::string wrong = fmt::format("needs the docker executor, not {}", spec.executor);
  if (job.node->find("image") != nullptr) problems.add("image", place_of(job, "image"), wrong);
  if (!spec.services.empty()) problems.add("services", place_of(job, "services"), wrong);
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    const Field step = step_field(steps_of(job), i);
    if (const Member* image = step.node->find("image"))
      problems.add(member_path(step.path, "image"), image->value->at, wrong);
  }
}

}  // namespace

void check_together(const Field& job, JobSpec& spec, Problems& problems) {
  const bool step_has_image = std::ranges::any_of(spec.steps, [](const Step& step) { return !step.image.empty(); });
  if (spec.executor.empty() && job.node->find("executor") == nullptr) {
    const bool docker = job.node->find("image") != nullptr || step_has_image || !spec.services.empty();
    spec.executor = docker ? "docker" : "sandbox";
  }
  if (spec.executor == "docker") check_docker(job, spec, problems);
  if (spec.executor == "sandbox" || spec.executor == "shell") check_without_docker(job, spec, problems);
  if (spec.network == "none" && spec.executor == "shell")
    problems.add("network", place_of(job, "network"), "needs docker or sandbox: shell shares the agent's network");
  if (spec.network == "none" && !spec.services.empty())
    problems.add("network", place_of(job, "network"), "must be default: the steps reach their services by it");
}

}  // namespace open_cicd::pipelines
