// Opens the database that the settings name.
#pragma once

#include "base/error.h"
#include "db/database.h"
#include "db/metrics.h"
#include "server/settings.h"

#include <functional>
#include <memory>

namespace open_cicd::server {

// SQLite under the data folder, or PostgreSQL. Error: unavailable "database" with what to do.
Result<std::unique_ptr<db::Database>> open_database(const ServerConfig& config, db::Metrics* metrics);

// db::Database::own() for operators. Error: conflict "database_in_use"; unavailable "database" when it ends meanwhile.
Task<Result<void>> own_database(db::Database& db, std::function<void()> lost);

// What a command does beside a server that may be running: migrations run only when none is. Errors: those of the two
// around it.
Task<Result<int>> bring_up_to_date_alone(db::Database& db);

// db::migrate() for operators. Error: conflict "not_migrated" when the database refuses, with what to do.
Task<Result<int>> bring_up_to_date(db::Session& db);

}  // namespace open_cicd::server
