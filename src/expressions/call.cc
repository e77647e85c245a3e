#include "expressions/call.h"

#include "base/json.h"
#include "expressions/check_error.h"
#include "expressions/format_pattern.h"
#include "expressions/pattern.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace open_cicd::expressions {
namespace {

using Answer = Outcome<Held>;

// One call: its arguments, and errors that stand at them.
class Call {
 public:
  Call(const Function& function, const Node& node, std::vector<Held> arguments, const Context& context, Meter& meter)
      : function_(function), node_(node), arguments_(std::move(arguments)), context_(context), meter_(meter) {}

  Answer run() {
    if (auto error = wrong_kind()) return std::unexpected(std::move(*error));
    switch (function_.id) {
      case FunctionId::success:
      case FunctionId::failure:
      case FunctionId::always:
      case FunctionId::cancelled:
        return status();
      case FunctionId::contains:
        return contains();
      case FunctionId::starts_with:
      case FunctionId::ends_with:
        return begins_or_ends();
      case FunctionId::matches:
        return matches();
      case FunctionId::join:
        return join();
      case FunctionId::format:
        return format();
      case FunctionId::default_value:
        return std::move(arguments_[arguments_[0].get().is_null() ? 1 : 0]);
      case FunctionId::to_json:
        return to_json();
      case FunctionId::from_json:
        return from_json();
      case FunctionId::hash:
        return hash();
    }
    return Held();
  }

 private:
  const Value& argument(std::size_t at) const { return arguments_[at].get(); }
  std::string_view text(std::size_t at) const { return argument(at).get_string(); }
  std::size_t offset(std::size_t at) const { return node_.children[at].offset; }
  Answer too_much() const { return too_many_operations(node_, meter_); }

  static Kind kind_of(const Value& value) {
    if (value.is_null()) return Kind::null;
    if (value.is_bool()) return Kind::boolean;
    if (value.is_number()) return Kind::number;
    if (value.is_string()) return Kind::string;
    return value.is_array() ? Kind::list : Kind::map;
  }

  std::optional<ExpressionError> wrong_kind() const {
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      const Parameter& parameter = function_.parameters[std::min(i, function_.parameters.size() - 1)];
      if (parameter.takes(kind_of(argument(i)))) continue;
      return ExpressionError{
          .fault = Fault::type,
          .offset = offset(i),
          .message = fmt::format("{}: {} is {}{}, and {} is expected", function_.signature(), shown(node_.children[i]),
                                 argument(i).is_null() ? "" : "a ", kind_name(argument(i)), parameter.name),
          .hint = {}};
    }
    return std::nullopt;
  }

  Answer status() const {
    const auto& answers = context_.status();
    if (!answers) return wrong(Fault::name, node_.offset, fmt::format("{}() is not known here yet", function_.name));
    switch (function_.id) {
      case FunctionId::success:
        return Held(Value(answers->success));
      case FunctionId::failure:
        return Held(Value(answers->failure));
      case FunctionId::cancelled:
        return Held(Value(answers->cancelled));
      default:
        return Held(Value(true));
    }
  }

  Answer contains() {
    const Value& where = argument(0);
    const Value& what = argument(1);
    if (where.is_null()) return Held(Value(false));
    if (const auto* list = where.if_array()) {
      const std::size_t heaviest = weight(what, meter_.left());
      for (const Value& item : *list) {
        if (!meter_.spend_work(std::min(weight(item, heaviest), heaviest))) return too_much();
        if (equal(item, what)) return Held(Value(true));
      }
      return Held(Value(false));
    }
    if (!what.is_string())
      return wrong(Fault::type, offset(1),
                   fmt::format("{} is a string: its parts are strings, and {} is {}{}", shown(node_.children[0]),
                               shown(node_.children[1]), what.is_null() ? "" : "a ", kind_name(what)));
    const std::string_view hay = text(0), needle = text(1);
    if (!meter_.spend_work(hay.size() + needle.size())) return too_much();
    // memmem(3) is linear, which std::string_view::find() is not.
    return Held(Value(needle.empty() || memmem(hay.data(), hay.size(), needle.data(), needle.size()) != nullptr));
  }

