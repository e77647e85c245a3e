#include "db/migrator.h"

#include "base/clock.h"
#include "base/log.h"

#include <algorithm>

namespace open_cicd::db {
namespace {

constexpr Query kHasTable{
    .name = "migrations_has_table",
    .sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
    .postgres_sql = "SELECT count(to_regclass('schema_migrations'))",
};
// CREATE TABLE IF NOT EXISTS of two PostgreSQL sessions can collide in the catalogue; SQLite's writer is alone anyway.
constexpr Query kLock{
    .name = "migrations_lock",
    .sql = "SELECT 1",
    .postgres_sql = "SELECT 1 FROM pg_advisory_xact_lock(7306086967523123561)",
};
constexpr Query kCreateTable{
    .name = "migrations_create_table",
    .sql =
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (version bigint PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL)",
};
constexpr Query kNewestVersion{
    .name = "migrations_newest_version",
    .sql = "SELECT coalesce(max(version), 0) FROM schema_migrations",
};
constexpr Query kMark{
    .name = "migrations_mark",
    .sql = "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
};

Task<void> create_table(Transaction& tx) {
  co_await tx.run(kLock, {});
  co_await tx.run(kCreateTable, {});
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

Result<void> check_known(std::int64_t version, std::span<const Migration> newest) {
  const std::int64_t known = newest.empty() ? 0 : newest.back().version;
  if (version <= known) return {};
  return fail(ErrorKind::conflict, "schema_too_new",
              fmt::format("The database is at schema version {}, this program knows {}. Start a newer open-cicd.",
                          version, known));
}

}  // namespace

std::string script_for(std::string_view script, std::string_view engine) {
  std::string out;
  out.reserve(script.size());
  bool wanted = true;
  while (!script.empty()) {
    const auto end = std::min(script.find('\n'), script.size());
    const std::string_view line = trimmed(script.substr(0, end));
    if (line.starts_with("-- @end")) {
      wanted = true;
    } else if (line.starts_with("-- @")) {
      wanted = line.substr(4) == engine;
    } else if (wanted) {
      out += script.substr(0, end);
    }
    if (end < script.size()) out += '\n';
    script.remove_prefix(std::min(end + 1, script.size()));
  }
  return out;
}

Task<Result<int>> pending_migrations(Session& session) {
  const std::span<const Migration> newest = migrations();
  if ((co_await session.read(kHasTable, {})).integer(0, 0) == 0) co_return static_cast<int>(newest.size());
  const std::int64_t version = (co_await session.read(kNewestVersion, {})).integer(0, 0);
  if (const Result<void> known = check_known(version, newest); !known) co_return std::unexpected(known.error());
  co_return static_cast<int>(
      std::ranges::count_if(newest, [&](const Migration& migration) { return migration.version > version; }));
}

Task<Result<int>> migrate(Session& session) {
  return migrate(session, migrations());
}

Task<Result<int>> migrate(Session& session, std::span<const Migration> newest) {
  // No DDL when there is nothing to do: a server may run with a role that cannot create tables.
  if ((co_await session.read(kHasTable, {})).integer(0, 0) == 0) co_await session.transact(create_table);

  const std::int64_t version = (co_await session.read(kNewestVersion, {})).integer(0, 0);
  if (const Result<void> known = check_known(version, newest); !known) co_return std::unexpected(known.error());
  int ran = 0;
  for (const Migration& migration : newest) {
    if (migration.version <= version) continue;
    const std::string script = script_for(migration.script, session.engine());
    Params params{migration.version, std::string(migration.name), SystemClock().unix_ms()};
    if (!co_await session.run_script(script, kMark, std::move(params))) continue;
    log_debug("the database was migrated", {{"version", migration.version}, {"name", migration.name}});
    ++ran;
  }
  co_return ran;
}

}  // namespace open_cicd::db
