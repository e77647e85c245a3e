// Internal to this folder: what parse() and parse_template() share.
#pragma once

#include "expressions/error.h"
#include "expressions/expression.h"
#include "expressions/lexer.h"

#include <cstddef>
#include <string_view>

namespace open_cicd::expressions {

struct Parsed {
  Node root;
  std::size_t end = 0;  // where the text ends, or the }} begin
};

// Parses the expression that begins at `begin`; offsets count in `text`.
Outcome<Parsed> parse_at(std::string_view text, std::size_t begin, Ends ends);

}  // namespace open_cicd::expressions
