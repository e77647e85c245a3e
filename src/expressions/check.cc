#include "expressions/check.h"

#include "base/one_line.h"
#include "expressions/check_call.h"
#include "expressions/check_error.h"
#include "expressions/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ranges>

namespace open_cicd::expressions {
namespace {

std::vector<std::string_view> field_names(const Type& map) {
  const auto names = std::views::keys(map.fields());
  return {names.begin(), names.end()};
}

// The name of a field that is written out.
const boost::json::string* literal_key(const Node& key) {
  return key.kind == NodeKind::literal ? key.value.if_string() : nullptr;
}

std::string comparison_hint(const Node& node, const Type& type) {
  if (type.kind() == Kind::list || type.kind() == Kind::map) return "There is no truthiness: compare what is in it.";
  std::string_view other = type.kind() == Kind::number ? "0" : "''";
  if (type.may_be_null()) other = "null";
  return fmt::format("There is no truthiness: compare it, as in {} != {}.", shown(node), other);
}

class Checker {
 public:
  explicit Checker(const Scope& scope) : scope_(scope) {}

  // What is used as a whole needs all that is in it.
  Outcome<Checked> value(const Node& node) const {
    Outcome<Checked> found = visit(node);
    if (found) found->stage = std::max(found->stage, found->type.latest_stage());
    return found;
  }

  Outcome<Checked> condition(const Node& node) const {
    Outcome<Checked> checked = value(node);
    if (!checked) return checked;
    const Type& type = checked->type;
    if (type.kind() == Kind::any || (type.kind() == Kind::boolean && !type.may_be_null())) return checked;
    if (type.kind() == Kind::boolean)
      return wrong(Fault::type, node.offset, fmt::format("{} may be null", shown(node)),
                   fmt::format("Write {} == true.", shown(node)));
    return wrong(Fault::type, node.offset,
                 fmt::format("a boolean is expected here, and {} is {}", shown(node), with_article(type)),
                 comparison_hint(node, type));
  }

 private:
  // Of a path such as a.b.c: the stage of what it passes, without that of what is in its end.
  Outcome<Checked> visit(const Node& node) const {
    switch (node.kind) {
      case NodeKind::literal:
        return Checked{.type = literal(node.value)};
      case NodeKind::root:
        return root(node);
      case NodeKind::index:
        return index(node);
      case NodeKind::call:
        return call(node);
      case NodeKind::negate:
      case NodeKind::both:
      case NodeKind::either:
        return logic(node);
      case NodeKind::equal:
      case NodeKind::unequal:
        return equality(node);
      case NodeKind::less:
      case NodeKind::less_equal:
      case NodeKind::greater:
      case NodeKind::greater_equal:
        return order(node);
    }
    return Checked{.type = Type::any()};
  }

  static Type literal(const Value& value) {
    return value.is_string() ? Type::one_of({std::string(value.get_string())}) : type_of(value);
  }

  Outcome<Checked> root(const Node& node) const {
    if (const Type* type = scope_.find(node.name)) return Checked{.type = *type, .stage = type->stage()};
    if (const std::string* why = scope_.refusal(node.name))
      return wrong(Fault::name, node.offset, fmt::format("\"{}\" {}", node.name, *why));
    if (const Function* function = find_function(node.name))
      return wrong(Fault::name, node.offset, fmt::format("\"{}\" is a function", node.name),
                   fmt::format("Write {}.", function->signature()));
    std::vector<std::string_view> known = scope_.names();
    for (const std::string_view keyword : {"true", "false", "null"}) known.push_back(keyword);
    std::string hint = suggestion(node.name, known);
    if (hint.empty()) hint = fmt::format("For a string write {}.", quote(node.name));
    return wrong(Fault::name, node.offset, fmt::format("\"{}\" is not known", node.name), std::move(hint));
  }

  Outcome<Checked> index(const Node& node) const {
    const Node& target_node = node.children[0];
    const Node& key_node = node.children[1];
    const Outcome<Checked> target = visit(target_node);
    if (!target) return target;
    const Outcome<Checked> key = value(key_node);
    if (!key) return key;
    Outcome<Type> found = element(target_node, target->type, key_node, key->type);
    if (!found) return std::unexpected(std::move(found.error()));
    const Stage stage = std::max({target->stage, key->stage, found->stage()});
    const bool by_null = target->type.kind() != Kind::any && target->type.may_be_null();
    return Checked{.type = by_null ? found->or_null() : *found, .stage = stage};
  }

  static Outcome<Type> element(const Node& target, const Type& type, const Node& key, const Type& key_type) {
    switch (type.kind()) {
      case Kind::map:
        return field(target, type, key, key_type);
      case Kind::list:
        return item(target, type, key, key_type);
      case Kind::any:
        if (key_type.kind() == Kind::any) return Type::any();
        if (key_type.may_be_null()) return may_be_null(key);
        if (key_type.kind() == Kind::string || key_type.kind() == Kind::number) return Type::any();
        return wrong(Fault::type, key.offset,
                     fmt::format("a key is a string or a number, and {} is {}", shown(key), with_article(key_type)));
      case Kind::null:
        return Type::null();
      default:
        return wrong(Fault::type, key.offset,
                     fmt::format("{} is {}: it has no fields", shown(target), with_article(type)));
    }
  }

