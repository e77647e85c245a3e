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

// Runs one coroutine to its end on a thread and io_context of its own: what a command does before, or without, a
// server.
template <class T>
T run_alone(Task<T> task) {
  asio::io_context context;
  std::exception_ptr failure;
  std::optional<T> result;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr e, T value) {
    failure = e;
    if (!e) result.emplace(std::move(value));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

}  // namespace open_cicd::server
