// Forward-only migrations, embedded from db/migrations/NNNN_name.sql at build time and run at start.
#pragma once

#include "base/asio.h"
#include "db/db.h"

#include <span>
#include <string>
#include <string_view>

namespace open_cicd::db {

struct Migration {
  int version;  // from the file name, consecutive from 1
  std::string_view name;
  std::string_view
      script;  // both engines; a block between "-- @sqlite" or "-- @postgres" and "-- @end" is for that engine alone
};

std::span<const Migration> migrations();  // in order

// Brings the database to the newest version; returns how many migrations ran. Each is one transaction with its row in
// schema_migrations, so being killed anywhere leaves it wholly done or wholly undone; two servers that start at once do
// not collide. Errors: conflict "schema_too_new" when the database is ahead of this binary.
Task<Result<int>> migrate(Session& session);
Task<Result<int>> migrate(Session& session, std::span<const Migration> newest);  // `newest` must outlive the call

// How many migrations migrate() would run. Same errors.
Task<Result<int>> pending_migrations(Session& session);

// The part of `script` that is for `engine` ("sqlite", "postgres"); lines keep their numbers.
std::string script_for(std::string_view script, std::string_view engine);

}  // namespace open_cicd::db
