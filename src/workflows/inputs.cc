#include "workflows/inputs.h"

#include "base/text.h"
#include "expressions/pattern.h"
#include "pipelines/rules.h"
#include "pipelines/scalar.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/names.h"
#include "workflows/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

using expressions::Type;
using expressions::Value;
using pipelines::Field;
using pipelines::MapReader;
using pipelines::member_path;
using pipelines::Node;
using pipelines::Problems;

pipelines::Wrong check_regular_expression(std::string_view text) {
  if (auto wrong = expressions::check_pattern(text)) return fmt::format("is no regular expression: {}", *wrong);
  return std::nullopt;
}

void read_options(const Field& field, InputDefinition& input, Problems& problems) {
  for (const Field& item : read_items(field, limits::options_max, problems)) {
    const Node& node = *item.node;
    if (!node.is_scalar() || node.text.empty()) {
      mistyped(item, "a word", problems);
    } else if (std::ranges::count(input.options, node.text) > 0) {
      item.fail(problems, fmt::format("stands twice: \"{}\"", escape_for_line(node.text)));
    } else {
      input.options.push_back(node.text);
    }
  }
  if (field.node->kind == Node::Kind::list && field.node->items.empty())
    field.fail(problems, "must have at least one option");
}

// A number may be written for a string or a choice: `options: [1, 2]`, `default: 1`.
Value as_type(const InputDefinition& input, const Node& node, const Value& value) {
  const bool is_text = input.type == "string" || input.type == "choice";
  return is_text && !value.is_string() ? Value(node.text) : value;
}

void read_input(const Field& field, InputDefinition& input, Problems& problems) {
  static const auto names = names_of(key_of(workflow_keys(), "inputs").shape.item->keys);
  const MapReader map(field, {names}, problems);
  if (const auto type = map.find("type")) read_choice(*type, input.type, input_types, problems);
  if (const auto options = map.find("options")) {
    read_options(*options, input, problems);
    if (input.type != "choice") options->fail(problems, "is only used with \"type: choice\"");
  } else if (input.type == "choice" && map.is_map()) {
    problems.add(member_path(field.path, "options"), field.node->at, "is required: a choice needs what to choose from");
  }
  if (const auto pattern = map.find("pattern")) {
    read_string(*pattern, input.pattern, problems, check_regular_expression);
    if (input.type != "string") pattern->fail(problems, "is only used with \"type: string\"");
  }
  if (const auto required = map.find("required")) read_boolean(*required, input.required, problems);
  if (const auto text = map.find("description")) read_string(*text, input.description, problems, pipelines::check_word);
  const auto fallback = map.find("default");
  if (!fallback) return;
  const auto value = scalar_value(*fallback->node);
  if (!value) {
    mistyped(*fallback, "a value of the input's type", problems);
    return;
  }
  input.fallback = as_type(input, *fallback->node, *value);
  if (input.type == "choice" && input.options.empty()) return;
  if (std::string wrong = wrong_input(input, *input.fallback); !wrong.empty())
    problems.add(fallback->path, fallback->node->at, std::move(wrong));
}

// What a text on a command line means for this input; the text itself where it means nothing.
Value from_text(const InputDefinition& input, std::string_view text) {
  Node node;
  node.text = text;
  if (input.type == "number" || input.type == "boolean") {
    resolve_core_scalar(node);
    const auto value = scalar_value(node);
    if (value && value->is_number() && input.type == "number") return *value;
    if (value && value->is_bool() && input.type == "boolean") return *value;
  }
  return Value(text);
}

std::string input_hint(const std::string& name, const std::vector<std::string_view>& names) {
  if (names.empty()) return "It has none.";
  std::string hint = pipelines::closest_hint(name, names);
  return hint.empty() ? fmt::format("Its inputs are {}.", fmt::join(names, ", ")) : hint;
}

}  // namespace

std::optional<Value> scalar_value(const Node& node) {
  switch (node.kind) {
    case Node::Kind::boolean:
      return Value(node.boolean);
    case Node::Kind::integer:
      return Value(node.integer);
    case Node::Kind::number:
      return std::isfinite(node.number) ? std::optional(Value(node.number)) : std::nullopt;
    case Node::Kind::string:
      return Value(node.text);
    case Node::Kind::null:
    case Node::Kind::list:
    case Node::Kind::map:
      return std::nullopt;
  }
  return std::nullopt;
}

void read_inputs(const Field& field, Inputs& to, Problems& problems) {
  if (field.node->kind != Node::Kind::map) {
    mistyped(field, "a map of names to inputs", problems);
    return;
  }
  if (field.node->members.size() > limits::inputs_max) {
    field.fail(problems, fmt::format("must have at most {} inputs", limits::inputs_max));
    return;
  }
  for (const pipelines::Member& member : field.node->members) {
    const Field value{member.value.get(), member_path(field.path, member.key)};
    if (auto wrong = check_plain_name(member.key)) problems.add(value.path, member.key_at, std::move(*wrong));
    InputDefinition& input = to.emplace_back();
    input.name = member.key;
    read_input(value, input, problems);
  }
}

Type type_of_inputs(const Inputs& inputs, bool always_given) {
  Type::Fields fields;
  for (const InputDefinition& input : inputs) {
    Type type = Type::string();
    if (input.type == "number") type = Type::number();
    if (input.type == "boolean") type = Type::boolean();
    if (input.type == "choice" && !input.options.empty()) type = Type::one_of(input.options);
    const bool is_given = input.fallback || (input.required && always_given);
    fields.emplace(input.name, is_given ? type : type.or_null());
  }
  return Type::map(std::move(fields));
}

std::string wrong_input(const InputDefinition& input, const Value& value) {
  if (input.type == "number") return value.is_number() ? "" : "must be a number";
  if (input.type == "boolean") return value.is_bool() ? "" : "must be true or false";
  if (!value.is_string()) return "must be a string";
  const std::string_view text = value.get_string();
  if (text.size() > limits::input_bytes_max)
    return fmt::format("must be at most {} bytes long", limits::input_bytes_max);
  if (text.contains('\0') || !is_valid_utf8(text)) return "must be text of UTF-8 without NUL";
  if (input.type == "choice") {
    const bool listed = std::ranges::count(input.options, text) > 0;
    return listed ? "" : fmt::format("must be one of {}", fmt::join(input.options, ", "));
  }
  if (input.pattern.empty()) return "";
  const auto matches = expressions::matches_pattern(text, input.pattern);
  return matches && *matches ? "" : fmt::format("must match the pattern {}", input.pattern);
}

boost::json::object resolve_inputs(const Inputs& inputs, const InputTexts& given, bool must_give, Problems& problems) {
  boost::json::object values;
  std::vector<std::string_view> names;
  for (const InputDefinition& input : inputs) {
    names.push_back(input.name);
    const auto found = given.find(input.name);
    const std::string path = member_path("inputs", input.name);
    if (found != given.end()) {
      Value value = from_text(input, found->second);
      if (std::string wrong = wrong_input(input, value); !wrong.empty()) problems.add(path, {}, std::move(wrong));
      values.emplace(input.name, std::move(value));
    } else {
      if (!input.fallback && input.required && must_give) problems.add(path, {}, "is required");
      values.emplace(input.name, input.fallback.value_or(Value(nullptr)));
    }
  }
  for (const auto& [name, text] : given)
    if (std::ranges::find(names, name) == names.end())
      problems.add(member_path("inputs", name), {}, "is not an input of this pipeline", input_hint(name, names));
  return values;
}

}  // namespace open_cicd::workflows
