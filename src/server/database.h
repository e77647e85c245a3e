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

}  // namespace open_cicd::server
