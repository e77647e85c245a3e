// Whose secrets a request speaks of: the server's, or those of the repository in its path.
#pragma once

#include "api/routes.h"

namespace open_cicd::api {

inline const std::string server_scope;

// A repository's scope is its id. Error: not_found.
inline Task<Result<std::string>> scope_of_repository(Services& s, std::string repository) {
  const auto found = co_await s.repositories.find(std::move(repository));
  if (!found) co_return std::unexpected(found.error());
  co_return found->id.str();
}

}  // namespace open_cicd::api
