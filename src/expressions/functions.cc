#include "expressions/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace open_cicd::expressions {
namespace {

using enum Kind;

std::string kinds_text(const std::vector<Kind>& kinds) {
  std::string text;
  for (const Kind kind : kinds) {
    if (!text.empty()) text += kind == kinds.back() ? " or " : ", ";
    text += kind == any ? "any" : kind_text(kind);
  }
  return text;
}

std::vector<Function> make_functions() {
  const std::vector<Kind> scalar = {string, number, boolean, null};
  return {
      {.id = FunctionId::success,
       .name = "success",
       .result = boolean,
       .stage = Stage::release,
       .sentence = "Every need ended as its `result` asks, by default well; in a step: no step before it failed."},
      {.id = FunctionId::failure,
       .name = "failure",
       .result = boolean,
       .stage = Stage::release,
       .sentence = "A need failed, in any distance; in a step: a step before it failed."},
      {.id = FunctionId::always,
       .name = "always",
       .result = boolean,
       .stage = Stage::release,
       .sentence = "True, also after a failure and when the run was cancelled: for clean-up."},
      {.id = FunctionId::cancelled,
       .name = "cancelled",
       .result = boolean,
       .stage = Stage::release,
       .sentence = "The run, or in a step the job, was cancelled."},
      {.id = FunctionId::contains,
       .name = "contains",
       .parameters = {{"where", {string, list, null}}, {"what", {any}}},
       .result = boolean,
       .sentence = "A text has this part, or a list this item, compared as `==` does; null contains nothing."},
      {.id = FunctionId::starts_with,
       .name = "starts_with",
       .parameters = {{"text", {string, null}}, {"prefix", {string}}},
       .result = boolean,
       .sentence = "A text begins so; null begins with nothing."},
      {.id = FunctionId::ends_with,
       .name = "ends_with",
       .parameters = {{"text", {string, null}}, {"suffix", {string}}},
       .result = boolean,
       .sentence = "A text ends so; null ends with nothing."},
      {.id = FunctionId::matches,
       .name = "matches",
       .parameters = {{"text", {string, null}}, {"pattern", {string}}},
       .result = boolean,
       .sentence =
           "A regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)) is found anywhere in a text; "
           "`^` and `$` bind it to the ends. Nothing is found in null."},
      {.id = FunctionId::join,
       .name = "join",
       .parameters = {{"items", {list}}, {"separator", {string}}},
       .result = string,
       .sentence = "The strings, numbers and booleans of a list as one text."},
      {.id = FunctionId::format,
       .name = "format",
       .parameters = {{"pattern", {string}}, {"values", scalar}},
       .repeats_last = true,
       .result = string,
       .sentence =
           "The pattern with `{0}`, `{1}`, … replaced by the values, of which each must be used and none may be "
           "null; `{{` and `}}` stand for braces."},
      {.id = FunctionId::default_value,
       .name = "default",
       .parameters = {{"value", {any}}, {"fallback", {any}}},
       .result = any,
       .sentence = "The value, or the fallback when it is null. Both have the same type."},
      {.id = FunctionId::to_json,
       .name = "to_json",
       .parameters = {{"value", {any}}},
       .result = string,
       .sentence = "A value as JSON without spaces."},
      {.id = FunctionId::from_json,
       .name = "from_json",
       .parameters = {{"text", {string}}},
       .result = any,
       .sentence = "The value that a JSON text holds; its type is known only then."},
      {.id = FunctionId::hash,
       .name = "hash",
       .parameters = {{"patterns", {string}}},
       .repeats_last = true,
       .result = string,
       .stage = Stage::agent,
       .sentence = "A digest of all files in the workspace that match one of the patterns, for the key of a cache."},
  };
}

bool is_status(FunctionId id) {
  return id == FunctionId::success || id == FunctionId::failure || id == FunctionId::always ||
         id == FunctionId::cancelled;
}

bool node_asks_status(const Node& node) {
  const Function* function = node.kind == NodeKind::call ? find_function(node.name) : nullptr;
  return (function != nullptr && is_status(function->id)) || std::ranges::any_of(node.children, node_asks_status);
}

}  // namespace

bool Parameter::takes(Kind kind) const {
  return kinds.front() == Kind::any || std::ranges::find(kinds, kind) != kinds.end();
}

std::size_t Function::arguments_min() const {
  return parameters.size() > 1 && repeats_last ? parameters.size() - 1 : parameters.size();
}

std::size_t Function::arguments_max() const {
  return repeats_last ? std::numeric_limits<std::size_t>::max() : parameters.size();
}

std::string Function::signature() const {
  std::string text = std::string(name) + '(';
  for (const Parameter& parameter : parameters) {
    if (&parameter != parameters.data()) text += ", ";
    text += fmt::format("{}: {}", parameter.name, kinds_text(parameter.kinds));
  }
  return text + (repeats_last ? ", …)" : ")");
}

std::span<const Function> functions() {
  static const std::vector<Function> table = make_functions();
  return table;
}

const Function* find_function(std::string_view name) {
  const auto found = std::ranges::find(functions(), name, &Function::name);
  return found == functions().end() ? nullptr : &*found;
}

bool asks_status(const Expression& expression) {
  return node_asks_status(expression.root());
}

}  // namespace open_cicd::expressions
