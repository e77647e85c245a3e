// The API of GitLab.
#pragma once

#include "scm/forge.h"

#include <memory>

namespace open_cicd::gitlab {

// Use from one executor. Errors: invalid "bad_url", "bad_token", "bad_proxy", "bad_ca_file".
Result<std::unique_ptr<scm::Forge>> make_gitlab(asio::any_io_executor executor, scm::ForgeAccess access);

}  // namespace open_cicd::gitlab
