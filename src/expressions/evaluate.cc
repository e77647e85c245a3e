#include "expressions/evaluate.h"

#include "expressions/call.h"
#include "expressions/check_error.h"
#include "expressions/evaluator.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace open_cicd::expressions {
namespace {

std::string_view article(const Value& value) {
  return value.is_null() ? "" : "a ";
}

// Only whole numbers count; a double that is whole is one, too.
std::optional<std::int64_t> whole(const Value& number) {
  if (number.is_int64()) return number.get_int64();
  if (!number.is_double()) return std::nullopt;
  const double value = number.get_double();
  if (std::trunc(value) != value || std::abs(value) >= 0x1p63) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

// The part of a value: moved out of one that is ours.
Held part_of(Held& whole, const Value& part) {
  if (whole.own() == nullptr) return Held(&part);
  return Held(Value(std::move(const_cast<Value&>(part))));  // it is a part of our own, which is not const
}

class Evaluator {
 public:
  Evaluator(const Context& context, Meter& meter) : context_(context), meter_(meter) {}

  Outcome<Held> value(const Node& node) {
    if (!meter_.spend_operations(1)) return too_many_operations(node, meter_);
    switch (node.kind) {
      case NodeKind::literal:
        return Held(&node.value);
      case NodeKind::root:
        return root(node);
      case NodeKind::index:
        return index(node);
      case NodeKind::call:
        return call(node);
      case NodeKind::negate: {
        const Outcome<bool> operand = boolean(node.children[0]);
        if (!operand) return std::unexpected(operand.error());
        return Held(Value(!*operand));
      }
      case NodeKind::both:
        return chain(node, false);
      case NodeKind::either:
        return chain(node, true);
      case NodeKind::equal:
      case NodeKind::unequal:
        return equality(node);
      case NodeKind::less:
      case NodeKind::less_equal:
      case NodeKind::greater:
      case NodeKind::greater_equal:
        return order(node);
    }
    return Held();
  }

  Outcome<bool> boolean(const Node& node) {
    const Outcome<Held> held = value(node);
    if (!held) return std::unexpected(held.error());
    const Value& found = held->get();
    if (found.is_bool()) return found.get_bool();
    return wrong(
        Fault::type, node.offset,
        fmt::format("a boolean is expected here, and {} is {}{}", shown(node), article(found), kind_name(found)),
        fmt::format("There is no truthiness: compare it, as in {} == true.", shown(node)));
  }

 private:
  Outcome<Held> root(const Node& node) const {
    if (const Value* found = context_.find(node.name)) return Held(found);
    return wrong(Fault::name, node.offset, fmt::format("\"{}\" is not known here yet", node.name));
  }

  // && ends with the first false, || with the first true.
  Outcome<Held> chain(const Node& node, bool decisive) {
    for (const Node& child : node.children) {
      const Outcome<bool> operand = boolean(child);
      if (!operand) return std::unexpected(operand.error());
      if (*operand == decisive) return Held(Value(decisive));
    }
    return Held(Value(!decisive));
  }

  Outcome<Held> index(const Node& node) {
    Outcome<Held> target = value(node.children[0]);
    if (!target) return target;
    const Outcome<Held> key = value(node.children[1]);
    if (!key) return key;
    const Value& from = target->get();
    if (from.is_null()) return Held();
    if (const auto* map = from.if_object()) {
      if (!key->get().is_string()) return wrong_key(node, "a map: its keys are strings", key->get());
      const Value* found = map->if_contains(key->get().get_string());
      return found == nullptr ? Held() : part_of(*target, *found);
    }
    if (const auto* list = from.if_array()) {
      if (!key->get().is_number()) return wrong_key(node, "a list: its items are numbered", key->get());
      const auto at = whole(key->get());
      if (at && *at >= 0 && static_cast<std::uint64_t>(*at) < list->size())
        return part_of(*target, (*list)[static_cast<std::size_t>(*at)]);
      return wrong(
          Fault::value, node.children[1].offset,
          fmt::format("{} has {} items, and no {}", shown(node.children[0]), list->size(), number_text(key->get())),
          "The first item has the number 0.");
    }
    return wrong(Fault::type, node.children[1].offset,
                 fmt::format("{} is a {}: it has no fields", shown(node.children[0]), kind_name(from)));
  }

  static std::unexpected<ExpressionError> wrong_key(const Node& node, std::string_view what, const Value& key) {
    return wrong(Fault::type, node.children[1].offset,
                 fmt::format("{} is {}, and {} is {}{}", shown(node.children[0]), what, shown(node.children[1]),
                             article(key), kind_name(key)));
  }

  Outcome<Held> call(const Node& node) {
    const Function* function = find_function(node.name);
    if (function == nullptr)
      return wrong(Fault::name, node.offset, fmt::format("there is no function \"{}\"", node.name));
    if (node.children.size() < function->arguments_min() || node.children.size() > function->arguments_max())
      return wrong(Fault::type, node.offset, fmt::format("{}() has another number of arguments", node.name),
                   fmt::format("Write {}.", function->signature()));
    std::vector<Held> arguments;
    for (const Node& child : node.children) {
      Outcome<Held> argument = value(child);
      if (!argument) return argument;
      arguments.push_back(std::move(*argument));
    }
    return call_function(*function, node, std::move(arguments), context_, meter_);
  }

  Outcome<Held> equality(const Node& node) {
    const Outcome<Held> left = value(node.children[0]);
    if (!left) return left;
    const Outcome<Held> right = value(node.children[1]);
    if (!right) return right;
    const std::size_t looked_at = std::min(weight(left->get(), meter_.left()), weight(right->get(), meter_.left()));
    if (!meter_.spend_work(looked_at)) return too_many_operations(node, meter_);
    return Held(Value(equal(left->get(), right->get()) == (node.kind == NodeKind::equal)));
  }

  Outcome<Held> order(const Node& node) {
    const Outcome<Held> left = value(node.children[0]);
    if (!left) return left;
    const Outcome<Held> right = value(node.children[1]);
    if (!right) return right;
    const Value& a = left->get();
    const Value& b = right->get();
    if (a.is_number() && b.is_number()) return Held(Value(holds(node.kind, compare_numbers(a, b))));
    if (!a.is_string() || !b.is_string())
      return wrong(Fault::type, node.children[1].offset,
                   fmt::format("{} is {}{}, and {} is {}{}: they have no order", shown(node.children[0]), article(a),
                               kind_name(a), shown(node.children[1]), article(b), kind_name(b)),
                   "Two numbers have one, and two strings.");
    if (!meter_.spend_work(std::min(a.get_string().size(), b.get_string().size())))
      return too_many_operations(node, meter_);
    const std::string_view left_text = a.get_string(), right_text = b.get_string();
    return Held(Value(holds(node.kind, left_text <=> right_text)));
  }

  static bool holds(NodeKind kind, std::strong_ordering order) {
    switch (kind) {
      case NodeKind::less:
        return order < 0;
      case NodeKind::less_equal:
        return order <= 0;
      case NodeKind::greater:
        return order > 0;
      default:
        return order >= 0;
    }
  }

  const Context& context_;
  Meter& meter_;
};

}  // namespace

Context& Context::set(std::string name, const Value& value) {
  roots_.insert_or_assign(std::move(name), &value);
  return *this;
}

Context& Context::set_status(StatusAnswers answers) {
  status_ = answers;
  return *this;
}

Context& Context::set_hash_files(HashFiles hash_files) {
  hash_files_ = std::move(hash_files);
  return *this;
}

const Value* Context::find(std::string_view name) const {
  const auto found = roots_.find(name);
  return found == roots_.end() ? nullptr : found->second;
}

std::unexpected<ExpressionError> too_many_operations(const Node& node, const Meter& meter) {
  if (meter.is_cut())
    return wrong(Fault::limit, node.offset,
                 fmt::format("the expressions that are evaluated together take more than {} operations",
                             meter.budget().together->max));
  return wrong(Fault::limit, node.offset,
               fmt::format("the expression takes more than {} operations", meter.budget().operations));
}

std::unexpected<ExpressionError> result_too_long(const Node& node, const Meter& meter) {
  return wrong(Fault::limit, node.offset,
               fmt::format("{} is longer than {} bytes", shown(node), meter.budget().result_bytes));
}

Outcome<void> append_scalar(std::string& out, const Value& value, const Node& node, const Meter& meter) {
  if (const auto* string = value.if_string()) {
    if (string->size() > meter.budget().result_bytes) return result_too_long(node, meter);
    out += std::string_view(*string);
  } else if (value.is_number()) {
    out += number_text(value);
  } else if (value.is_bool()) {
    out += value.get_bool() ? "true" : "false";
  } else if (value.is_null()) {
    return wrong(Fault::value, node.offset, fmt::format("{} is null, which has no text", shown(node)),
                 fmt::format("Say what to write then: default({}, '…').", shown(node)));
  } else {
    return wrong(Fault::type, node.offset, fmt::format("{} is a {}, which has no text", shown(node), kind_name(value)),
                 value.is_array() ? fmt::format("Write join({0}, ', ') or to_json({0}).", shown(node))
                                  : fmt::format("Write to_json({}).", shown(node)));
  }
  if (out.size() > meter.budget().result_bytes) return result_too_long(node, meter);
  return {};
}

Outcome<Held> evaluate_with(const Node& node, const Context& context, Meter& meter) {
  return Evaluator(context, meter).value(node);
}

Outcome<Value> take_result(Held held, const Node& node, const Meter& meter) {
  const std::size_t itself = held.get().is_string() ? weight_of_value : 0;  // a string counts its bytes alone
  const std::size_t max = meter.budget().result_bytes + itself;
  if (weight(held.get(), max) > max) return result_too_long(node, meter);
  if (Value* ours = held.own()) return std::move(*ours);
  return Value(held.get(), boost::json::storage_ptr());  // not in the memory of the context
}

Outcome<Value> evaluate(const Expression& expression, const Context& context, Budget budget) {
  Meter meter(budget);
  Outcome<Held> held = evaluate_with(expression.root(), context, meter);
  if (!held) return std::unexpected(std::move(held.error()));
  return take_result(std::move(*held), expression.root(), meter);
}

Outcome<bool> evaluate_condition(const Expression& expression, const Context& context, Budget budget) {
  Meter meter(budget);
  return Evaluator(context, meter).boolean(expression.root());
}

}  // namespace open_cicd::expressions
