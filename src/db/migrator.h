// Forward-only migrations, embedded from db/migrations/NNNN_name.sql at build time and run at start.
#pragma once

#include <span>
#include <string_view>

#include "base/asio.h"
#include "db/db.h"

namespace open_cicd::db {

struct Migration {
  int version;             // from the file name, consecutive from 1
  std::string_view name;
  std::string_view script; // both engines; a block between "-- @sqlite" or "-- @postgres" and "-- @end" is for that engine alone
};

std::span<const Migration> migrations();  // in order

// Brings the database to the newest version; returns how many migrations ran. Each is one transaction with its row in schema_migrations, so
// being killed anywhere leaves it wholly done or wholly undone; two servers that start at once do not collide.
// Errors: conflict "schema_too_new" when the database is ahead of this binary.
Task<Result<int>> migrate(Session& session);

}  // namespace open_cicd::db
