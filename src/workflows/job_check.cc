#include "expressions/functions.h"
#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"
#include "workflows/contexts.h"
#include "workflows/job_reader.h"
#include "workflows/job_values.h"
#include "workflows/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::workflows {
namespace {

using pipelines::Field;
using pipelines::member_path;
using pipelines::Node;
using pipelines::NodePtr;
using pipelines::Problems;

constexpr std::string_view only_steps = "cannot stand here: it is known in a step's `if`, `env` and `with` only";
constexpr std::string_view no_choice = "cannot stand here: what a job wrote must not choose what runs";

std::vector<NeededJob> needed_by(const Reading& reading, const Job& job) {
  std::vector<NeededJob> needed;
  for (const PlannedNeed& need : job.needs) {
    const auto found = reading.jobs.find(need.job);
    const bool exists = found != reading.jobs.end();
    if (exists || need.optional)
      needed.push_back(
          {need.job, need.optional && !exists, exists ? found->second->outputs : std::vector<std::string>()});
  }
  return needed;
}

World world_of_job(const Reading& reading, const Job& job) {
  const Workflow& workflow = reading.workflow;
  World world(scope_of_event());
  world.declare("inputs", type_of_inputs(workflow.inputs, workflow.triggers.only_by_hand()));
  world.refuse("steps", std::string(only_steps));
  if (job.matrix)
    world.declare("matrix", type_of_matrix(job.matrix->legs));
  else
    world.refuse("matrix", "cannot stand here: this job has no `matrix`");
  if (job.needs.empty()) {
    world.refuse("needs", "cannot stand here: this job has no `needs`");
  } else {
    world.refuse("needs", std::string(no_choice));
    world.declare_late("needs", type_of_needs(needed_by(reading, job)));
  }
  world.set_env(reading.env);
  return world;
}

World world_of_template(const Template& used) {
  World world(scope_of_event());
  world.declare("inputs", type_of_inputs(used.inputs, true));
  world.refuse("steps", std::string(only_steps));
  for (const char* name : {"needs", "matrix"})
    world.refuse(name, "cannot stand in a template: give it as an input, by `with`");
  return world;
}

// What a job gives to its template.
void check_with(Reading& reading, Preparer& preparer, Job& job) {
  const std::string root = job.path + ".with";
  const Inputs inputs = job.uses == nullptr ? Inputs() : job.uses->inputs;
  std::vector<std::string_view> names;
  for (const InputDefinition& input : inputs) names.push_back(input.name);
  static const Shape& shape = *key_of(job_keys(), "with").shape.item;
  if (job.with != nullptr && job.with->kind != Node::Kind::map) {
    mistyped({job.with.get(), root}, "a map of the template's inputs to values", reading.problems);
    return;
  }
  const Place with{.name = "with"};
  for (const pipelines::Member& member : job.with == nullptr ? std::vector<pipelines::Member>() : job.with->members) {
    const std::string path = member_path(root, member.key);
    const auto input = std::ranges::find(inputs, member.key, &InputDefinition::name);
    if (input == inputs.end() && !job.is_foreign()) {
      reading.problems.add(path, member.key_at, "is not an input of the template",
                           pipelines::closest_hint(member.key, names));
      continue;
    }
    const NodePtr value = preparer.walk(member.value, shape, {.outer = &with, .name = member.key});
    if (value->hole) continue;
    const auto scalar = scalar_value(*value);
    if (!scalar)
      mistyped({value.get(), path}, "a string, a number, true or false", reading.problems);
    else if (std::string wrong = job.is_foreign() ? "" : wrong_input(*input, *scalar); !wrong.empty())
      reading.problems.add(path, value->at, std::move(wrong));
  }
  for (const InputDefinition& input : inputs)
    if (input.required && !input.fallback && (job.with == nullptr || job.with->find(input.name) == nullptr))
      reading.problems.add(member_path(root, input.name), job.at, "is required by the template");
}

// Steps last: only they can speak of `steps`.
std::shared_ptr<Node> prepared_tree(Preparer& preparer, const Job& job) {
  auto tree = std::make_shared<Node>(*job.node);
  for (pipelines::Member& member : tree->members) {
    const Key* key = find_key(job_keys(), member.key);
    if (key != nullptr && member.key != "steps")
      member.value = preparer.walk(member.value, key->shape, {.name = member.key});
  }
  for (pipelines::Member& member : tree->members)
    if (member.key == "steps")
      member.value = preparer.walk_steps(member.value, key_of(job_keys(), "steps").shape, {.name = member.key});
  return tree;
}

NodePtr prepared_env(Reading& reading, Preparer& preparer, const Job& job) {
  const Shape& shape = key_of(job_keys(), "env").shape;
  const auto prepare = [&](const NodePtr& env, std::string_view name) -> NodePtr {
    if (env == nullptr) return nullptr;
    const bool is_usable = env->kind == Node::Kind::map && env->members.size() <= pipelines::limits::env_variables_max;
    if (is_usable) return preparer.walk_env(env, shape, {.name = name});
    std::map<std::string, std::string> none;
    pipelines::read_env({env.get(), job.path + ".env"}, none, reading.problems);
    return nullptr;
  };
  const NodePtr of_template = prepare(job.template_env, "template_env");
  return merge_env({reading.env_node, of_template, prepare(job.env, "env")});
}

}  // namespace

void check_job(Reading& reading, Job& job) {
  World own = world_of_job(reading, job);
  std::optional<World> of_template;
  if (job.uses != nullptr) of_template = world_of_template(*job.uses);
  Preparer preparer(reading.workflow.texts, reading.problems, job.prepared, job.path, own,
                    of_template ? &*of_template : nullptr);
  if (job.condition_node != nullptr) {
    job.condition = preparer.condition(job.condition_node, key_of(job_keys(), "if").shape, {.name = "if"});
    if (job.condition) job.asks_status = asks_status(*job.condition->condition);
  }
  if (!job.uses_text.empty()) check_with(reading, preparer, job);
  const NodePtr env = prepared_env(reading, preparer, job);
  const auto tree = prepared_tree(preparer, job);
  if (env != nullptr) tree->members.push_back({"env", env->at, env});
  PlannedJob values{.key = job.key, .job = job.key, .name = job.key};
  read_job_values({tree.get(), job.path}, values, reading.problems);
  const bool only_env_varies = std::ranges::all_of(job.prepared, [](const auto& prepared) {
    return prepared.first.starts_with("env.") || prepared.first.starts_with("template_env.");
  });
  if (only_env_varies && !job.is_foreign()) job.constant = std::move(values);
}

}  // namespace open_cicd::workflows
