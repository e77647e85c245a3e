// ADAPTER of db::Database for PostgreSQL 15 and later: any number of servers on one database.
#pragma once

#include "db/database.h"
#include "db/metrics.h"

#include <chrono>
#include <memory>
#include <string>

namespace open_cicd::postgres {

struct PostgresSettings {
  std::string url;                               // postgres://user:password@host:port/database?…, as libpq takes it
  std::size_t cores = 1;                         // pools, each with a thread of its own that owns its connections
  std::size_t readers_per_core = 2;              // many reads are pipelined on each
  std::size_t writers_per_core = 12;             // one transaction at a time on each
  std::size_t waiting_max = 4096;                // per core and kind; beyond it a call is refused as unavailable
  std::chrono::milliseconds wait_timeout{5000};  // for a free connection
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds lock_timeout{4000};
  std::size_t result_bytes_max = 64 << 20;
  int body_attempts_max =
      5;  // of a transaction that is chosen as a deadlock's victim or loses its connection before COMMIT
};

// Connects (throws DatabaseError when it cannot within connect_timeout) and keeps connected: a lost connection is
// opened again with back-off. Transactions are READ COMMITTED. A transact() whose COMMIT gets no answer throws
// `unavailable`: it may have been committed, so callers are idempotent. Sets statement_timeout and others per
// connection: not for a pooler in between that shares them. `metrics` may be null. Destroy the session after every
// caller has resumed.
std::unique_ptr<db::Database> open_postgres(PostgresSettings settings, db::Metrics* metrics = nullptr);

}  // namespace open_cicd::postgres