  Answer begins_or_ends() {
    if (argument(0).is_null()) return Held(Value(false));
    if (!meter_.spend_work(text(1).size())) return too_much();
    return Held(
        Value(function_.id == FunctionId::starts_with ? text(0).starts_with(text(1)) : text(0).ends_with(text(1))));
  }

  Answer matches() {
    const std::size_t classes = unicode_classes_of(text(1));
    if (!meter_.spend_operations(limits::pattern_operations + classes * limits::pattern_class_operations))
      return too_much();
    const auto pattern = Pattern::compile(text(1));
    if (!pattern) return wrong(Fault::value, offset(1), "the pattern " + pattern.error());
    if (!meter_.spend_operations(pattern->size() / limits::instructions_per_operation)) return too_much();
    if (argument(0).is_null()) return Held(Value(false));
    if (!meter_.spend_work(text(0).size() * (1 + pattern->size() / limits::instructions_per_reading)))
      return too_much();
    return Held(Value(pattern->found_in(text(0))));
  }

  // The string that a function has made.
  Answer made(std::string text) {
    if (text.size() > meter_.budget().result_bytes) return result_too_long(node_, meter_);
    if (!meter_.spend_work(text.size())) return too_much();
    return Held(Value(std::string_view(text)));
  }

  Answer join() {
    std::string out;
    for (const Value& item : argument(0).get_array()) {
      if (&item != argument(0).get_array().data()) out += text(1);
      if (item.is_null())
        return wrong(Fault::value, offset(0),
                     fmt::format("an item of {} is null, which has no text", shown(node_.children[0])));
      const Outcome<void> appended = append_scalar(out, item, node_.children[0], meter_);
      if (!appended) return std::unexpected(appended.error());
      if (!meter_.spend_work(item.is_string() ? item.get_string().size() + 16 : 16)) return too_much();
    }
    return made(std::move(out));
  }

  Answer format() {
    const auto pieces = parse_format(text(0), arguments_.size() - 1);
    if (!pieces) return wrong(Fault::value, offset(0), pieces.error());
    std::string out;
    for (const FormatPiece& piece : *pieces) {
      if (!piece.argument) {
        out += piece.text;
        continue;
      }
      const std::size_t at = *piece.argument + 1;
      const Outcome<void> appended = append_scalar(out, argument(at), node_.children[at], meter_);
      if (!appended) return std::unexpected(appended.error());
    }
    return made(std::move(out));
  }

  Answer to_json() { return made(json_text(argument(0), meter_.budget().result_bytes)); }

  Answer from_json() {
    if (text(0).size() > meter_.budget().result_bytes) return result_too_long(node_.children[0], meter_);
    if (!meter_.spend_work(text(0).size() * limits::parsing_work)) return too_much();
    auto value = json::parse(text(0));
    if (!value)
      return wrong(Fault::value, offset(0),
                   fmt::format("{} is not JSON: {}", shown(node_.children[0]), value.error().message()));
    return Held(std::move(*value));
  }

  Answer hash() {
    if (!context_.hash_files()) return wrong(Fault::name, node_.offset, "hash() is not known here yet");
    std::vector<std::string> patterns;
    for (std::size_t i = 0; i < arguments_.size(); ++i) patterns.emplace_back(text(i));
    auto digest = context_.hash_files()(patterns);
    if (!digest) return wrong(Fault::value, node_.offset, std::move(digest.error()));
    return made(std::move(*digest));
  }

  const Function& function_;
  const Node& node_;
  std::vector<Held> arguments_;
  const Context& context_;
  Meter& meter_;
};

}  // namespace

Outcome<Held> call_function(const Function& function, const Node& call, std::vector<Held> arguments,
                            const Context& context, Meter& meter) {
  return Call(function, call, std::move(arguments), context, meter).run();
}

}  // namespace open_cicd::expressions
