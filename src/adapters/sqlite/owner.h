// The lock that makes a server the only one on its SQLite file.
#pragma once

#include "base/error.h"

#include <string>

namespace open_cicd::sqlite {

// A flock on the database's own file, so that no second way to it (a link, a mount) leads around the lock; SQLite's
// locks are of another kind and are not touched. The system gives it back with the process, however that ends. Made
// before the first connection and destroyed after the last: closing a descriptor of the file drops SQLite's locks.
class Owner {
 public:
  Owner() = default;
  ~Owner();
  Owner(const Owner&) = delete;

  // Errors: conflict database_in_use; unavailable "database" where the file system has no such locks.
  Result<void> take(const std::string& path);

 private:
  int file_ = -1;
};

}  // namespace open_cicd::sqlite
