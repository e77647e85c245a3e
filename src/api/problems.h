// Every code that a problem document of this API may have: its status and what it means, once. The OpenAPI document
// comes from it.
#pragma once

#include "base/error.h"

#include <span>
#include <string_view>

namespace open_cicd::api {

struct ProblemCode {
  std::string_view code;
  int status;
  std::string_view meaning;
};

std::span<const ProblemCode> problem_codes();
// Throws std::logic_error for one that is not in the table.
const ProblemCode& problem_code(std::string_view code);

}  // namespace open_cicd::api
