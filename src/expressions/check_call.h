// The rules of arguments. Internal to this folder.
#pragma once

#include "expressions/error.h"
#include "expressions/expression.h"
#include "expressions/functions.h"
#include "expressions/type.h"

#include <vector>

namespace open_cicd::expressions {

// The type of what a call gives, whose arguments have these types.
Outcome<Type> check_call(const Function& function, const Node& call, const std::vector<Type>& arguments);

}  // namespace open_cicd::expressions
