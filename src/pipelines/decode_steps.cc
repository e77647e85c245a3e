#include "base/text.h"
#include "expressions/template.h"
#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"
#include "pipelines/parse.h"
#include "pipelines/rules.h"

#include <fmt/format.h>

#include <array>

namespace open_cicd::pipelines {
namespace {

constexpr auto step_keys = std::to_array<std::string_view>(
    {"name", "id", "if", "run", "shell", "image", "env", "secrets", "timeout", "allow_failure", "workdir", "pull"});
constexpr auto planned_step_keys =
    std::to_array<std::string_view>({"uses", "with", "user", "entrypoint", "background", "privileged"});
constexpr std::size_t default_name_bytes_max = 60;

// A block scalar ends with line breaks that say nothing.
void trim_end(std::string& text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
}

void read_run(const Field& field, std::vector<std::string>& to, Problems& problems) {
  if (!read_strings(field, to, limits::script_lines_max, problems, check_script)) return;
  std::size_t bytes = 0;
  bool says_something = false;
  for (std::string& line : to) {
    trim_end(line);
    bytes += line.size() + 1;
    says_something = says_something || line.find_first_not_of(" \t\r\n") != std::string::npos;
  }
  if (!says_something && field.node->kind != Node::Kind::list)
    field.fail(problems, "must not be empty");
  else if (!says_something && field.node->items.size() <= limits::script_lines_max)
    field.fail(problems, "must hold at least one command");
  if (bytes > limits::script_bytes_max)
    field.fail(problems, fmt::format("must be at most {} bytes long: put the script into a file of the repository",
                                     limits::script_bytes_max));
}

// The first line that is a command, or "step 3".
std::string default_name(const Step& step, std::size_t index) {
  for (const std::string& script : step.run) {
    std::string_view rest = script;
    while (!rest.empty()) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
      if (line.empty() || line.front() == '#') continue;
      line = line.substr(0, default_name_bytes_max);
      line = line.substr(0, utf8_complete_prefix(line));
      line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
      if (!check_name(line)) return std::string(line);
    }
  }
  return fmt::format("step {}", index + 1);
}

// The step without the values of `env` that hold expressions: read_conditions() reads those.
NodePtr without_expressions(const Node& step) {
  auto copy = std::make_shared<Node>(step);
  for (Member& member : copy->members) {
    if (member.key != "env" || member.value->kind != Node::Kind::map) continue;
    auto env = std::make_shared<Node>(*member.value);
    for (Member& variable : env->members) {
      if (!expressions::has_expression(variable.value->text)) continue;
      auto hole = std::make_shared<Node>(*variable.value);
      hole->hole = true;
      variable.value = std::move(hole);
    }
    member.value = std::move(env);
  }
  return copy;
}

void read_submitted_step(const Field& given, std::size_t index, Step& step, Problems& problems) {
  const NodePtr known = without_expressions(*given.node);
  const Field field{known.get(), given.path};
  const MapReader map(field, {step_keys, planned_step_keys}, problems);
  map.require("run");
  read_step_keys(map, index, step, problems);
  if (const auto allow = map.find("allow_failure")) read_boolean(*allow, step.allow_failure, problems);
  if (const auto secrets = map.find("secrets")) read_secrets(*secrets, step.secrets.emplace(), problems);
}

}  // namespace

void read_step_keys(const MapReader& map, std::size_t index, Step& step, Problems& problems) {
  if (const auto run = map.find("run")) read_run(*run, step.run, problems);
  step.name = default_name(step, index);
  if (const auto name = map.find("name")) read_string(*name, step.name, problems, check_name);
  if (const auto shell = map.find("shell")) read_choice(*shell, step.shell, shells, problems);
  if (const auto image = map.find("image")) read_string(*image, step.image, problems, check_image);
  if (const auto pull = map.find("pull")) read_pull(*pull, step.pull, problems);
  if (const auto env = map.find("env")) read_env(*env, step.env, problems);
  if (const auto workdir = map.find("workdir")) read_string(*workdir, step.workdir, problems, check_workdir);
  if (const auto timeout = map.find("timeout"))
    read_duration(*timeout, step.timeout_ms.emplace(), 1, limits::timeout_ms_max, problems);
}

void read_steps(const Field& field, std::vector<Step>& to, Problems& problems, const ReadStep& read) {
  const bool empty_list = field.node->kind == Node::Kind::list && field.node->items.empty();
  if (empty_list) field.fail(problems, "must have at least one step");
  for (const Field& item : read_items(field, limits::steps_max, problems)) {
    const std::size_t index = to.size();
    read(item, index, to.emplace_back(), problems);
  }
}

void read_steps(const Field& field, std::vector<Step>& to, Problems& problems) {
  read_steps(field, to, problems, read_submitted_step);
}

std::vector<std::string_view> known_step_keys() {
  return {step_keys.begin(), step_keys.end()};
}

}  // namespace open_cicd::pipelines
