// ADAPTER of db::Database for SQLite: the embedded default, one machine, one server process.
#pragma once

#include "db/database.h"
#include "db/metrics.h"

#include <chrono>
#include <memory>
#include <string>

namespace open_cicd::sqlite {

struct SqliteSettings {
  std::string path;                                // created with mode 0600 when missing
  std::size_t waiting_writes_max = 4096;           // transact() beyond it is refused as unavailable
  std::size_t group_writes_max = 100;              // a group commits at this many transactions,
  std::chrono::microseconds group_time_max{1000};  // or after this long, or as soon as nobody waits
  std::chrono::milliseconds busy_timeout{5000};    // another process (a backup, the CLI) holds the write lock
  std::chrono::milliseconds statement_timeout{5000};
  std::size_t result_bytes_max = 64 << 20;
};

// Opens or creates the database: WAL, synchronous=FULL, foreign keys, no ATTACH, no extensions. Throws DatabaseError.
// `metrics` may be null. Writes are durable when they return. Destroy the session after every caller has resumed.
std::unique_ptr<db::Database> open_sqlite(SqliteSettings settings, db::Metrics* metrics = nullptr);

}  // namespace open_cicd::sqlite
