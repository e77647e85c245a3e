#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::pipelines {
namespace {

Position place_of(const Field& job, std::string_view key) {
  const Member* member = job.node->find(key);
  return member != nullptr ? member->value->at : job.node->at;
}

Field steps_of(const Field& job) {
  return {job.node->find("steps")->value.get(), member_path(job.path, "steps")};
}

// A single step may stand without a list around it.
Field step_field(const Field& steps, std::size_t index) {
  return steps.node->kind == Node::Kind::list ? steps.item(index) : steps;
}

void check_docker(const Field& job, const JobSpec& spec, Problems& problems) {
  if (job.node->find("image") != nullptr) return;
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    const Field step = step_field(steps_of(job), i);
    const bool has_image = !spec.steps[i].image.empty() || step.node->find("image") != nullptr;
    if (step.node->kind == Node::Kind::map && !has_image)
      problems.add(member_path(step.path, "image"), step.node->at,
                   "is required: with docker, the job or each step needs an image");
  }
}

void check_without_docker(const Field& job, const JobSpec& spec, Problems& problems) {
  const auto refuse = [&](const std::string& path, Position at) {
    problems.add(path, at, fmt::format("needs the docker executor, not {}", spec.executor),
                 "Remove it, or write \"executor: docker\" in the job.");
  };
  for (const std::string_view key : {"image", "pull"})
    if (job.node->find(key) != nullptr) refuse(member_path(job.path, key), place_of(job, key));
  if (!spec.services.empty()) refuse(member_path(job.path, "services"), place_of(job, "services"));
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    const Field step = step_field(steps_of(job), i);
    for (const std::string_view key : {"image", "pull"})
      if (const Member* member = step.node->find(key)) refuse(member_path(step.path, key), member->value->at);
  }
}

// As the kernel counts: each string with its end, and a pointer to it.
std::size_t start_bytes(std::string_view text) {
  return text.size() + 1 + sizeof(void*);
}

std::size_t start_bytes(std::string_view name, std::string_view value) {
  return start_bytes(value) + name.size() + 1;
}

std::size_t start_bytes(const std::map<std::string, std::string>& env) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : env) bytes += start_bytes(name, value);
  return bytes;
}

std::size_t start_bytes(const std::vector<std::string>& words) {
  std::size_t bytes = 0;
  for (const std::string& word : words) bytes += start_bytes(word);
  return bytes;
}

std::string too_much(std::string_view what, std::size_t bytes) {
  return fmt::format("{} of {} bytes in all, and a program can be started with at most {}: put large values into files",
                     what, bytes, limits::start_bytes_max);
}

void check_steps_start(const Field& job, const JobSpec& spec, Problems& problems) {
  const std::size_t of_job = start_bytes(spec.env);
  if (of_job > limits::start_bytes_max)
    return problems.add(member_path(job.path, "env"), place_of(job, "env"), too_much("has variables", of_job));
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    std::size_t bytes = of_job;
    for (const auto& [name, value] : spec.steps[i].env) {
      bytes += start_bytes(name, value);
      if (const auto hidden = spec.env.find(name); hidden != spec.env.end()) bytes -= start_bytes(name, hidden->second);
    }
    if (bytes <= limits::start_bytes_max) continue;
    const Field step = step_field(steps_of(job), i);
    problems.add(member_path(step.path, "env"), step.node->find("env")->value->at,
                 too_much("has, with the job's, variables", bytes));
  }
}

void check_services_start(const Field& job, const JobSpec& spec, Problems& problems) {
  for (const Service& service : spec.services) {
    const Position at = place_of(job, "services");
    const std::string path = member_path(member_path(job.path, "services"), service.name);
    const std::size_t env = start_bytes(service.env);
    if (env > limits::start_bytes_max) {
      problems.add(member_path(path, "env"), at, too_much("has variables", env));
      continue;
    }
    if (const std::size_t all = env + start_bytes(service.command); all > limits::start_bytes_max)
      problems.add(member_path(path, "command"), at, too_much("has, with the service's variables, words", all));
    if (!service.ready) continue;
    if (const std::size_t all = env + start_bytes(service.ready->cmd); all > limits::start_bytes_max)
      problems.add(member_path(member_path(path, "ready"), "cmd"), at,
                   too_much("has, with the service's variables, words", all));
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
    problems.add(member_path(job.path, "network"), place_of(job, "network"),
                 "needs docker or sandbox: shell shares the agent's network");
  if (spec.network == "none" && !spec.services.empty())
    problems.add(member_path(job.path, "network"), place_of(job, "network"),
                 "must be default: the steps reach their services by it");
  check_steps_start(job, spec, problems);
  check_services_start(job, spec, problems);
}

}  // namespace open_cicd::pipelines