  static Outcome<Type> field(const Node& target, const Type& type, const Node& key, const Type& key_type) {
    if (key_type.kind() != Kind::any) {
      if (key_type.kind() != Kind::string)
        return wrong(Fault::type, key.offset,
                     fmt::format("{} is a map: its keys are strings, and {} is {}", shown(target), shown(key),
                                 with_article(key_type)));
      if (key_type.may_be_null()) return may_be_null(key);
    }
    const boost::json::string* name = literal_key(key);
    if (name == nullptr) return any_field(type, key_type);
    const auto found = type.fields().find(std::string_view(*name));
    if (found != type.fields().end()) return found->second;
    if (type.is_open()) return type.item().or_null();
    std::string hint = suggestion(*name, field_names(type));
    if (hint.empty()) hint = fields_hint(type);
    return wrong(Fault::name, key.offset,
                 fmt::format("{} has no \"{}\"", shown(target), to_one_line(std::string_view(*name))), std::move(hint));
  }

  // By a key that is not written out: what all that it may name have in common.
  static Type any_field(const Type& type, const Type& key_type) {
    std::optional<Type> common;
    const auto add = [&](const Type& field) { common = common ? common_type(*common, field) : field; };
    bool missing = key_type.options().empty();
    for (const std::string& option : key_type.options()) {
      const auto found = type.fields().find(option);
      if (found != type.fields().end())
        add(found->second);
      else
        missing = true;
    }
    if (key_type.options().empty())
      for (const auto& [name, field] : type.fields()) add(field);
    if (missing && type.is_open()) add(type.item());
    if (!common) return Type::null();
    return missing ? common->or_null() : *common;
  }

  static std::string fields_hint(const Type& type) {
    constexpr std::size_t shown_max = 12;
    if (type.fields().empty()) return "It is empty here.";
    std::string text = "It has ";
    std::size_t count = 0;
    for (const auto& [name, field] : type.fields()) {
      if (++count > shown_max) return text + ", …";
      text += (count == 1 ? "" : ", ") + to_one_line(name);
    }
    return text + ".";
  }

  static Outcome<Type> item(const Node& target, const Type& type, const Node& key, const Type& key_type) {
    if (key_type.kind() == Kind::any) return type.item();
    if (key_type.kind() != Kind::number)
      return wrong(Fault::type, key.offset,
                   fmt::format("{} is a list: its items are numbered, and {} is {}", shown(target), shown(key),
                               with_article(key_type)),
                   fmt::format("Write {}[0] for the first.", shown(target)));
    if (key_type.may_be_null()) return may_be_null(key);
    return type.item();
  }

  Outcome<Checked> call(const Node& node) const {
    const Function* function = find_function(node.name);
    if (function == nullptr) {
      if (scope_.find(node.name) != nullptr)
        return wrong(Fault::name, node.offset, fmt::format("\"{}\" is not a function", node.name),
                     "It is a context: write its name alone.");
      std::vector<std::string_view> known;
      for (const Function& one : functions()) known.push_back(one.name);
      return wrong(Fault::name, node.offset, fmt::format("there is no function \"{}\"", node.name),
                   suggestion(node.name, known));
    }
    std::vector<Type> types;
    Stage stage = is_status(*function) ? scope_.status_stage() : function->stage;
    for (const Node& argument : node.children) {
      Outcome<Checked> checked = value(argument);
      if (!checked) return checked;
      stage = std::max(stage, checked->stage);
      types.push_back(std::move(checked->type));
    }
    Outcome<Type> result = check_call(*function, node, types);
    if (!result) return std::unexpected(std::move(result.error()));
    return Checked{.type = std::move(*result), .stage = stage};
  }

  static bool is_status(const Function& function) { return function.stage == Stage::release; }

  Outcome<Checked> logic(const Node& node) const {
    Stage stage = Stage::plan;
    for (const Node& child : node.children) {
      Outcome<Checked> checked = condition(child);
      if (!checked) return checked;
      stage = std::max(stage, checked->stage);
    }
    return Checked{.type = Type::boolean(), .stage = stage};
  }

  Outcome<Checked> equality(const Node& node) const {
    const Outcome<Checked> left = value(node.children[0]);
    if (!left) return left;
    const Outcome<Checked> right = value(node.children[1]);
    if (!right) return right;
    if (auto error = never_equal(node.children[0], left->type, node.children[1], right->type))
      return std::unexpected(std::move(*error));
    return Checked{.type = Type::boolean(), .stage = std::max(left->stage, right->stage)};
  }

  Outcome<Checked> order(const Node& node) const {
    std::vector<Checked> sides;
    for (const Node& child : node.children) {
      Outcome<Checked> side = value(child);
      if (!side) return side;
      const Kind kind = side->type.kind();
      if (kind != Kind::any && kind != Kind::number && kind != Kind::string)
        return wrong(Fault::type, child.offset,
                     fmt::format("only numbers and strings have an order, and {} is {}", shown(child),
                                 with_article(side->type)));
      if (kind != Kind::any && side->type.may_be_null()) return may_be_null(child);
      sides.push_back(std::move(*side));
    }
    const Kind left = sides[0].type.kind(), right = sides[1].type.kind();
    if (left != Kind::any && right != Kind::any && left != right)
      return wrong(Fault::type, node.children[1].offset,
                   fmt::format("{} is a {}, and {} is a {}: they have no order", shown(node.children[0]),
                               kind_text(left), shown(node.children[1]), kind_text(right)),
                   "Values are compared without conversion.");
    return Checked{.type = Type::boolean(), .stage = std::max(sides[0].stage, sides[1].stage)};
  }

  const Scope& scope_;
};

}  // namespace

Outcome<Checked> check(const Expression& expression, const Scope& scope) {
  return Checker(scope).value(expression.root());
}

Outcome<Checked> check_condition(const Expression& expression, const Scope& scope) {
  return Checker(scope).condition(expression.root());
}

}  // namespace open_cicd::expressions
