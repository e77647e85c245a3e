#include "workflows/plan_job.h"

#include "pipelines/job_decoder.h"
#include "workflows/contexts.h"
#include "workflows/job_reader.h"
#include "workflows/job_values.h"
#include "workflows/keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

using expressions::Stage;
using expressions::Value;
using pipelines::Node;
using pipelines::NodePtr;
using pipelines::Problems;

// What the scheduler evaluates when all needs have ended: without a status function, success() stands before it.
std::string condition_at_release(const Job& job) {
  if (!job.condition) return "success()";
  if (job.condition->stage == Stage::plan) return job.asks_status ? print(*job.condition->condition) : "success()";
  const std::string own = print(*job.condition->condition);
  return job.asks_status ? own : fmt::format("success() && ({})", own);
}

// A name that says nothing of the leg gets its label behind it.
bool name_tells_legs(const Job& job) {
  const pipelines::Member* name = job.node->find("name");
  return name != nullptr && name->value->text.contains("${{");
}

void add_step_conditions(std::map<int, StepCondition> conditions, std::vector<PlannedStep>& steps) {
  for (auto& [index, condition] : conditions) {
    auto place = std::ranges::lower_bound(steps, index, {}, &PlannedStep::step);
    if (place == steps.end() || place->step != index) place = steps.insert(place, PlannedStep{.step = index});
    place->condition = std::move(condition.text);
    place->skipped = std::move(condition.skipped);
  }
}

}  // namespace

JobPlanner::JobPlanner(const Workflow& workflow, const Event& event, const boost::json::object& inputs,
                       Problems& problems)
    : workflow_(workflow), problems_(problems), event_(values_of_event(event)), inputs_(inputs) {}

std::optional<pipelines::Concurrency> JobPlanner::plan_shared() {
  Values values(event_);
  values.set("inputs", inputs_);
  Evaluator evaluator(workflow_.texts, problems_, workflow_.prepared, "", budget_, values);
  if (workflow_.env != nullptr) {
    env_node_ = evaluator.walk_env(workflow_.env, key_of(workflow_keys(), "env").shape, {.name = "env"});
    env_ = values.env();
  }
  if (workflow_.concurrency == nullptr) return std::nullopt;
  const NodePtr node =
      evaluator.walk(workflow_.concurrency, key_of(workflow_keys(), "concurrency").shape, {.name = "concurrency"});
  std::optional<pipelines::Concurrency> concurrency;
  read_concurrency({node.get(), "concurrency"}, concurrency, problems_);
  return concurrency;
}

// Of a job that does not run, no values.
PlannedJob JobPlanner::describe(const Job& job, std::size_t leg, bool runs) const {
  PlannedJob planned = runs && job.constant
                           ? *job.constant
                           : PlannedJob{.job = job.key, .name = job.constant ? job.constant->name : job.key};
  planned.key = job.key;
  planned.needs = job.needs;
  planned.condition = condition_at_release(job);
  if (!job.uses_text.empty()) planned.uses = job.uses_text;
  if (!job.matrix) return planned;
  const std::string label = fmt::format(" ({})", job.matrix->labels[leg]);
  planned.key += label;
  if (!name_tells_legs(job)) planned.name += label;
  planned.matrix = {job.matrix->legs[leg], job.matrix->max_parallel, job.matrix->fail_fast};
  return planned;
}

PlannedJob JobPlanner::plan_job(const Job& job, std::size_t leg, const std::optional<Reason>& whole_run) {
  Value matrix;
  if (job.matrix) matrix = job.matrix->legs[leg];
  std::optional<Reason> skipped = whole_run ? whole_run : reason_to_skip(job, matrix);
  PlannedJob planned = describe(job, leg, !skipped);
  planned.skipped = std::move(skipped);
  if (!planned.skipped && (!job.constant || !job.prepared.empty()))
    plan_values(job, job.matrix ? &matrix : nullptr, planned);
  if (planned.spec) planned.spec->name = planned.name;
  remember(job, planned);
  return planned;
}

std::optional<Reason> JobPlanner::reason_to_skip(const Job& job, const Value& matrix) {
  if (!job.asks_status)
    if (auto by_need = skip_by_need(job)) return by_need;
  if (!job.condition || job.condition->stage != Stage::plan) return std::nullopt;
  Values values(event_);
  values.set("inputs", inputs_);
  values.set("matrix", matrix);
  values.env() = env_;
  Evaluator evaluator(workflow_.texts, problems_, job.prepared, job.path, budget_, values);
  return evaluator.skip_of(*job.condition, *job.condition_node, {.name = "if"});
}

// A need that is skipped by its own condition lets its dependants go on, unless they ask for another result; one that
// is skipped because of its need does not.
std::optional<Reason> JobPlanner::skip_by_need(const Job& job) const {
  for (const PlannedNeed& need : job.needs) {
    const auto found = outlooks_.find(need.job);
    if (found == outlooks_.end() || found->second == Outlook::runs) continue;
    const bool listed = std::ranges::count(need.results, "skipped") > 0;
    const bool goes_on = need.results.empty() ? found->second == Outlook::skipped : listed;
    if (!goes_on) return Reason{"skipped_need", {{"job", need.job}, {"result", "skipped"}}};
  }
  return std::nullopt;
}

