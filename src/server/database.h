// Opens the database that the settings name.
#pragma once

#include "base/error.h"
#include "db/db.h"
#include "db/metrics.h"
#include "server/settings.h"

#include <memory>

namespace open_cicd::server {

// SQLite under the data folder, or PostgreSQL. Error: unavailable "database" with what to do.
Result<std::unique_ptr<db::Session>> open_database(const ServerConfig& config, db::Metrics* metrics);

// db::migrate() for operators. Error: conflict "not_migrated" when the database refuses, with what to do.
Task<Result<int>> bring_up_to_date(db::Session& db);

}  // namespace open_cicd::server
