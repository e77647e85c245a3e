#include "auth/auth.h"

#include "base/crypto.h"

#include <fmt/format.h>

#include <unordered_map>

namespace open_cicd::auth {
namespace {

constexpr db::Query find_token_query{.name = "tokens.find",
                                     .sql =
                                         "SELECT id, kind FROM tokens WHERE hash = $1 AND revoked_at IS NULL UNION ALL "
                                         "SELECT id, 'agent' FROM agents WHERE token_hash = $1 AND removed_at IS NULL"};
constexpr db::Query count_tokens_query{.name = "tokens.count", .sql = "SELECT count(*) FROM tokens"};
constexpr db::Query insert_token_query{
    .name = "tokens.insert",
    .sql = "INSERT INTO tokens (id, kind, hash, name, created_at) VALUES ($1, $2, $3, $4, $5)"};
constexpr db::Query revoke_kind_query{
    .name = "tokens.revoke_kind", .sql = "UPDATE tokens SET revoked_at = $2 WHERE kind = $1 AND revoked_at IS NULL"};
constexpr db::Query find_key_query{.name = "server_keys.find",
                                   .sql = "SELECT value FROM server_keys WHERE name = 'lease'"};
constexpr db::Query insert_key_query{
    .name = "server_keys.insert",
    .sql = "INSERT INTO server_keys (name, value) VALUES ('lease', $1) ON CONFLICT DO NOTHING"};

constexpr std::size_t token_length_max = 200;
constexpr std::size_t cache_entries_max = 10'000;
constexpr Milliseconds cache_time{1000};

struct CacheEntry {
  std::shared_ptr<const Principal> principal;
  Milliseconds expires;
};
struct Cache {
  const void* owner = nullptr;
  std::uint64_t generation = 0;
  std::unordered_map<std::string, CacheEntry> entries;
};

std::string_view prefix_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::admin:
      return "oca";
    case TokenKind::registration:
      return "ocr";
    case TokenKind::agent:
      return "ocg";
  }
  return "oc";
}

std::unexpected<Error> unauthenticated(std::string message) {
  return fail(ErrorKind::unauthenticated, "unauthenticated", std::move(message));
}

Result<std::string> bearer_token(const http::Request& request) {
  const auto header = request.header("Authorization");
  if (!header) return unauthenticated("This needs a token: send the header Authorization: Bearer TOKEN.");
  constexpr std::string_view scheme = "Bearer ";
  const bool bearer = header->size() > scheme.size() && (header->starts_with(scheme) || header->starts_with("bearer "));
  if (!bearer || header->size() > token_length_max)
    return unauthenticated("The Authorization header must be: Bearer TOKEN.");
  return std::string(header->substr(scheme.size()));
}

bool kind_allowed(Access access, TokenKind kind) {
  switch (access) {
    case Access::open:
      return true;
    case Access::admin:
      return kind == TokenKind::admin;
    case Access::agent:
    case Access::agent_of_path:
      return kind == TokenKind::agent;
    case Access::admin_or_agent:
    case Access::admin_or_agent_of_path:
      return kind != TokenKind::registration;
    case Access::registration_or_agent:
      return kind != TokenKind::admin;
  }
  return false;
}

// Identity is only the token's subject: an agent's path must be its own.
Result<void> check_access(Access access, const Principal& who, const http::Request& request) {
  if (!kind_allowed(access, who.kind))
    return fail(ErrorKind::forbidden, "wrong_token_kind",
                fmt::format("A token of kind {} may not do this.", name_of(who.kind)));
  const bool own_path_only = access == Access::agent_of_path || access == Access::admin_or_agent_of_path;
  if (own_path_only && who.kind == TokenKind::agent && request.captures.at(0) != who.id)
    return fail(ErrorKind::forbidden, "not_you", "This path belongs to another agent.");
  return {};
}

}  // namespace

std::string_view name_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::admin:
      return "admin";
    case TokenKind::registration:
      return "registration";
    case TokenKind::agent:
      return "agent";
  }
  return "unknown";
}

std::string_view name_of(Access access) {
  switch (access) {
    case Access::open:
      return "open";
    case Access::admin:
      return "admin";
    case Access::agent:
      return "agent";
    case Access::agent_of_path:
      return "agent_of_path";
    case Access::admin_or_agent:
      return "admin_or_agent";
    case Access::admin_or_agent_of_path:
      return "admin_or_agent_of_path";
    case Access::registration_or_agent:
      return "registration_or_agent";
  }
  return "unknown";
}

std::string bearer_of(const http::Request& request) {
  return bearer_token(request).value_or(std::string());
}

