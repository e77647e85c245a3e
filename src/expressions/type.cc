#include "expressions/type.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace open_cicd::expressions {

struct Type::Parts {
  std::vector<std::string> options = {};
  std::optional<Type> item = {};  // of a list; of a map: it is open, and this is the type of its other fields
  Fields fields = {};
  Stage inner = Stage::plan;  // the latest of items and fields
};

namespace {

constexpr std::size_t options_shown_max = 8;

std::string options_text(const std::vector<std::string>& options) {
  std::string text;
  for (std::size_t i = 0; i < std::min(options.size(), options_shown_max); ++i)
    text += fmt::format("{}'{}'", i == 0 ? "" : ", ", options[i]);
  if (options.size() > options_shown_max) text += ", …";
  return options.size() == 1 ? text : "one of " + text;
}

// The field as `map` promises it, when it need not have it.
Type field_or_other(const Type& map, std::string_view name) {
  const auto found = map.fields().find(name);
  if (found != map.fields().end()) return found->second;
  return map.is_open() ? map.item().or_null() : Type::null();
}

Type common_map(const Type& a, const Type& b) {
  Type::Fields fields;
  for (const Type* map : {&a, &b})
    for (const auto& [name, type] : map->fields())
      if (!fields.contains(name)) fields.emplace(name, common_type(field_or_other(a, name), field_or_other(b, name)));
  if (!a.is_open() && !b.is_open()) return Type::map(std::move(fields));
  if (a.is_open() && b.is_open()) return Type::open_map(std::move(fields), common_type(a.item(), b.item()));
  return Type::open_map(std::move(fields), a.is_open() ? a.item() : b.item());
}

Type common_string(const Type& a, const Type& b) {
  if (a.options().empty() || b.options().empty()) return Type::string();
  std::vector<std::string> options = a.options();
  for (const std::string& option : b.options())
    if (std::ranges::find(options, option) == options.end()) options.push_back(option);
  return Type::one_of(std::move(options));
}

Type common_of_kind(const Type& a, const Type& b) {
  if (a.kind() == Kind::string) return common_string(a, b);
  if (a.kind() == Kind::list) return Type::list(common_type(a.item(), b.item()));
  if (a.kind() == Kind::map) return common_map(a, b);
  return a;
}

bool fits_fields(const boost::json::object& map, const Type& type) {
  for (const auto& [name, field] : type.fields())
    if (!field.may_be_null() && !map.contains(name)) return false;
  return std::ranges::all_of(map, [&](const auto& member) {
    const auto field = type.fields().find(std::string_view(member.key()));
    if (field != type.fields().end()) return fits(member.value(), field->second);
    return type.is_open() && fits(member.value(), type.item().or_null());
  });
}

}  // namespace

std::string_view kind_text(Kind kind) {
  switch (kind) {
    case Kind::any:
      return "any value";
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::number:
      return "number";
    case Kind::string:
      return "string";
    case Kind::list:
      return "list";
    case Kind::map:
      return "map";
  }
  return "";
}

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::plan:
      return "when the plan is made";
    case Stage::release:
      return "when the job is released";
    case Stage::agent:
      return "on the agent";
  }
  return "";
}

Type Type::one_of(std::vector<std::string> options) {
  Type type(Kind::string);
  type.parts_ = std::make_shared<const Parts>(Parts{.options = std::move(options)});
  return type;
}

Type Type::list(Type item) {
  Type type(Kind::list);
  const Stage inner = item.latest_stage();
  type.parts_ = std::make_shared<const Parts>(Parts{.item = std::move(item), .inner = inner});
  return type;
}

Type Type::map(Fields fields) {
  Type type(Kind::map);
  Stage inner = Stage::plan;
  for (const auto& [name, field] : fields) inner = std::max(inner, field.latest_stage());
  type.parts_ = std::make_shared<const Parts>(Parts{.fields = std::move(fields), .inner = inner});
  return type;
}

