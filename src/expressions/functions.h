// The functions of expressions, as one table: check(), evaluate(), the reference page and an editor's completion read
// it.
#pragma once

#include "expressions/expression.h"
#include "expressions/type.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

enum class FunctionId : std::uint8_t {
  success,
  failure,
  always,
  cancelled,
  contains,
  starts_with,
  ends_with,
  matches,
  join,
  format,
  default_value,
  to_json,
  from_json,
  hash,
};

struct Parameter {
  std::string_view name;
  std::vector<Kind> kinds;  // that it takes; Kind::any alone: all

  bool takes(Kind kind) const;
};

struct Function {
  FunctionId id;
  std::string_view name;
  std::vector<Parameter> parameters = {};
  bool repeats_last =
      false;  // the last parameter may stand any number of times: at least once for hash(), or not at all for format()
  Kind result = Kind::any;
  Stage stage = Stage::plan;  // of a status function: unless the scope says otherwise
  std::string_view sentence;  // for people, in Markdown

  std::size_t arguments_min() const;
  std::size_t arguments_max() const;
  std::string signature() const;  // "join(items: list, separator: string)"
};

std::span<const Function> functions();                 // in the order of the reference page
const Function* find_function(std::string_view name);  // null when there is none

// Whether it calls success(), failure(), always() or cancelled(). An `if` that does not means success() besides.
bool asks_status(const Expression& expression);

}  // namespace open_cicd::expressions
