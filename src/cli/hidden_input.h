// What a person types without seeing it.
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <ostream>
#include <string_view>

namespace open_cicd::cli {

// One line from `terminal`, a descriptor, without its line break; `out` shows the prompt. The terminal shows what is
// typed again when this returns, and also when a signal ends or stops the program meanwhile. Errors: invalid "no_value"
// at the end of the input, unavailable "terminal".
Result<Secret> read_hidden_line(int terminal, std::string_view prompt, std::ostream& out);

}  // namespace open_cicd::cli
