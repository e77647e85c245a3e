// Where the API has secrets.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd::cli {

// "/api/v1/secrets/NAME", or below a repository; without a name their list.
std::string secret_target(std::string_view repository, std::string_view name = {});

}  // namespace open_cicd::cli
