#include "auth/auth.h"

#include "base/crypto.h"
#include "db/row.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <ranges>
#include <unordered_map>

namespace open_cicd::auth {

struct CacheEntry {
  std::shared_ptr<const Principal> principal;
  Milliseconds expires;
};
struct Cache {
  std::uint64_t owner = 0;
  std::uint64_t generation = 0;
  std::unordered_map<std::string, CacheEntry> entries;
};

namespace {

constexpr db::Query find_token_query{
    .name = "tokens.find",
    .sql =
        "SELECT id, kind, name FROM tokens WHERE hash = $1 AND revoked_at IS NULL UNION ALL "
        "SELECT id, 'agent' AS kind, name FROM agents WHERE token_hash = $1 AND removed_at IS NULL"};
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

struct TokenRow {
  std::string id, kind, name;
};
BOOST_DESCRIBE_STRUCT(TokenRow, (), (id, kind, name))

constexpr std::size_t token_length_max = 200;
constexpr std::size_t cache_entries_max = 10'000;
constexpr Milliseconds cache_time{1000};

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

// Before the hash of a session; no hash of a token begins so.
constexpr char session_mark = 's';

std::string key_of(const Proof& proof) {
  std::string hash = hash_token(proof.secret);
  return proof.is_session ? session_mark + hash : hash;
}

Result<std::string_view> bearer_token(const http::Request& request) {
  const auto header = request.header("Authorization");
  if (!header) return unauthenticated("This needs a token: send the header Authorization: Bearer TOKEN.");
  constexpr std::string_view scheme = "Bearer ";
  const bool bearer = header->size() > scheme.size() && (header->starts_with(scheme) || header->starts_with("bearer "));
  if (!bearer || header->size() > token_length_max)
    return unauthenticated("The Authorization header must be: Bearer TOKEN.");
  return header->substr(scheme.size());
}

// Identity is only the token's subject: an agent's path must be its own.
Result<void> check_access(AccessRule rule, Grant grant, const Principal& who, const http::Request& request) {
  if (grant == Grant::none)
    return fail(
        ErrorKind::forbidden, "wrong_token_kind",
        fmt::format(
            "A token of kind {} may not do this: it has no permission {}.", name_of(who.kind),
            fmt::join(rule.permissions() | std::views::transform([](Permission p) { return name_of(p); }), " or ")));
  const bool path_is_an_agents = rule.has(Permission::agent_remove) || rule.has(Permission::agent_work);
  if (grant == Grant::own && path_is_an_agents && request.captures.at(0) != who.id)
    return fail(ErrorKind::forbidden, "not_you", "This path belongs to another agent.");
  return {};
}

}  // namespace

std::string bearer_of(const http::Request& request) {
  return std::string(bearer_token(request).value_or(std::string_view()));
}

const Principal& principal_of(const http::Request& request) {
  return static_cast<const Principal&>(*request.identity);  // the gate made it
}

FreshToken make_token(TokenKind kind) {
  std::string token = fmt::format("{}_{}", prefix_of(kind), random_token());
  std::string hash = hash_token(token);
  return {Secret(std::move(token)), std::move(hash)};
}

std::string hash_token(std::string_view token) {
  return sha256_hex(token);
}

std::uint64_t Auth::next_serial() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

Task<Result<std::shared_ptr<const Principal>>> Auth::look_up(std::string key) {
  auto principal = std::make_shared<Principal>();
  std::string kind;
  if (key.starts_with(session_mark)) {
    auto session = co_await sessions_.find(key.substr(1));
    if (!session) co_return unauthenticated("The session has ended: sign in again.");
    principal->id = std::move(session->token_id);
    principal->label = std::move(session->name);
    principal->session_expires_at = session->expires_at;
    kind = std::move(session->kind);
  } else {
    auto found = db::read_first<TokenRow>(co_await db_.read(find_token_query, {key}));
    if (!found) co_return unauthenticated("The token is not known or was revoked.");
    principal->id = std::move(found->id);
    principal->label = std::move(found->name);
    kind = std::move(found->kind);
  }
  principal->kind = kind == "admin" ? TokenKind::admin : kind == "agent" ? TokenKind::agent : TokenKind::registration;
  if (principal->kind == TokenKind::agent) principal->agent = AgentId::parse(principal->id).value_or(AgentId());
  co_return principal;
}

// A connection lives on one core, and so does its thread: a coroutine finds the cache in which it left something.
Cache& Auth::cache() const {
  thread_local Cache cache;
  const std::uint64_t generation = generation_.load(std::memory_order_relaxed);
  if (cache.owner != serial_ || cache.generation != generation || cache.entries.size() >= cache_entries_max)
    cache = {.owner = serial_, .generation = generation, .entries = {}};
  return cache;
}

std::shared_ptr<const Principal> Auth::remembered(const std::string& key) const {
  const auto& entries = cache().entries;
  const auto found = entries.find(key);
  return found != entries.end() && found->second.expires > clock_.monotonic() ? found->second.principal : nullptr;
}

Task<Result<std::shared_ptr<const Principal>>> Auth::learn(std::string key) {
  const std::uint64_t generation = generation_.load(std::memory_order_relaxed);
  const Milliseconds now = clock_.monotonic();
  Result<std::shared_ptr<const Principal>> principal = co_await look_up(key);
  // A revocation meanwhile counts.
  Cache& known = cache();
  if (principal && known.generation == generation)
    known.entries.insert_or_assign(std::move(key), CacheEntry{*principal, now + cache_time});
  co_return principal;
}

Task<Result<std::shared_ptr<const Principal>>> Auth::identify(Proof proof) {
  std::string key = key_of(proof);
  if (auto known = remembered(key)) co_return known;
  co_return co_await learn(std::move(key));
}

Result<Proof> Auth::proof_of(const http::Request& request) const {
  if (!request.header("Authorization"))
    if (std::optional<std::string> session = browsers_.session_of(request)) {
      if (Result<void> own = browsers_.check_origin(request); !own) return std::unexpected(std::move(own.error()));
      return Proof{.secret = std::move(*session), .is_session = true};
    }
  const Result<std::string_view> token = bearer_token(request);
  if (!token) return std::unexpected(token.error());
  return Proof{.secret = std::string(*token)};
}

http::Gate Auth::gate(AccessRule rule) {
  using Identified = Result<std::shared_ptr<const http::Identity>>;
  if (rule.is_open()) return [](const http::Request&) -> Task<Identified> { co_return nullptr; };
  const std::array<Grant, 3> grants{rule.grant_to(TokenKind::admin), rule.grant_to(TokenKind::registration),
                                    rule.grant_to(TokenKind::agent)};
  return [this, rule, grants](const http::Request& request) -> Task<Identified> {
    const Result<Proof> proof = proof_of(request);
    if (!proof) co_return std::unexpected(proof.error());
    std::string key = key_of(*proof);
    std::shared_ptr<const Principal> who = remembered(key);
    if (!who) {
      Result<std::shared_ptr<const Principal>> found = co_await learn(std::move(key));
      if (!found) co_return std::unexpected(std::move(found.error()));
      who = std::move(*found);
    }
    const Grant grant = grants[static_cast<std::size_t>(who->kind)];
    if (Result<void> may = check_access(rule, grant, *who, request); !may)
      co_return std::unexpected(std::move(may.error()));
    co_return std::shared_ptr<const http::Identity>(std::move(who));
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
    co_await tx.run(insert_token_query, {TokenId::make().str(), std::string(name_of(kind)), hash,
                                         fmt::format("{} token, reset", name_of(kind)), now});
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