Type Type::open_map(Fields fields, Type others) {
  Type type = map(std::move(fields));
  Parts parts = *type.parts_;
  parts.inner = std::max(parts.inner, others.latest_stage());
  parts.item = std::move(others);
  type.parts_ = std::make_shared<const Parts>(std::move(parts));
  return type;
}

Type Type::or_null() const {
  Type type = *this;
  type.nullable_ = kind_ != Kind::null && kind_ != Kind::any;  // which may be null anyway
  return type;
}

Type Type::not_null() const {
  Type type = *this;
  type.nullable_ = false;
  if (kind_ == Kind::null) type.kind_ = Kind::any;
  return type;
}

Type Type::known(Stage at) const {
  Type type = *this;
  type.stage_ = at;
  return type;
}

bool Type::is_open() const {
  return kind_ == Kind::map && parts_->item.has_value();
}

const std::vector<std::string>& Type::options() const {
  static const std::vector<std::string> none;
  return parts_ ? parts_->options : none;
}

const Type& Type::item() const {
  static const Type unknown = any();
  return parts_ && parts_->item ? *parts_->item : unknown;
}

const Type::Fields& Type::fields() const {
  static const Fields none;
  return parts_ ? parts_->fields : none;
}

Stage Type::latest_stage() const {
  return parts_ ? std::max(stage_, parts_->inner) : stage_;
}

std::string Type::text() const {
  std::string text(kind_text(kind_));
  if (!options().empty()) text = options_text(options());
  if (kind_ == Kind::list && item().kind() != Kind::any)
    text += item().nullable_ ? fmt::format(" of ({})", item().text()) : " of " + item().text();
  return nullable_ ? text + " or null" : text;
}

bool Type::operator==(const Type& other) const {
  return kind_ == other.kind_ && nullable_ == other.nullable_ && stage_ == other.stage_ &&
         options() == other.options() && is_open() == other.is_open() && fields() == other.fields() &&
         ((kind_ != Kind::list && !is_open()) || item() == other.item());
}

Type type_of(const Value& value) {
  if (value.is_bool()) return Type::boolean();
  if (value.is_number()) return Type::number();
  if (value.is_string()) return Type::string();
  if (value.is_array()) {
    std::optional<Type> item;
    for (const Value& one : value.get_array()) item = item ? common_type(*item, type_of(one)) : type_of(one);
    return Type::list(item.value_or(Type::any()));
  }
  if (value.is_object()) {
    Type::Fields fields;
    for (const auto& [key, one] : value.get_object()) fields.emplace(std::string(key), type_of(one));
    return Type::map(std::move(fields));
  }
  return Type::null();
}

Type common_type(const Type& a, const Type& b) {
  const Stage stage = std::max(a.stage(), b.stage());
  if (a.kind() == Kind::null) return b.or_null().known(stage);
  if (b.kind() == Kind::null) return a.or_null().known(stage);
  if (a.kind() != b.kind()) return Type::any().known(std::max(a.latest_stage(), b.latest_stage()));
  const Type common = common_of_kind(a, b);
  return (a.may_be_null() || b.may_be_null() ? common.or_null() : common).known(stage);
}

bool fits(const Value& value, const Type& type) {
  if (value.is_null()) return type.may_be_null();
  switch (type.kind()) {
    case Kind::any:
      return true;
    case Kind::null:
      return false;
    case Kind::boolean:
      return value.is_bool();
    case Kind::number:
      return value.is_number();
    case Kind::string:
      return value.is_string() &&
             (type.options().empty() || std::ranges::count(type.options(), std::string_view(value.get_string())) > 0);
    case Kind::list:
      return value.is_array() &&
             std::ranges::all_of(value.get_array(), [&](const Value& item) { return fits(item, type.item()); });
    case Kind::map:
      return value.is_object() && fits_fields(value.get_object(), type);
  }
  return false;
}

}  // namespace open_cicd::expressions
