// How errors of check() are made. Internal to this folder.
#pragma once

#include "expressions/error.h"
#include "expressions/expression.h"
#include "expressions/type.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::expressions {

std::unexpected<ExpressionError> wrong(Fault fault, std::size_t offset, std::string message, std::string hint = {});
// "a string", "a list of string", "any value", "null".
std::string with_article(const Type& type);
// The text of a node, shortened, for messages.
std::string shown(const Node& node);
std::unexpected<ExpressionError> may_be_null(const Node& node);
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

// Whether values of the two can be equal; else what a message says of it.
std::optional<ExpressionError> never_equal(const Node& a, const Type& a_type, const Node& b, const Type& b_type);

}  // namespace open_cicd::expressions
