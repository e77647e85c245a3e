// A text with expressions in it: "cc-${{ matrix.os }}". Pure; safe from any thread.
//
// An expression ends at the first }} that stands outside its strings. A text that needs ${{ itself writes
// ${{ '${{' }}.
#pragma once

#include "expressions/check.h"
#include "expressions/error.h"
#include "expressions/evaluate.h"
#include "expressions/expression.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

// Immutable. Offsets, those inside of the expressions too, count in the whole template.
class Template {
 public:
  struct Part {
    std::size_t offset = 0;  // of the literal's first byte, or of the ${{
    std::string literal;     // when there is no expression
    std::optional<Expression> expression;
  };
  explicit Template(std::vector<Part> parts) : parts_(std::move(parts)) {}

  const std::vector<Part>& parts() const { return parts_; }  // empty for an empty text
  bool has_expressions() const;
  const Expression* only() const;  // when the text is exactly one expression, spaces around it not allowed; else null

 private:
  std::vector<Part> parts_;
};

// Whether parse_template() would find an expression: for texts in which none may stand, such as `run`.
bool has_expression(std::string_view text);

// Errors: Fault::syntax (also for a ${{ that is not closed) and Fault::limit.
Outcome<Template> parse_template(std::string_view text);
std::string print(const Template& text);

// What `if` takes: an expression, alone or in ${{ }}, with spaces around. Offsets count in `text`.
Outcome<Expression> parse_condition(std::string_view text);

// The type is that of the only expression, or else string: then every expression must be a string, number or boolean.
// One that may be null passes, and null itself is an error of evaluate().
Outcome<Checked> check(const Template& text, const Scope& scope);

// The value of the only expression as it is, or else a string: numbers as number_text() has them, true and false; null,
// lists and maps are errors whose hint names default(), join() and to_json(). One budget for all parts.
Outcome<Value> evaluate(const Template& text, const Context& context, Budget budget = {});

// The same where the place takes text alone: also the only expression becomes a string.
Outcome<std::string> evaluate_text(const Template& text, const Context& context, Budget budget = {});

}  // namespace open_cicd::expressions