const Principal& principal_of(const http::Request& request) {
  return dynamic_cast<const Principal&>(*request.identity);
}

FreshToken make_token(TokenKind kind) {
  std::string token = fmt::format("{}_{}", prefix_of(kind), random_token());
  std::string hash = hash_token(token);
  return {Secret(std::move(token)), std::move(hash)};
}

std::string hash_token(std::string_view token) {
  return sha256_hex(token);
}

Task<Result<std::shared_ptr<const Principal>>> Auth::look_up(std::string hash) {
  const db::Rows rows = co_await db_.read(find_token_query, {hash});
  if (rows.empty()) co_return unauthenticated("The token is not known or was revoked.");
  auto principal = std::make_shared<Principal>();
  principal->id = rows.text(0, 0);
  const std::string& kind = rows.text(0, 1);
  principal->kind = kind == "admin" ? TokenKind::admin : kind == "agent" ? TokenKind::agent : TokenKind::registration;
  if (principal->kind == TokenKind::agent) principal->agent = AgentId::parse(principal->id).value_or(AgentId());
  co_return principal;
}

Task<Result<std::shared_ptr<const Principal>>> Auth::identify(std::string token) {
  thread_local Cache cache;
  const std::uint64_t generation = generation_.load(std::memory_order_relaxed);
  if (cache.owner != this || cache.generation != generation || cache.entries.size() >= cache_entries_max)
    cache = {.owner = this, .generation = generation, .entries = {}};
  const Milliseconds now = clock_.monotonic();
  std::string hash = hash_token(token);
  if (const auto found = cache.entries.find(hash); found != cache.entries.end() && found->second.expires > now)
    co_return found->second.principal;
  Result<std::shared_ptr<const Principal>> principal = co_await look_up(hash);
  // The coroutine resumes on the same thread: a connection lives on one core.
  if (principal && cache.generation == generation && cache.owner == this)
    cache.entries.insert_or_assign(std::move(hash), CacheEntry{*principal, now + cache_time});
  co_return principal;
}

http::Gate Auth::gate(Access access) {
  if (access == Access::open)
    return [](const http::Request&) -> Task<Result<std::shared_ptr<const http::Identity>>> { co_return nullptr; };
  return [this, access](const http::Request& request) -> Task<Result<std::shared_ptr<const http::Identity>>> {
    Result<std::string> token = bearer_token(request);
    if (!token) co_return std::unexpected(std::move(token.error()));
    Result<std::shared_ptr<const Principal>> who = co_await identify(std::move(*token));
    if (!who) co_return std::unexpected(std::move(who.error()));
    if (Result<void> may = check_access(access, **who, request); !may)
      co_return std::unexpected(std::move(may.error()));
    co_return std::static_pointer_cast<const http::Identity>(*who);
  };
}

Task<std::optional<Auth::FirstTokens>> Auth::make_first_tokens() {
  const FreshToken admin = make_token(TokenKind::admin);
  const FreshToken registration = make_token(TokenKind::registration);
  auto body = [admin = admin.hash, registration = registration.hash,
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<bool>> {
    const db::Rows known = co_await tx.run(count_tokens_query, {});
    if (known.integer(0, 0) > 0) co_return false;
    co_await tx.run(insert_token_query,
                    {TokenId::make().str(), std::string("admin"), admin, std::string("first admin token"), now});
    co_await tx.run(insert_token_query, {TokenId::make().str(), std::string("registration"), registration,
                                         std::string("first registration token"), now});
    co_return true;
  };
  const Result<bool> made = co_await db_.write<bool>(std::move(body));
  if (!made || !*made) co_return std::nullopt;
  co_return FirstTokens{admin.token, registration.token};
}

Task<Secret> Auth::reset(TokenKind kind) {
  FreshToken fresh = make_token(kind);
  co_await db_.transact([kind, hash = fresh.hash, now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
    co_await tx.run(revoke_kind_query, {std::string(name_of(kind)), now});
    co_await tx.run(insert_token_query,
                    {TokenId::make().str(), std::string(name_of(kind)), hash, std::string("reset"), now});
  });
  forget_cached();
  co_return std::move(fresh.token);
}

Task<Secret> Auth::lease_key() {
  auto body = [fresh = random_token(32)](db::Transaction& tx) -> Task<Result<std::string>> {
    co_await tx.run(insert_key_query, {db::Bytes{fresh}});
    const db::Rows rows = co_await tx.run(find_key_query, {});
    co_return rows.bytes(0, 0);
  };
  co_return Secret((co_await db_.write<std::string>(std::move(body))).value());
}

}  // namespace open_cicd::auth
