// What the functions do. Internal to this folder.
#pragma once

#include "expressions/evaluator.h"
#include "expressions/functions.h"

#include <vector>

namespace open_cicd::expressions {

// The arguments have the number that the function takes. Their kinds are looked at here, since the check did not know
// those of `any`.
Outcome<Held> call_function(const Function& function, const Node& call, std::vector<Held> arguments,
                            const Context& context, Meter& meter);

}  // namespace open_cicd::expressions
