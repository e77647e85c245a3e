// Tokens, the principals behind them, and the gate of a route; what a principal may do is in permission.h.
#pragma once

#include "auth/permission.h"
#include "base/asio.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"
#include "db/db.h"
#include "http/message.h"
#include "http/router.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::auth {

struct Principal final : http::Identity {
  TokenKind kind = TokenKind::admin;
  std::string id;  // of the token; of the agent for an agent's
  AgentId agent;   // TokenKind::agent only

  std::string_view name() const override { return id; }
  Grant grant(Permission permission) const { return grant_of(kind, permission); }
  bool may(Permission permission) const { return grant(permission) != Grant::none; }
};
const Principal& principal_of(const http::Request& request);  // behind a gate that asks for one

// The token of a request that passed such a gate.
std::string bearer_of(const http::Request& request);

struct Cache;  // of verified tokens

// Thread-safe. A token is `<prefix>_<43 characters of base64url>`; the database keeps its SHA-256 only. A verified
// token is remembered for at most a second per thread, so that a revocation counts within that time, in every process.
class Auth {
 public:
  Auth(db::Session& db, const Clock& clock) : db_(db), clock_(clock) {}

  // A fresh admin and a registration token when the database has none; nothing otherwise.
  struct FirstTokens {
    Secret admin, registration;
  };
  Task<std::optional<FirstTokens>> make_first_tokens();
  // Revokes all tokens of that kind and makes a new one.
  Task<Secret> reset(TokenKind kind);
  // The key of the lease tokens; made once, kept in server_keys.
  Task<Secret> lease_key();

  // Error: unauthenticated.
  Task<Result<std::shared_ptr<const Principal>>> identify(std::string token);
  // A revoked or replaced token is refused at once on this process, within a second on others.
  void forget_cached() { generation_.fetch_add(1, std::memory_order_relaxed); }

  // Answers 401 without a good token, 403 when it has none of the rule's permissions, or only that on its own while the
  // path names another agent.
  http::Gate gate(AccessRule rule);

 private:
  Cache& cache() const;  // this thread's
  // Nothing when it has to be looked up.
  std::shared_ptr<const Principal> remembered(const std::string& hash) const;
  Task<Result<std::shared_ptr<const Principal>>> learn(std::string hash);
  Task<Result<std::shared_ptr<const Principal>>> look_up(std::string hash);

  db::Session& db_;
  const Clock& clock_;
  static std::uint64_t next_serial();

  const std::uint64_t serial_ = next_serial();  // an address may be another one's, later in the same process
  std::atomic<std::uint64_t> generation_{1};
};

struct FreshToken {
  Secret token;
  std::string hash;
};
FreshToken make_token(TokenKind kind);
std::string hash_token(std::string_view token);  // SHA-256, hex

}  // namespace open_cicd::auth
