#include "secrets/vault.h"

#include "base/crypto.h"
#include "base/json.h"
#include "db/row.h"
#include "secrets/limits.h"
#include "secrets/seal.h"

#include <fmt/format.h>

namespace open_cicd::secrets {
namespace {

#define SECRET_COLUMNS \
  "scope, name, version, events, branches, images, only_protected, created_by, created_at, updated_at, last_used_at"

constexpr db::Query any_query{.name = "secrets.any", .sql = "SELECT 1 FROM secrets LIMIT 1"};
constexpr db::Query count_query{.name = "secrets.count",
                                .sql = "SELECT count(*) FROM secrets WHERE scope = $1 AND name NOT LIKE '@%'"};
constexpr db::Query version_query{
    .name = "secrets.version",
    .sql = "SELECT version FROM secrets WHERE scope = $1 AND name = $2",
    .postgres_sql = "SELECT version FROM secrets WHERE scope = $1 AND name = $2 FOR UPDATE"};
// Two who store the same new secret at once: the second one finds the first one's row and does not change it.
constexpr db::Query put_query{
    .name = "secrets.put",
    .sql =
        "INSERT INTO secrets (scope, name, version, sealed, key_id, events, branches, images, created_by, created_at, "
        "updated_at, only_protected) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) ON CONFLICT (scope, "
        "name) DO UPDATE SET "
        "version = excluded.version, sealed = excluded.sealed, key_id = excluded.key_id, events = excluded.events, "
        "branches = excluded.branches, images = excluded.images, only_protected = excluded.only_protected, "
        "created_by = excluded.created_by, updated_at = excluded.updated_at WHERE secrets.version = excluded.version - "
        "1 RETURNING " SECRET_COLUMNS};
constexpr db::Query list_query{
    .name = "secrets.list",
    .sql = "SELECT " SECRET_COLUMNS " FROM secrets WHERE scope = $1 AND name NOT LIKE '@%' ORDER BY name"};
constexpr db::Query list_own_query{
    .name = "secrets.list_own",
    .sql = "SELECT " SECRET_COLUMNS " FROM secrets WHERE scope = $1 AND name LIKE '@%' ORDER BY name"};
constexpr db::Query remove_query{.name = "secrets.remove", .sql = "DELETE FROM secrets WHERE scope = $1 AND name = $2"};
// The server's scope is the first of all, so the last one is the repository's.
constexpr db::Query find_query{
    .name = "secrets.find",
    .sql =
        "SELECT scope, name, version, sealed, events, branches, images, only_protected FROM secrets "
        "WHERE name = $1 AND scope IN ($2, '') ORDER BY scope DESC LIMIT 1"};
constexpr db::Query remove_scope_query{.name = "secrets.remove_scope", .sql = "DELETE FROM secrets WHERE scope = $1"};
constexpr db::Query used_query{.name = "secrets.used",
                               .sql =
                                   "UPDATE secrets SET last_used_at = $3 WHERE scope = $1 AND name = $2 AND "
                                   "(last_used_at IS NULL OR last_used_at <= $4)"};
constexpr db::Query of_other_keys_query{
    .name = "secrets.of_other_keys",
    .sql =
        "SELECT scope, name, version, sealed, key_id FROM secrets WHERE key_id <> $1 AND (scope > $2 OR (scope = $2 "
        "AND name > $3)) ORDER BY scope, name LIMIT 20"};
constexpr db::Query seal_again_query{.name = "secrets.seal_again",
                                     .sql =
                                         "UPDATE secrets SET sealed = $5, key_id = $6 WHERE scope = $1 AND name = $2 "
                                         "AND version = $3 AND key_id = $4"};

constexpr char own_prefix = '@';
constexpr std::int64_t used_again_after_ms = 60'000;  // a secret that each job uses is not a write of each job

struct InfoRow {
  std::string scope, name;
  std::int64_t version = 0;
  std::vector<std::string> events, branches, images;
  std::int64_t only_protected = 0;
  std::string created_by;
  std::int64_t created_at = 0, updated_at = 0;
  std::optional<std::int64_t> last_used_at;
};
BOOST_DESCRIBE_STRUCT(InfoRow, (),
                      (scope, name, version, events, branches, images, only_protected, created_by, created_at,
                       updated_at, last_used_at))

Info info_of(InfoRow row) {
  return {.scope = std::move(row.scope),
          .name = std::move(row.name),
          .version = row.version,
          .limits = {std::move(row.events), std::move(row.branches), std::move(row.images), row.only_protected != 0},
          .created_by = std::move(row.created_by),
          .created_at = row.created_at,
          .updated_at = row.updated_at,
          .last_used_at = row.last_used_at};
}

struct FoundRow {
  std::string scope, name;
  std::int64_t version = 0;
  db::Bytes sealed;
  std::vector<std::string> events, branches, images;
  std::int64_t only_protected = 0;
};
BOOST_DESCRIBE_STRUCT(FoundRow, (), (scope, name, version, sealed, events, branches, images, only_protected))

std::unexpected<Error> unknown_secret(const std::string& name) {
  return std::unexpected(Error(ErrorKind::invalid, "secret_unknown",
                               fmt::format("There is no secret {}: store it for this repository, or for all.", name))
                             .with_fact("secret", boost::json::string(name)));
}

std::unexpected<Error> refused(const std::string& name, std::string_view limit) {
  return std::unexpected(
      Error(ErrorKind::forbidden, "secret_refused",
            fmt::format("The secret {} is limited to some of the {}s, and this is none of them.", name, limit))
          .with_fact("secret", boost::json::string(name))
          .with_fact("limit", boost::json::string(limit)));
}

std::unexpected<Error> scope_full() {
  return fail(
      ErrorKind::conflict, "secret_limit",
      fmt::format("There are {} secrets already: remove those that nobody needs.", limits::secrets_of_scope_max));
}

std::string key_name(const Key& key) {
  return to_hex(key.id());
}

Task<Result<std::int64_t>> next_version(db::Transaction& tx, std::string scope, std::string name) {
  const db::Rows before = co_await tx.run(version_query, {scope, name});
  if (!before.empty()) co_return before.integer(0, 0) + 1;
  if (name.starts_with(own_prefix)) co_return 1;
  const db::Rows count = co_await tx.run(count_query, {scope});
  if (count.integer(0, 0) >= static_cast<std::int64_t>(limits::secrets_of_scope_max)) co_return scope_full();
  co_return 1;
}

// The rows of `names`, all of which `use` may have; their last use is noted.
Task<Result<std::vector<FoundRow>>> find_allowed(db::Transaction& tx, const std::vector<std::string>& names,
                                                 const Use& use, std::int64_t now) {
  std::vector<FoundRow> found;
  for (const std::string& name : names) {
    if (name.starts_with(own_prefix)) co_return unknown_secret(name);
    std::optional<FoundRow> row = db::read_first<FoundRow>(co_await tx.run(find_query, {name, use.scope}));
    if (!row) co_return unknown_secret(name);
    const Limits limits{row->events, row->branches, row->images, row->only_protected != 0};
    if (const auto limit = refused_by(limits, use)) co_return refused(name, *limit);
    found.push_back(std::move(*row));
  }
  for (const FoundRow& row : found) co_await tx.run(used_query, {row.scope, row.name, now, now - used_again_after_ms});
  co_return found;
}

}  // namespace

Task<Result<Info>> Vault::put(NewSecret secret) {
  if (Result<void> checked = check_new_secret(secret.name, secret.value, secret.limits); !checked)
    co_return std::unexpected(std::move(checked.error()));
  co_return co_await store(std::move(secret));
}

Task<Info> Vault::put_own(std::string scope, std::string name, Secret value, std::string by) {
  for (int tries = 0; tries < 10; ++tries) {
    Result<Info> stored = co_await store({.scope = scope, .name = name, .value = value, .by = by});
    if (stored) co_return std::move(*stored);
  }
  throw std::runtime_error("a sealed value of the server changes all the time");
}

Task<Result<std::optional<Secret>>> Vault::own(std::string scope, std::string name) {
  const auto row = db::read_first<FoundRow>(co_await db_.read(find_query, {name, scope}));
  if (!row || row->scope != scope) co_return std::optional<Secret>();
  const Place place{.server = server_, .scope = row->scope, .name = row->name, .version = row->version};
  Result<Secret> value = unseal(keys_, place, row->sealed.data);
  if (!value) co_return std::unexpected(std::move(value.error()));
  co_return std::optional(std::move(*value));
}

Task<void> Vault::remove_scope(std::string scope) {
  auto body = [scope = std::move(scope)](db::Transaction& tx) -> Task<Result<bool>> {
    co_await tx.run(remove_scope_query, {scope});
    co_return true;
  };
  co_await db_.write<bool>(std::move(body));
}

Task<Result<Info>> Vault::store(NewSecret secret) {
  auto body = [this, secret = std::move(secret), now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Info>> {
    const Result<std::int64_t> version = co_await next_version(tx, secret.scope, secret.name);
    if (!version) co_return std::unexpected(version.error());
    const Place place{.server = server_, .scope = secret.scope, .name = secret.name, .version = *version};
    db::Params params{secret.scope, secret.name, *version, db::Bytes{seal(keys_, place, secret.value)}};
    for (std::string text :
         {key_name(keys_.current()), json::write_text(secret.limits.events), json::write_text(secret.limits.branches),
          json::write_text(secret.limits.images), secret.by})
      params.emplace_back(std::move(text));
    params.emplace_back(now);
    params.emplace_back(std::int64_t{secret.limits.only_protected});
    std::optional<InfoRow> row = db::read_first<InfoRow>(co_await tx.run(put_query, std::move(params)));
    if (!row)
      co_return fail(
          ErrorKind::conflict, "secret_changed",
          fmt::format("Somebody else stored the secret {} at the same time: look, and try again.", secret.name));
    co_return info_of(std::move(*row));
  };
  co_return co_await db_.write<Info>(std::move(body));
}

Task<std::vector<Info>> Vault::list(std::string scope) {
  std::vector<Info> all;
  for (InfoRow& row : db::read_all<InfoRow>(co_await db_.read(list_query, {std::move(scope)})))
    all.push_back(info_of(std::move(row)));
  co_return all;
}

Task<std::vector<Info>> Vault::list_own(std::string scope, std::string prefix) {
  std::vector<Info> own;
  for (InfoRow& row : db::read_all<InfoRow>(co_await db_.read(list_own_query, {std::move(scope)})))
    if (row.name.starts_with(prefix)) own.push_back(info_of(std::move(row)));
  co_return own;
}

Task<Result<void>> Vault::remove(std::string scope, std::string name) {
  auto body = [scope = std::move(scope), name](db::Transaction& tx) -> Task<Result<bool>> {
    const db::Rows removed = co_await tx.run(remove_query, {scope, name});
    co_return removed.affected() > 0;
  };
  const Result<bool> removed = co_await db_.write<bool>(std::move(body));
  if (!removed.value()) co_return not_found("secret", name);
  co_return Result<void>();
}

Task<Result<std::vector<Opened>>> Vault::open_for(std::vector<std::string> names, Use use) {
  if (names.size() > limits::secrets_of_job_max)
    co_return fail(
        ErrorKind::invalid, "too_many_secrets",
        fmt::format("A job may have {} secrets, this one asks for {}.", limits::secrets_of_job_max, names.size()));
  using Found = std::vector<FoundRow>;
  auto body = [names = std::move(names), use = std::move(use), now = clock_.unix_ms()](
                  db::Transaction& tx) -> Task<Result<Found>> { co_return co_await find_allowed(tx, names, use, now); };
  const Result<Found> found = co_await db_.write<Found>(std::move(body));
  if (!found) co_return std::unexpected(found.error());
  std::vector<Opened> opened;
  for (const FoundRow& row : *found) {
    const Place place{.server = server_, .scope = row.scope, .name = row.name, .version = row.version};
    Result<Secret> value = unseal(keys_, place, row.sealed.data);
    if (!value) co_return std::unexpected(std::move(value.error()));
    opened.push_back({.name = row.name, .value = std::move(*value)});
  }
  co_return opened;
}

Task<bool> Vault::holds_any(db::Session& db) {
  const db::Rows found = co_await db.read(any_query, {});
  co_return !found.empty();
}

struct Vault::Row {
  std::string scope, name;
  std::int64_t version = 0;
  db::Bytes sealed;
  std::string key_id;
  BOOST_DESCRIBE_CLASS(Row, (), (scope, name, version, sealed, key_id), (), ())
};

Task<std::vector<Vault::Row>> Vault::rows_of_other_keys(std::string after_scope, std::string after_name) {
  co_return db::read_all<Row>(co_await db_.read(
      of_other_keys_query, {key_name(keys_.current()), std::move(after_scope), std::move(after_name)}));
}

// False when it has changed since it was read: whoever did that sealed it with their current key.
Task<bool> Vault::seal_again(Row row, std::string sealed) {
  auto body = [row = std::move(row), sealed = std::move(sealed),
               key = key_name(keys_.current())](db::Transaction& tx) -> Task<Result<bool>> {
    const db::Rows changed =
        co_await tx.run(seal_again_query, {row.scope, row.name, row.version, row.key_id, db::Bytes{sealed}, key});
    co_return changed.affected() > 0;
  };
  const Result<bool> changed = co_await db_.write<bool>(std::move(body));
  co_return changed.value();
}

Task<Rotated> Vault::rotate() {
  Rotated rotated;
  std::string scope, name;
  for (;;) {
    std::vector<Row> rows = co_await rows_of_other_keys(scope, name);
    if (rows.empty()) co_return rotated;
    scope = rows.back().scope;
    name = rows.back().name;
    for (Row& row : rows) {
      const Place place{.server = server_, .scope = row.scope, .name = row.name, .version = row.version};
      const Result<Secret> value = unseal(keys_, place, row.sealed.data);
      if (!value) {
        rotated.unreadable.push_back(fmt::format("{}/{}", row.scope, row.name));
        continue;
      }
      std::string sealed = seal(keys_, place, *value);
      const bool changed = co_await seal_again(std::move(row), std::move(sealed));
      if (changed) ++rotated.sealed;
    }
  }
}

}  // namespace open_cicd::secrets
