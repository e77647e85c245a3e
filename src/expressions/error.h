// What is wrong with an expression, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

namespace open_cicd::expressions {

enum class Fault : std::uint8_t {
  syntax,
  name,   // an unknown context, field or function, or one that may not stand here
  type,   // after a check without error, only what the check knew as `any` can fail so
  value,  // of the right type, but not usable: an index out of range, null in a text, an invalid pattern
  limit,
};

struct ExpressionError {
  Fault fault = Fault::syntax;
  std::size_t offset = 0;  // in bytes, in the text that was parsed (of a template: in the whole template)
  std::string message;     // what happened, without a full stop
  std::string hint;        // what to do: a sentence, or nothing

  std::string text() const { return hint.empty() ? message : message + ". " + hint; }
  bool operator==(const ExpressionError&) const = default;
};

template <class T>
using Outcome = std::expected<T, ExpressionError>;

}  // namespace open_cicd::expressions
