// PORT: the database as the server's root sees it: a session for the domains, and what only the one that runs the
// server does. Adapters: adapters/sqlite, adapters/postgres.
#pragma once

#include "db/db.h"

#include <functional>

namespace open_cicd::db {

class Database : public Session {
 public:
  // Makes this session the only one of its database that works as a server, until it is destroyed: a second one's call
  // is refused, also in another process or on another machine. `lost` is called at most once, from any thread, when
  // another took the database while this session could not hold it; transact() has thrown `unavailable` from before
  // that moment on. Called once, before the session is shared. Error: conflict "database_in_use", which says by whom.
  virtual Task<Result<void>> own(std::function<void()> lost) = 0;

  // Gives some of the space that nothing uses any more back to the file system, in a few milliseconds. True: there is
  // more. PostgreSQL does so by itself.
  virtual Task<bool> give_back_space() = 0;
};

}  // namespace open_cicd::db
