#include "expressions/check_call.h"

#include "expressions/check_error.h"
#include "expressions/format_pattern.h"
#include "expressions/pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace open_cicd::expressions {
namespace {

using Problem = std::optional<ExpressionError>;

std::optional<std::string_view> literal_text(const Node& node) {
  const auto* text = node.kind == NodeKind::literal ? node.value.if_string() : nullptr;
  return text == nullptr ? std::nullopt : std::optional(std::string_view(*text));
}

Problem problem(std::unexpected<ExpressionError> error) {
  return std::move(error.error());
}

Problem check_count(const Function& function, const Node& call) {
  const std::size_t count = call.children.size();
  if (count >= function.arguments_min() && count <= function.arguments_max()) return std::nullopt;
  const std::size_t expected = count < function.arguments_min() ? function.arguments_min() : function.arguments_max();
  const std::size_t offset =
      count > function.arguments_max() ? call.children[function.arguments_max()].offset : call.offset;
  return problem(
      wrong(Fault::type, offset,
            fmt::format("{}() takes {}{} argument{}, not {}", function.name, function.repeats_last ? "at least " : "",
                        expected == 0 ? "no" : fmt::to_string(expected), expected == 1 ? "" : "s", count),
            fmt::format("Write {}.", function.signature())));
}

Problem check_kind(const Function& function, const Parameter& parameter, const Node& node, const Type& type) {
  if (type.kind() == Kind::any) return std::nullopt;
  if (!parameter.takes(type.kind()))
    return problem(wrong(Fault::type, node.offset,
                         fmt::format("{}: {} is {}, and {} is expected", function.signature(), shown(node),
                                     with_article(type), parameter.name)));
  if (type.may_be_null() && !parameter.takes(Kind::null)) return problem(may_be_null(node));
  return std::nullopt;
}

Problem never_contained(const Node& list, const Type& item, const Node& what, const Type& what_type) {
  Problem never = never_equal(list, item, what, what_type);
  if (!never) return never;
  never->offset = what.offset;
  never->message = fmt::format("an item of {} is {}, and {} is {}: it never has it", shown(list), with_article(item),
                               shown(what), with_article(what_type));
  return never;
}

Problem check_contains(const Node& call, const std::vector<Type>& arguments) {
  const Node& what = call.children[1];
  const Type& where_type = arguments[0];
  const Type& what_type = arguments[1];
  if (where_type.kind() == Kind::list) return never_contained(call.children[0], where_type.item(), what, what_type);
  if (where_type.kind() != Kind::string || what_type.kind() == Kind::any) return std::nullopt;
  if (what_type.kind() != Kind::string)
    return problem(wrong(Fault::type, what.offset,
                         fmt::format("{} is a string: its parts are strings, and {} is {}", shown(call.children[0]),
                                     shown(what), with_article(what_type))));
  return what_type.may_be_null() ? problem(may_be_null(what)) : std::nullopt;
}

Problem check_join(const Node& call, const std::vector<Type>& arguments) {
  const Type& item = arguments[0].item();
  const Node& items = call.children[0];
  if (item.kind() == Kind::list || item.kind() == Kind::map || item.kind() == Kind::null)
    return problem(wrong(Fault::type, items.offset,
                         fmt::format("join() takes strings, numbers and booleans, and {} is {}", shown(items),
                                     with_article(arguments[0])),
                         "to_json() makes a text of any value."));
  return std::nullopt;
}

Problem check_default(const Node& call, const std::vector<Type>& arguments) {
  const Kind value = arguments[0].kind(), fallback = arguments[1].kind();
  if (value == fallback || value == Kind::any || value == Kind::null || fallback == Kind::any || fallback == Kind::null)
    return std::nullopt;
  return problem(wrong(Fault::type, call.children[1].offset,
                       fmt::format("{} is a {}, so its fallback cannot be a {}", shown(call.children[0]),
                                   kind_text(value), kind_text(fallback))));
}

Problem check_literal_pattern(const Function& function, const Node& call) {
  const std::size_t at = function.id == FunctionId::matches ? 1 : 0;
  const auto text = literal_text(call.children[at]);
  if (!text) return std::nullopt;
  std::optional<std::string> what;
  if (function.id == FunctionId::matches) {
    what = check_pattern(*text);
    if (what) what = "the pattern " + *what;
  } else if (auto pieces = parse_format(*text, call.children.size() - 1); !pieces) {
    what = std::move(pieces.error());
  }
  if (!what) return std::nullopt;
  return problem(wrong(Fault::value, call.children[at].offset, std::move(*what)));
}

Problem check_rule(const Function& function, const Node& call, const std::vector<Type>& arguments) {
  switch (function.id) {
    case FunctionId::contains:
      return check_contains(call, arguments);
    case FunctionId::join:
      return check_join(call, arguments);
    case FunctionId::default_value:
      return check_default(call, arguments);
    case FunctionId::matches:
    case FunctionId::format:
      return check_literal_pattern(function, call);
    default:
      return std::nullopt;
  }
}

Type type_of_kind(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return Type::boolean();
    case Kind::number:
      return Type::number();
    case Kind::string:
      return Type::string();
    default:
      return Type::any();
  }
}

// The stages of the arguments count already, and a value's own stage would count twice.
Type result_type(const Function& function, const std::vector<Type>& arguments) {
  if (function.id != FunctionId::default_value) return type_of_kind(function.result);
  const Type& value = arguments[0];
  const Type& fallback = arguments[1];
  if (value.kind() == Kind::null) return fallback;
  return value.may_be_null() ? common_type(value.not_null(), fallback) : value;
}

}  // namespace

Outcome<Type> check_call(const Function& function, const Node& call, const std::vector<Type>& arguments) {
  if (Problem problem = check_count(function, call)) return std::unexpected(std::move(*problem));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Parameter& parameter = function.parameters[std::min(i, function.parameters.size() - 1)];
    if (Problem problem = check_kind(function, parameter, call.children[i], arguments[i]))
      return std::unexpected(std::move(*problem));
  }
  if (Problem problem = check_rule(function, call, arguments)) return std::unexpected(std::move(*problem));
  return result_type(function, arguments);
}

}  // namespace open_cicd::expressions
