#include "server/database.h"

#include "adapters/postgres/postgres.h"
#include "adapters/sqlite/sqlite.h"
#include "db/migrator.h"

#include <thread>

namespace open_cicd::server {
namespace {

// libpq's reasons are lines, some of which are questions: "… failed: Connection refused\n\tIs the server running …?\n".
std::string as_sentence(std::string_view reason) {
  std::string sentence;
  for (const char c : reason) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank) sentence += c;
    if (blank && !sentence.empty() && sentence.back() != ' ') sentence += ' ';
  }
  if (sentence.ends_with(' ')) sentence.pop_back();
  if (!sentence.ends_with('.') && !sentence.ends_with('?')) sentence += '.';
  return sentence;
}

}  // namespace

Result<std::unique_ptr<db::Database>> open_database(const ServerConfig& config, db::Metrics* metrics) {
  const std::string& url = config.database.reveal();
  try {
    if (url.empty()) return sqlite::open_sqlite({.path = (config.data / "open-cicd.db").string()}, metrics);
    if (!url.starts_with("postgres://") && !url.starts_with("postgresql://"))
      return fail(ErrorKind::invalid, "database",
                  "--database must begin with postgres:// (or be left out for SQLite in the data folder).");
    return postgres::open_postgres(
        {.url = url, .cores = std::max(1U, std::min(4U, std::thread::hardware_concurrency()))}, metrics);
  } catch (const db::DatabaseError& e) {
    const bool may_pass = e.kind() == db::DatabaseError::Kind::unavailable;
    return fail(ErrorKind::unavailable, "database",
                fmt::format("The database cannot be opened: {}{}", as_sentence(e.what()),
                            may_pass ? " Check --database and that it is running." : ""));
  }
}

Task<Result<void>> own_database(db::Database& db, std::function<void()> lost) {
  try {
    co_return co_await db.own(std::move(lost));
  } catch (const db::DatabaseError& e) {
    co_return fail(ErrorKind::unavailable, "database",
                   fmt::format("The database went away at the start: {}", as_sentence(e.what())));
  }
}

Task<Result<int>> bring_up_to_date_alone(db::Database& db) {
  const Result<int> pending = co_await db::pending_migrations(db);
  if (!pending || *pending == 0) co_return pending;
  if (Result<void> owned = co_await own_database(db, [] {}); !owned) {
    if (owned.error().code() != "database_in_use") co_return std::unexpected(std::move(owned.error()));
    co_return fail(
        ErrorKind::conflict, "database_in_use",
        fmt::format("{} migration{} would change the tables of a server that is running. Stop it first, then "
                    "do this again; or start the new server, which migrates by itself.",
                    *pending, *pending == 1 ? "" : "s"));
  }
  co_return co_await bring_up_to_date(db);
}

Task<Result<int>> bring_up_to_date(db::Session& db) {
  try {
    co_return co_await db::migrate(db);
  } catch (const db::DatabaseError& e) {
    if (e.kind() != db::DatabaseError::Kind::statement) throw;
    co_return fail(ErrorKind::conflict, "not_migrated",
                   fmt::format("The database could not be brought up to date: {} A role that may not change the schema "
                               "is enough for the server; run `open-cicd migrate` with the role that owns the database "
                               "first.",
                               as_sentence(e.what())));
  }
}

}  // namespace open_cicd::server
