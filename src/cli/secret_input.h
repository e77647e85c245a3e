// What a person gives a verb that nobody may see, from a file or from standard input.
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <istream>
#include <string>
#include <string_view>

namespace open_cicd::cli {

// All of it, or one byte more than a secret may have. `shown` begins the message: "Standard input". Error: not_found
// "no_value".
Result<Secret> read_secret(std::istream& in, const std::string& shown);

// JSON carries text alone. Errors: invalid "no_value" for an empty one, invalid with the field `name` for what is no
// UTF-8.
Result<Secret> checked_secret(Result<Secret> secret, std::string_view name);

}  // namespace open_cicd::cli
