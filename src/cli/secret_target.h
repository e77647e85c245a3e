// Where the API has secrets, and logins of registries.
#pragma once

#include <string>
#include <string_view>

namespace open_cicd::cli {

// "/api/v1/secrets/NAME", or below a repository; without a name their list.
std::string secret_target(std::string_view repository, std::string_view name = {});
// "/api/v1/registries/HOST" in the same way.
std::string registry_target(std::string_view repository, std::string_view host = {});

}  // namespace open_cicd::cli
