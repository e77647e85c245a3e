// What a registration may say: an agent's claims are hostile.
#pragma once

#include "base/error.h"
#include "protocol/messages.h"

namespace open_cicd::agents {

// Every wrong field at once. Limits: name 200 bytes, 64 labels of 64 and 128 bytes, 8 executors.
Result<void> check_registration(const protocol::RegisterRequest& request);

}  // namespace open_cicd::agents
