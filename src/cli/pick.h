// Jobs, runs and agents by what people type: an id, its first characters, an agent's name.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "cli/api.h"

#include <string>

namespace open_cicd::cli {

// The id of the only agent that `given` names, or that has an id which begins or ends with it (8 characters at least).
// What fits none is returned as it is: the server says that there is none. Errors: conflict "ambiguous".
Task<Result<std::string>> find_agent(Api& api, std::string given);

// The same for a run, which may also be given by its number, among the newest 200.
Task<Result<std::string>> find_run(Api& api, std::string given);

// The same for a job, among the newest 200.
Task<Result<std::string>> find_job(Api& api, std::string given);

}  // namespace open_cicd::cli
