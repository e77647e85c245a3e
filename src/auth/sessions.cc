#include "auth/sessions.h"

#include "base/crypto.h"
#include "base/json.h"
#include "db/row.h"

#include <fmt/format.h>

namespace open_cicd::auth {
namespace {

constexpr db::Query find_session_query{
    .name = "sessions.find",
    .sql =
        "SELECT s.token_id, t.kind, t.name, s.expires_at FROM sessions s JOIN tokens t ON t.id = s.token_id "
        "WHERE s.hash = $1 AND s.expires_at > $2 AND t.revoked_at IS NULL"};
constexpr db::Query insert_session_query{
    .name = "sessions.insert",
    .sql = "INSERT INTO sessions (hash, token_id, created_at, expires_at) VALUES ($1, $2, $3, $4)"};
constexpr db::Query trim_sessions_query{
    .name = "sessions.trim",
    .sql =
        "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE token_id = $1 "
        "ORDER BY created_at DESC LIMIT 1000000 OFFSET $2)"};
constexpr db::Query delete_session_query{.name = "sessions.delete", .sql = "DELETE FROM sessions WHERE hash = $1"};
constexpr db::Query delete_old_sessions_query{.name = "sessions.delete_old",
                                              .sql = "DELETE FROM sessions WHERE expires_at <= $1"};

constexpr db::Query count_codes_query{.name = "sign_in_codes.count", .sql = "SELECT count(*) FROM sign_in_codes"};
constexpr db::Query insert_code_query{
    .name = "sign_in_codes.insert",
    .sql = "INSERT INTO sign_in_codes (hash, token_id, expires_at) VALUES ($1, $2, $3)"};
constexpr db::Query use_code_query{.name = "sign_in_codes.use",
                                   .sql = "DELETE FROM sign_in_codes WHERE hash = $1 RETURNING token_id, expires_at"};
constexpr db::Query delete_old_codes_query{.name = "sign_in_codes.delete_old",
                                           .sql = "DELETE FROM sign_in_codes WHERE expires_at <= $1"};
constexpr db::Query token_of_code_query{
    .name = "tokens.get",
    .sql = "SELECT id AS token_id, kind, name, 0 AS expires_at FROM tokens WHERE id = $1 AND revoked_at IS NULL"};

}  // namespace

Task<Sessions::Opened> Sessions::open(std::string token_id) {
  std::string value = "ocs_" + random_token();
  const std::int64_t now = clock_.unix_ms(), expires_at = now + settings_.age.count();
  auto body = [token_id = std::move(token_id), hash = sha256_hex(value), now, expires_at,
               keep = settings_.per_token_max - 1](db::Transaction& tx) -> Task<void> {
    co_await tx.run(trim_sessions_query, {token_id, keep});
    co_await tx.run(insert_session_query, {hash, token_id, now, expires_at});
  };
  co_await db_.transact(std::move(body));
  co_return Opened{.value = Secret(std::move(value)), .expires_at = expires_at};
}

Task<std::optional<Sessions::Holder>> Sessions::find(std::string hash) {
  co_return db::read_first<Holder>(co_await db_.read(find_session_query, {std::move(hash), clock_.unix_ms()}));
}

Task<void> Sessions::close(std::string value) {
  co_await db_.transact(
      [hash = sha256_hex(value)](db::Transaction& tx) -> Task<void> { co_await tx.run(delete_session_query, {hash}); });
}

Task<Result<Sessions::Opened>> Sessions::make_code(std::string token_id) {
  const std::string code = "occ_" + random_token();
  const std::int64_t now = clock_.unix_ms(), expires_at = now + code_age.count();
  auto body = [token_id = std::move(token_id), hash = sha256_hex(code), now, expires_at,
               most = settings_.codes_max](db::Transaction& tx) -> Task<Result<bool>> {
    co_await tx.run(delete_old_codes_query, {now});
    const db::Rows open = co_await tx.run(count_codes_query, {});
    if (open.integer(0, 0) >= most)
      co_return std::unexpected(Error(ErrorKind::too_many, "too_many_codes",
                                      "Too many sign-in links were made and not used. Try again in ten minutes.")
                                    .with_retry_after(std::chrono::duration_cast<std::chrono::seconds>(code_age)));
    co_await tx.run(insert_code_query, {hash, token_id, expires_at});
    co_return true;
  };
  const Result<bool> made = co_await db_.write<bool>(std::move(body));
  if (!made) co_return std::unexpected(made.error());
  co_return Opened{.value = Secret(code), .expires_at = expires_at};
}

Task<Result<Sessions::Holder>> Sessions::use_code(std::string code) {
  auto body = [hash = sha256_hex(code), now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Holder>> {
    const db::Rows used = co_await tx.run(use_code_query, {hash});
    std::optional<Holder> holder;
    if (!used.empty() && used.integer(0, 1) > now)
      holder = db::read_first<Holder>(co_await tx.run(token_of_code_query, {used.text(0, 0)}));
    if (!holder)
      co_return fail(ErrorKind::unauthenticated, "unauthenticated",
                     "The link was used already, or is more than ten minutes old. Make a new one: open-cicd sign-in");
    co_return std::move(*holder);
  };
  co_return co_await db_.write<Holder>(std::move(body));
}

Task<void> Sessions::forget_expired() {
  co_await db_.transact([now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
    co_await tx.run(delete_old_sessions_query, {now});
    co_await tx.run(delete_old_codes_query, {now});
  });
}

}  // namespace open_cicd::auth
