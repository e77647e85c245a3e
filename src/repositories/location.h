// Where a repository is, from the address that somebody gave. Pure.
#pragma once

#include "base/error.h"
#include "repositories/forges.h"

#include <optional>
#include <string>

namespace open_cicd::repositories {

struct Location {
  const ForgeKind* kind = nullptr;
  std::string forge_url;  // empty: plain git
  std::string full_name;
  std::string clone_url;
};

struct Address {
  std::string url;  // as people copy it: with or without ".git", a slash at the end, https, http, ssh, user@host:path
  std::optional<std::string> forge, forge_url, name;
};

// Errors: invalid, which name the fields `url`, `forge`, `forge_url`, `name` and say what to write.
Result<Location> locate(const Forges& forges, const Address& address);

}  // namespace open_cicd::repositories
