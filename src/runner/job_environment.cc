// The variables of a job's steps.
#include "runner/checkout.h"
#include "runner/job_runner.h"
#include "runner/variables.h"

#include <fmt/format.h>

namespace open_cicd::runner {
namespace {

// "dry-run" is DRY_RUN, as plugins expect.
std::string variable_word(std::string_view name) {
  std::string word(name);
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) c = '_';
  }
  return word;
}

}  // namespace

// The job's own variables win over ours, and its secrets over both, as in any shell: they reach its steps only, never a
// helper of the agent, such as git.
std::map<std::string, std::string> JobRunner::job_environment() const {
  std::map<std::string, std::string> env{{"CI", "true"},
                                         {"CI_ATTEMPT", std::to_string(job_.attempt)},
                                         {"CI_JOB", job_.id.str()},
                                         {"CI_JOB_NAME", job_.spec.name},
                                         {"CI_SERVER", settings_.server},
                                         {"CI_WORKSPACE", environment_->workspace()}};
  for (auto& [name, value] : variables_of_run(job_.spec)) env.insert_or_assign(name, value);
  if (!commit_.empty()) {
    env["CI_COMMIT"] = commit_;
    env["CI_REPO_URL"] = without_credentials(job_.spec.checkout->url);
    env.emplace("CI_REPO", env["CI_REPO_URL"]);
  }
  for (const auto& [name, value] : job_.spec.env) env[name] = value;
  add_secrets(job_.spec.secrets, env);
  return env;
}

// What a privileged step does is told by its job alone, not by what other steps wrote.
// What earlier steps added counts more than the job's own variables, and what the step says more than both, its secrets
// last.
std::map<std::string, std::string> JobRunner::step_environment(int index, const pipelines::Step& step) const {
  std::map<std::string, std::string> env = job_environment();
  env.emplace("CI_STEP", std::to_string(index));
  env.emplace("CI_STEP_NAME", step.name);
  const bool privileged = step.privileged.value_or(false);
  if (!privileged)
    for (const auto& [name, value] : results_.env()) env[name] = value;
  for (const auto& [name, value] : step.env) env[name] = value;
  for (const auto& [name, value] : step.with.value_or(std::map<std::string, std::string>()))
    for (const std::string_view prefix : {"PLUGIN_", "INPUT_"})
      env[fmt::format("{}{}", prefix, variable_word(name))] = value;
  add_secrets(step.secrets, env);
  for (const StepFileKind& kind : step_file_kinds)
    if (privileged && (kind.file == StepFile::env || kind.file == StepFile::path))
      env.erase(std::string(kind.variable));
    else if (std::string path = environment_->file_path(index, kind.file); !path.empty())
      env[std::string(kind.variable)] = std::move(path);
  return env;
}

}  // namespace open_cicd::runner