// Of a matrix job, the worst of its legs counts; one that runs can still do anything.
void JobPlanner::remember(const Job& job, const PlannedJob& planned) {
  Outlook outlook = Outlook::runs;
  if (planned.skipped) outlook = planned.skipped->code == "skipped_need" ? Outlook::cannot_succeed : Outlook::skipped;
  const auto [known, is_first] = outlooks_.emplace(job.key, outlook);
  if (is_first || known->second == outlook) return;
  if (known->second != Outlook::cannot_succeed)
    known->second = outlook == Outlook::cannot_succeed ? outlook : Outlook::runs;
}

void JobPlanner::plan_values(const Job& job, const Value* matrix, PlannedJob& planned) {
  Values own(event_);
  own.set("inputs", inputs_);
  if (matrix != nullptr) own.set("matrix", *matrix);
  own.env() = env_;
  if (job.uses == nullptr) {
    Evaluator evaluator(workflow_.texts, problems_, job.prepared, job.path, budget_, own);
    fill(job, evaluator, planned);
    if (job.is_foreign()) planned.with = given_to_foreign(job, evaluator), planned.spec.reset();
    return;
  }
  Evaluator giver(workflow_.texts, problems_, job.prepared, job.path, budget_, own);
  const auto given = inputs_of_template(job, giver);
  if (!given) return;
  const Value inputs = *given;
  Values of_template(event_);
  of_template.set("inputs", inputs);
  Evaluator evaluator(workflow_.texts, problems_, job.prepared, job.path, budget_, own, &of_template);
  fill(job, evaluator, planned);
}

// Of a template of another repository only what is given is known.
boost::json::object JobPlanner::given_to_foreign(const Job& job, Evaluator& evaluator) {
  boost::json::object values;
  if (job.with == nullptr) return values;
  const Place with{.name = "with"};
  for (const pipelines::Member& member : job.with->members)
    if (auto value = evaluator.value(member.value, {.outer = &with, .name = member.key}))
      values.emplace(member.key, std::move(*value));
  return values;
}

std::optional<boost::json::object> JobPlanner::inputs_of_template(const Job& job, Evaluator& evaluator) {
  boost::json::object values;
  bool fine = true;
  const Place with{.name = "with"};
  for (const InputDefinition& input : job.uses->inputs) {
    const pipelines::Member* given = job.with == nullptr ? nullptr : job.with->find(input.name);
    if (given == nullptr) {
      values.emplace(input.name, input.fallback.value_or(Value(nullptr)));
      continue;
    }
    auto value = evaluator.value(given->value, {.outer = &with, .name = input.name});
    if (!value) {
      fine = false;
      continue;
    }
    if (std::string wrong = wrong_input(input, *value); !wrong.empty()) {
      problems_.add(fmt::format("{}.with.{}", job.path, input.name), given->value->at, std::move(wrong));
      fine = false;
    }
    values.emplace(input.name, std::move(*value));
  }
  return fine ? std::optional(std::move(values)) : std::nullopt;
}

void JobPlanner::fill(const Job& job, Evaluator& evaluator, PlannedJob& planned) {
  const Shape& shape_of_env = key_of(job_keys(), "env").shape;
  const auto env_of = [&](const NodePtr& env, std::string_view name) {
    return env == nullptr ? nullptr : evaluator.walk_env(env, shape_of_env, {.name = name});
  };
  const NodePtr of_template = env_of(job.template_env, "template_env");
  const NodePtr env = merge_env({env_node_, of_template, env_of(job.env, "env")});
  if (job.constant) {
    planned.spec->env.clear();
    if (env != nullptr) read_env({env.get(), job.path + ".env"}, planned.spec->env, problems_);
    check_together({job.node.get(), job.path}, *planned.spec, problems_);
    planned.late = evaluator.take_late();
    return;
  }
  auto tree = std::make_shared<Node>(*job.node);
  for (pipelines::Member& member : tree->members)
    if (member.key != "steps")
      member.value = evaluator.walk(member.value, key_of(job_keys(), member.key).shape, {.name = member.key});
  for (pipelines::Member& member : tree->members)
    if (member.key == "steps")
      member.value = evaluator.walk_steps(member.value, key_of(job_keys(), "steps").shape, {.name = member.key});
  if (env != nullptr) tree->members.push_back({"env", env->at, env});
  const std::size_t wrong_before = problems_.size();
  read_job_values({tree.get(), job.path}, planned, problems_);
  if (problems_.size() == wrong_before) add_step_conditions(evaluator.take_step_conditions(), planned.steps);
  planned.late = evaluator.take_late();
}

}  // namespace open_cicd::workflows
