// Browsers that are signed in, and the codes of links that sign one in. Both are random and kept as hashes alone.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "db/db.h"

#include <cstdint>
#include <optional>
#include <string>

namespace open_cicd::auth {

struct SessionSettings {
  Milliseconds age{std::int64_t{14} * 86'400'000};
  std::int64_t per_token_max = 1'000;  // the oldest ones make room
  std::int64_t codes_max = 1'000;      // that have not been used, of all tokens
};

// Thread-safe.
class Sessions {
 public:
  static constexpr Milliseconds code_age{600'000};

  Sessions(db::Session& db, const Clock& clock, const SessionSettings& settings)
      : db_(db), clock_(clock), settings_(settings) {}

  struct Opened {
    Secret value;
    std::int64_t expires_at = 0;
  };
  // A session with the rights of the token; a new value each time.
  Task<Opened> open(std::string token_id);
  // What the session was opened with; nothing when it is not known, too old, or its token was revoked.
  struct Holder {
    std::string token_id, kind, name;
    std::int64_t expires_at = 0;
    BOOST_DESCRIBE_CLASS(Holder, (), (token_id, kind, name, expires_at), (), ())
  };
  Task<std::optional<Holder>> find(std::string hash);
  Task<void> close(std::string value);

  // Error: too_many "too_many_codes".
  Task<Result<Opened>> make_code(std::string token_id);
  // A code is used up by whoever asks first. Error: unauthenticated.
  Task<Result<Holder>> use_code(std::string code);

  Task<void> forget_expired();
  Milliseconds age() const { return settings_.age; }

 private:
  db::Session& db_;
  const Clock& clock_;
  const SessionSettings settings_;
};

}  // namespace open_cicd::auth
