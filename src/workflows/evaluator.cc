#include "workflows/evaluator.h"

#include "base/text.h"
#include "expressions/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace open_cicd::workflows {
namespace {

using expressions::NodeKind;
using expressions::Stage;
using expressions::Value;
using pipelines::Node;
using pipelines::NodePtr;

NodePtr node_of(const Value& value, pipelines::Position at) {
  auto node = std::make_shared<Node>();
  node->at = at;
  if (const auto* list = value.if_array()) {
    node->kind = Node::Kind::list;
    for (const Value& item : *list) node->items.push_back(node_of(item, at));
  } else if (const auto* map = value.if_object()) {
    node->kind = Node::Kind::map;
    for (const auto& member : *map)
      node->members.push_back({std::string(member.key()), at, node_of(member.value(), at)});
  } else if (const auto* text = value.if_string()) {
    node->kind = Node::Kind::string;
    node->text = *text;
    node->evaluated = true;
  } else if (const bool* boolean = value.if_bool()) {
    node->kind = Node::Kind::boolean;
    node->boolean = *boolean;
    node->text = *boolean ? "true" : "false";
  } else if (value.is_number()) {
    node->kind = value.is_int64() ? Node::Kind::integer : Node::Kind::number;
    node->integer = value.is_int64() ? value.get_int64() : 0;
    node->number = value.to_number<double>();
    node->text = expressions::number_text(value);
  }
  return node;
}

// A root, or a chain of literal keys behind one: what a person would look up.
bool is_name(const expressions::Node& node) {
  if (node.kind == NodeKind::root) return true;
  return node.kind == NodeKind::index && node.children[1].kind == NodeKind::literal && is_name(node.children[0]);
}

void collect_names(const expressions::Node& node, std::vector<const expressions::Node*>& to) {
  if (is_name(node)) {
    to.push_back(&node);
    return;
  }
  for (const expressions::Node& child : node.children) collect_names(child, to);
}

std::string_view late_word(Stage stage) {
  return stage == Stage::agent ? "agent" : "release";
}

}  // namespace

boost::json::object shown_values(const expressions::Expression& condition, const expressions::Context& context,
                                 expressions::Budget budget) {
  boost::json::object values;
  std::vector<const expressions::Node*> names;
  collect_names(condition.root(), names);
  std::set<std::string> seen;
  for (const expressions::Node* name : names) {
    const std::string printed = expressions::print(*name);
    if (!seen.insert(printed).second) continue;
    if (seen.size() > limits::shown_values_max) break;
    const auto value = expressions::evaluate(expressions::Expression(*name), context, budget);
    if (!value) continue;
    const std::string text = expressions::json_text(*value, limits::shown_value_bytes_max + 1);
    const bool is_long = text.size() > limits::shown_value_bytes_max;
    const auto cut = utf8_complete_prefix(std::string_view(text).substr(0, limits::shown_value_bytes_max));
    values.insert_or_assign(printed, is_long ? Value(text.substr(0, cut) + "…") : *value);
  }
  return values;
}

Values::Values(const boost::json::object& event) {
  for (const auto& member : event) context_.set(std::string(member.key()), member.value());
  context_.set("env", env_);
}

void Values::define(const std::string& variable, const std::string& value) {
  env().insert_or_assign(variable, value);
}

bool Evaluator::may_evaluate(const Node& node, const Place& place) {
  if (budget_.spend()) return true;
  problems_.add(root_.empty() ? place.path() : root_ + "." + place.path(), node.at,
                fmt::format("is one expression too many: a plan evaluates at most {}, legs of matrices counted",
                            limits::evaluations_max));
  return false;
}

void Evaluator::fail(const Node& node, const Place& place, const expressions::ExpressionError& error) {
  problems_.add(root_.empty() ? place.path() : root_ + "." + place.path(), texts_.inside(node, error.offset),
                error.message, error.hint);
}

NodePtr Evaluator::evaluated(const NodePtr& node, const Shape& shape, const Place& place,
                             const expressions::Template& text) {
  if (!may_evaluate(*node, place)) return hole_for(*node);
  const expressions::Context& context = values_of(*node).context();
  if (shape.form == Form::text || shape.form == Form::scalar) {
    auto value = expressions::evaluate_text(text, context, budget_.of_one());
    if (!value) return fail(*node, place, value.error()), hole_for(*node);
    return node_of(Value(*value), node->at);
  }
  const auto value = expressions::evaluate(text, context, budget_.of_one());
  if (!value) return fail(*node, place, value.error()), hole_for(*node);
  return node_of(*value, node->at);
}

NodePtr Evaluator::expression(const NodePtr& node, const Shape& shape, const Place& place) {
  const auto found = prepared_.find(place.path());
  if (found == prepared_.end()) return node;
  const Prepared& prepared = found->second;
  if (shape.form == Form::condition) return step_condition(node, prepared, place);
  if (prepared.stage == Stage::plan) return evaluated(node, shape, place, *prepared.text);
  std::string path = place.path();
  // A variable of the template is one of the job.
  if (path.starts_with("template_env.")) path.erase(0, std::string_view("template_").size());
  std::erase_if(late_, [&](const Late& other) { return other.path == path; });
  late_.push_back({std::move(path), node->text, std::string(late_word(prepared.stage))});
  return hole_for(*node);
}

NodePtr Evaluator::step_condition(const NodePtr& node, const Prepared& condition, const Place& place) {
  if (condition.stage == Stage::plan) {
    if (auto reason = skip_of(condition, *node, place))
      step_conditions_[step_] = {expressions::print(*condition.condition), std::move(reason)};
  } else {
    step_conditions_[step_] = {expressions::print(*condition.condition), std::nullopt};
  }
  return node;
}

std::optional<Reason> Evaluator::skip_of(const Prepared& condition, const Node& node, const Place& place) {
  if (!may_evaluate(node, place)) return std::nullopt;
  const expressions::Context& context = values_of(node).context();
  const auto holds = expressions::evaluate_condition(*condition.condition, context, budget_.of_one());
  if (!holds) return fail(node, place, holds.error()), std::nullopt;
  if (*holds) return std::nullopt;
  return Reason{"skipped_condition",
                {{"expression", expressions::print(*condition.condition)},
                 {"values", shown_values(*condition.condition, context, budget_.of_one())}}};
}

std::optional<Value> Evaluator::value(const NodePtr& node, const Place& place) {
  const auto found = prepared_.find(place.path());
  if (found == prepared_.end()) return scalar_value(*node);
  if (!may_evaluate(*node, place)) return std::nullopt;
  const auto value = expressions::evaluate(*found->second.text, values_of(*node).context(), budget_.of_one());
  if (!value) return fail(*node, place, value.error()), std::nullopt;
  return *value;
}

void Evaluator::define(const std::string& name, const Node& value) {
  if (!value.hole) values_of(value).define(name, value.text);
}

void Evaluator::begin_step(const Node& step) {
  ++step_;
  env_before_ = values_of(step).env();
}

void Evaluator::end_step(const Node& step) {
  values_of(step).env() = std::move(env_before_);
}

}  // namespace open_cicd::workflows
