// The types of expressions: what is known of a value before it exists.
#pragma once

#include "expressions/value.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

enum class Kind : std::uint8_t { any, null, boolean, number, string, list, map };
std::string_view kind_text(Kind kind);  // "any value", "null", "boolean", …

// When a value is known. In order: what is known early is known later, too.
enum class Stage : std::uint8_t {
  plan,     // when the plan is made
  release,  // when all needs of the job have ended
  agent,    // on the agent, before each step
};
std::string_view stage_name(Stage stage);  // "when the plan is made", …

// Immutable, cheap to copy.
class Type {
 public:
  using Fields = std::map<std::string, Type, std::less<>>;

  static Type any() {
    return Type(Kind::any);
  }  // nothing is known; what it is used for is checked when it is evaluated
  static Type null() { return Type(Kind::null); }
  static Type boolean() { return Type(Kind::boolean); }
  static Type number() { return Type(Kind::number); }
  static Type string() { return Type(Kind::string); }
  // A string of which all values are known, such as an input of type `choice` or a result: comparing it with another
  // string is an error. At least one.
  static Type one_of(std::vector<std::string> options);
  static Type list(Type item);
  // These fields and no others: to read another is an error.
  static Type map(Fields fields);
  // These fields, and perhaps others: to read another gives `others` or null.
  static Type open_map(Fields fields = {}, Type others = any());

  Type or_null() const;        // the same, but it may be null
  Type not_null() const;       // the same without null; of Kind::null itself, Kind::any
  Type known(Stage at) const;  // the same, known at this stage (`plan` unless said); fields and items have their own

  Kind kind() const { return kind_; }
  bool may_be_null() const { return nullable_ || kind_ == Kind::null || kind_ == Kind::any; }
  bool is_open() const;                             // an open map
  const std::vector<std::string>& options() const;  // of one_of; empty for all other types
  const Type& item() const;                         // of a list; of an open map, `others`
  const Fields& fields() const;                     // of a map
  Stage stage() const { return stage_; }            // of the value itself
  Stage latest_stage() const;                       // of the value and all that is in it
  std::string text() const;                         // "string", "number or null", "list of string", "one of 'a', 'b'"

  bool operator==(const Type& other) const;

 private:
  struct Parts;
  explicit Type(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::any;
  bool nullable_ = false;
  Stage stage_ = Stage::plan;
  std::shared_ptr<const Parts> parts_;  // of one_of, lists and maps
};

// The type of a value that is known, such as a leg of a matrix: maps are closed, the items of a list have a common
// type, a string is any string.
Type type_of(const Value& value);
// The narrowest type that both fit: `a or null` when one is null; `any` when their kinds differ. Of closed maps, a
// field that only one of them has is `or null`. It is known at the later of their stages.
Type common_type(const Type& a, const Type& b);
// Whether `value` is what `type` promises. An absent field counts as null.
bool fits(const Value& value, const Type& type);

}  // namespace open_cicd::expressions
