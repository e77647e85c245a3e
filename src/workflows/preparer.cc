#include "workflows/preparer.h"

#include "workflows/contexts.h"
#include "workflows/names.h"

#include <fmt/format.h>

namespace open_cicd::workflows {
namespace {

constexpr std::size_t condition_frame_bytes = std::string_view("success() && ()").size();

using expressions::Kind;
using expressions::Scope;
using expressions::Stage;
using expressions::Type;
using pipelines::Node;
using pipelines::NodePtr;

Stage latest_for(Allowed allowed) {
  switch (allowed) {
    case Allowed::nothing:
    case Allowed::plan:
      return Stage::plan;
    case Allowed::release:
      return Stage::release;
    case Allowed::agent:
    case Allowed::files:
      return Stage::agent;
  }
  return Stage::plan;
}

std::string_view last_name(const Place& place) {
  for (const Place* at = &place; at != nullptr; at = at->outer)
    if (!at->name.empty()) return at->name;
  return "";
}

// What an expression must give when it is the whole of a value; nothing for text, which takes all that can be text.
std::optional<Kind> kind_for(Form form) {
  switch (form) {
    case Form::boolean:
      return Kind::boolean;
    case Form::whole:
    case Form::number:
      return Kind::number;
    case Form::duration:
    case Form::size:
    case Form::choice:
      return Kind::string;
    case Form::list:
      return Kind::list;
    default:
      return std::nullopt;
  }
}

}  // namespace

World& World::declare(const std::string& name, const Type& type) {
  early_.declare(name, type);
  return *this;
}

World& World::declare_late(const std::string& name, const Type& type) {
  late_.declare(name, type);
  return *this;
}

World& World::refuse(const std::string& name, const std::string& why) {
  early_.refuse(name, why);
  return *this;
}

World& World::status_known(Stage stage) {
  late_.status_known(stage);
  return *this;
}

void World::define(const std::string& variable, Type type) {
  env_.insert_or_assign(variable, std::move(type));
  env_changed_ = true;
}

void World::set_env(Type::Fields env) {
  env_ = std::move(env);
  env_changed_ = true;
}

const Scope& World::scope_for(Allowed allowed) {
  if (env_changed_) declare("env", Type::map(env_));
  env_changed_ = false;
  late_.inside(early_);  // also after this object was moved
  return allowed == Allowed::release || allowed == Allowed::agent ? late_ : early_;
}

std::string Preparer::path_of(const Place& place) const {
  std::string path = place.path();
  if (root_.empty()) return path;
  return path.starts_with('[') ? root_ + path : root_ + "." + path;
}

void Preparer::fail(const Node& node, const Place& place, const expressions::ExpressionError& error) {
  problems_.add(path_of(place), texts_.inside(node, error.offset), error.message, error.hint);
}

bool Preparer::is_in_time(const Node& node, const Shape& shape, const Place& place, Stage stage) {
  if (stage <= latest_for(shape.allowed)) return true;
  problems_.add(path_of(place), node.at,
                fmt::format("is known only {}, and \"{}\" must be known {}", stage_name(stage), last_name(place),
                            stage_name(latest_for(shape.allowed))));
  return false;
}

void Preparer::check_kind(const Node& node, const Shape& shape, const Place& place, const expressions::Template& text,
                          const Type& type) {
  const Kind kind = type.kind();
  if (text.only() == nullptr || kind == Kind::any) return;
  const auto wanted = kind_for(shape.form);
  const bool is_text = kind == Kind::string || kind == Kind::number || kind == Kind::boolean;
  if (wanted ? kind == *wanted || (shape.form == Form::list && kind == Kind::string) : is_text) return;
  problems_.add(path_of(place), node.at,
                fmt::format("must be {}, and the expression is {}", name_of(shape.form), type.text()),
                wanted ? "" : "Make a text of it with join() or to_json().");
}

NodePtr Preparer::expression(const NodePtr& node, const Shape& shape, const Place& place) {
  if (shape.form == Form::condition) {
    if (auto prepared = condition(node, shape, place)) prepared_.insert_or_assign(place.path(), std::move(*prepared));
    return hole_for(*node);
  }
  if (shape.form == Form::script) return node;  // the reader of scripts refuses it and says what to do
  if (shape.allowed == Allowed::nothing) {
    problems_.add(path_of(place), node->at, "must not hold ${{ }}: it is read before anything is evaluated");
    return hole_for(*node);
  }
  auto text = expressions::parse_template(node->text);
  if (!text) return fail(*node, place, text.error()), hole_for(*node);
  if (!text->has_expressions()) return node;
  const auto checked = expressions::check(*text, world_of(*node).scope_for(shape.allowed));
  if (!checked) return fail(*node, place, checked.error()), hole_for(*node);
  latest_ = checked->stage;
  if (!is_in_time(*node, shape, place, checked->stage)) return hole_for(*node);
  check_kind(*node, shape, place, *text, checked->type);
  prepared_.insert_or_assign(place.path(), Prepared{.text = std::move(*text), .stage = checked->stage});
  return hole_for(*node);
}

std::optional<Prepared> Preparer::condition(const NodePtr& node, const Shape& shape, const Place& place) {
  const bool is_literal = node->kind == Node::Kind::boolean;
  if (!is_literal && node->kind != Node::Kind::string) {
    mistyped({node.get(), path_of(place)}, "an expression", problems_);
    return std::nullopt;
  }
  const std::string literal = node->boolean ? "true" : "false";
  auto parsed = expressions::parse_condition(is_literal ? std::string_view(literal) : std::string_view(node->text));
  if (!parsed) return fail(*node, place, parsed.error()), std::nullopt;
  const auto checked = check_condition(*parsed, world_of(*node).scope_for(shape.allowed));
  if (!checked) return fail(*node, place, checked.error()), std::nullopt;
  if (!is_in_time(*node, shape, place, checked->stage)) return std::nullopt;
  // It is kept as it prints, with more around it, and read again when the job is released.
  if (expressions::print(*parsed).size() > expressions::limits::text_bytes_max - condition_frame_bytes) {
    problems_.add(path_of(place), node->at, "is too long when it is written with spaces around its operators");
    return std::nullopt;
  }
  return Prepared{.condition = std::move(*parsed), .stage = checked->stage};
}

void Preparer::define(const std::string& name, const Node& value) {
  const Stage stage = value.hole ? latest_ : Stage::plan;
  latest_ = Stage::plan;
  world_of(value).define(name, Type::string().known(stage));
}

void Preparer::begin_step(const Node& step) {
  World& world = world_of(step);
  env_before_ = world.env();
  world.declare_late("steps", type_of_steps(step_ids_)).status_known(Stage::agent);
}

void Preparer::end_step(const Node& step) {
  world_of(step).set_env(env_before_);
  const pipelines::Member* id = step.find("id");
  if (id != nullptr && id->value->kind == Node::Kind::string && !check_plain_name(id->value->text))
    step_ids_.push_back(id->value->text);
}

}  // namespace open_cicd::workflows
