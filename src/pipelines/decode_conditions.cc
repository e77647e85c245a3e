// The `if`, the `id` and the late variables of a submitted job's steps. In a workflow they are read with its other
// expressions.
#include "expressions/check.h"
#include "expressions/template.h"
#include "pipelines/job_decoder.h"
#include "pipelines/rules.h"
#include "pipelines/step_scope.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::pipelines {
namespace {

using expressions::Scope;
using expressions::Stage;
using expressions::Type;

constexpr auto contexts_of_runs =
    std::to_array<std::string_view>({"event", "git", "change", "repository", "inputs", "matrix", "needs", "run"});

Type type_of_env(const JobSpec& spec, const Step& step) {
  Type::Fields fields;
  for (const auto* env : {&spec.env, &step.env})
    for (const auto& [name, value] : *env) fields.insert_or_assign(name, Type::string());
  return Type::map(std::move(fields));
}

void read_condition(const Field& field, const Scope& scope, std::optional<std::string>& to, Problems& problems) {
  const bool is_literal = field.node->kind == Node::Kind::boolean;
  if (!is_literal && field.node->kind != Node::Kind::string) {
    mistyped(field, "an expression", problems);
    return;
  }
  const std::string literal = field.node->boolean ? "true" : "false";
  const auto parsed = expressions::parse_condition(is_literal ? literal : field.node->text);
  if (!parsed) return problems.add(field.path, field.node->at, parsed.error().message, parsed.error().hint);
  if (const auto checked = check_condition(*parsed, scope); !checked)
    return problems.add(field.path, field.node->at, checked.error().message, checked.error().hint);
  to = print(*parsed);
}

// Variables that are known only before the step: from the outputs of those before it.
void read_late_env(const Field& env, Scope& scope, Step& step, Problems& problems) {
  for (const Member& variable : env.node->members) {
    const Field value{variable.value.get(), member_path(env.path, variable.key)};
    if (!value.node->is_scalar() || !expressions::has_expression(value.node->text)) continue;
    const auto text = expressions::parse_template(value.node->text);
    if (!text) {
      problems.add(value.path, value.node->at, text.error().message, text.error().hint);
      continue;
    }
    if (const auto checked = check(*text, scope); !checked) {
      problems.add(value.path, value.node->at, checked.error().message, checked.error().hint);
      continue;
    }
    if (!step.late) step.late.emplace();
    step.late->push_back({"env." + variable.key, value.node->text});
  }
}

void read_id(const Field& field, std::vector<std::string>& ids, std::optional<std::string>& to, Problems& problems) {
  if (!read_string(field, to.emplace(), problems, check_plain_name)) return;
  if (std::ranges::find(ids, *to) != ids.end()) field.fail(problems, fmt::format("stands twice: \"{}\"", *to));
  ids.push_back(*to);
}

}  // namespace

void read_conditions(const Field& steps, JobSpec& spec, Problems& problems) {
  Scope scope;
  scope.status_known(Stage::agent);
  for (const std::string_view name : contexts_of_runs)
    scope.refuse(std::string(name), "cannot stand here: a job that is sent by itself belongs to no run");
  std::vector<std::string> ids;
  const bool is_list = steps.node->kind == Node::Kind::list;
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    const Field field = is_list ? steps.item(i) : steps;
    Step& step = spec.steps[i];
    scope.declare("steps", type_of_steps(ids)).declare("env", type_of_env(spec, step));
    if (const Member* condition = field.node->find("if"))
      read_condition({condition->value.get(), member_path(field.path, "if")}, scope, step.condition, problems);
    if (const Member* env = field.node->find("env"))
      read_late_env({env->value.get(), member_path(field.path, "env")}, scope, step, problems);
    if (const Member* id = field.node->find("id"))
      read_id({id->value.get(), member_path(field.path, "id")}, ids, step.id, problems);
  }
}

}  // namespace open_cicd::pipelines
