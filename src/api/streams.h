// What open streams share.
#pragma once

#include "api/routes.h"

#include <string>

namespace open_cicd::api {

// Completes when the token is no longer taken; a database that is away revokes nothing.
Task<void> until_revoked(Services& services, std::string token);

}  // namespace open_cicd::api
