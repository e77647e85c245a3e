// The token of a forge, which no command line holds.
#pragma once

#include "base/error.h"
#include "base/secret.h"
#include "cli/api.h"

#include <string>

namespace open_cicd::cli {

// For verbs where the token that everybody thinks of is the forge's: --token-file is free for its file, and
// --server-token-file takes its place.
void free_token_option(CLI::App& verb, ApiOptions& api);

// Of a file, or of standard input when it is "-"; what stands around the token is no part of it. Empty without a file.
// Errors: not_found "no_token_file"; invalid "no_token".
Result<Secret> read_forge_token(const std::string& file);

}  // namespace open_cicd::cli
