// Tokens, the principals behind them, and the gate of a route; what a principal may do is in permission.h.
#pragma once

#include "auth/browsers.h"
#include "auth/permission.h"
#include "auth/sessions.h"
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
  std::string id;                                  // of the token; of the agent for an agent's
  AgentId agent;                                   // TokenKind::agent only
  std::string label;                               // what the operator sees the token under
  std::optional<std::int64_t> session_expires_at;  // of a browser that is signed in

  std::string_view name() const override { return id; }
  Grant grant(Permission permission) const { return grant_of(kind, permission); }
  bool may(Permission permission) const { return grant(permission) != Grant::none; }
};
const Principal& principal_of(const http::Request& request);  // behind a gate that asks for one

// What a request proves itself with: a token, or the session of a browser's cookie.
struct Proof {
  std::string secret;
  bool is_session = false;
};
struct AuthSettings {
  SessionSettings sessions;
  std::string public_url = {};  // where browsers find this server; empty: by the Host that they name
};

// The token of a request that passed such a gate.
std::string bearer_of(const http::Request& request);

struct Cache;  // of verified tokens

// Thread-safe. A token is `<prefix>_<43 characters of base64url>`; the database keeps its SHA-256 only. A verified
// token is remembered for at most a second per thread, so that a revocation counts within that time, in every process.
class Auth {
 public:
  Auth(db::Session& db, const Clock& clock, const AuthSettings& settings = {})
      : db_(db), clock_(clock), sessions_(db, clock, settings.sessions), browsers_(settings.public_url) {}

  // A fresh admin and a registration token when the database has none; nothing otherwise.
  struct FirstTokens {
    Secret admin, registration;
  };
  Task<std::optional<FirstTokens>> make_first_tokens();
  // Revokes all tokens of that kind and makes a new one.
  Task<Secret> reset(TokenKind kind);
  // The key of the lease tokens; made once, kept in server_keys.
  Task<Secret> lease_key();

  // A token where there is one, else the cookie, whose request has to come from our own pages. Errors:
  // unauthenticated; forbidden "foreign_origin".
  Result<Proof> proof_of(const http::Request& request) const;
  // Error: unauthenticated.
  Task<Result<std::shared_ptr<const Principal>>> identify(Proof proof);
  Sessions& sessions() { return sessions_; }
  const Browsers& browsers() const { return browsers_; }
  // A revoked or replaced token is refused at once on this process, within a second on others.
  void forget_cached() { generation_.fetch_add(1, std::memory_order_relaxed); }

  // Answers 401 without a good token, 403 when it has none of the rule's permissions, or only that on its own while the
  // path names another agent.
  http::Gate gate(AccessRule rule);

 private:
  Cache& cache() const;  // this thread's
  // Nothing when it has to be looked up.
  // `key` is the hash, marked where it is a session's: neither may be taken for the other.
  std::shared_ptr<const Principal> remembered(const std::string& key) const;
  Task<Result<std::shared_ptr<const Principal>>> learn(std::string key);
  Task<Result<std::shared_ptr<const Principal>>> look_up(std::string key);

  db::Session& db_;
  const Clock& clock_;
  Sessions sessions_;
  const Browsers browsers_;
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
