#include "runner/step_script.h"

#include <fmt/format.h>

namespace open_cicd::runner {
namespace {

bool wants_bash(const pipelines::Step& step) {
  return step.shell == "bash";
}

}  // namespace

std::vector<std::string> shell_command(const pipelines::Step& step, std::string script_path) {
  if (step.entrypoint) {
    std::vector<std::string> words = *step.entrypoint;
    words.push_back(std::move(script_path));
    return words;
  }
  if (wants_bash(step)) return {"bash", "-e", "-o", "pipefail", std::move(script_path)};
  return {"/bin/sh", "-e", std::move(script_path)};
}

std::string explain_not_started(std::string_view sentence, const pipelines::Step& step, std::string_view where) {
  const std::string program = shell_command(step, "").front();
  if (sentence != fmt::format("{} can't be run: No such file or directory", program))
    return fmt::format("{}\n", sentence);
  if (step.entrypoint)
    return fmt::format("There is no {} {}, and the step asks for it with \"entrypoint\".\n", program, where);
  if (wants_bash(step))
    return fmt::format(
        "There is no bash {}, and the step asks for it with \"shell: bash\": install it there, or use "
        "\"shell: sh\".\n",
        where);
  return fmt::format("There is no {} {}, and steps are scripts for it.\n", program, where);
}

}  // namespace open_cicd::runner
