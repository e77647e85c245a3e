// What open streams share.
#pragma once

#include "api/routes.h"

#include <string>

namespace open_cicd::api {

// Completes when the token or session is no longer taken; a database that is away revokes nothing.
Task<void> until_revoked(Services& services, auth::Proof proof);

}  // namespace open_cicd::api
