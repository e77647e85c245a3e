// The secrets of the server and its repositories: sealed in the database, opened for a job that may have them.
#pragma once

#include "base/clock.h"
#include "db/db.h"
#include "secrets/keys.h"
#include "secrets/rules.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::secrets {

// What is shown of a secret: all but its value.
struct Info {
  std::string scope, name;
  std::int64_t version = 0;  // counts its values
  Limits limits;
  std::string created_by;  // whoever stored this value
  std::int64_t created_at = 0, updated_at = 0;
  std::optional<std::int64_t> last_used_at;  // to the minute
};

struct NewSecret {
  std::string scope;  // a repository's id; "": the server's own, which all repositories may use
  std::string name;
  Secret value;
  Limits limits = {};
  std::string by;
};

struct Opened {
  std::string name;
  Secret value;
};

struct Rotated {
  std::int64_t sealed = 0;              // anew, with the current key
  std::vector<std::string> unreadable;  // "scope/name" of those that stay as they are
};

// Thread-safe, as the session is. Each operation is one transaction, rotate() many.
class Vault {
 public:
  Vault(db::Session& db, const Clock& clock, Keys keys, std::string server)
      : db_(db), clock_(clock), keys_(std::move(keys)), server_(std::move(server)) {}

  // A new secret, or a new value and new limits of one. Errors: those of check_new_secret(); conflict "secret_limit"
  // when the scope is full; conflict "secret_changed" when somebody else stored it at the same time.
  Task<Result<Info>> put(NewSecret secret);
  Task<std::vector<Info>> list(std::string scope);                 // by name
  Task<Result<void>> remove(std::string scope, std::string name);  // Error: not_found
  // In the order of `names`. A repository's own secret hides the server's of the same name, also where it is refused.
  // Errors: invalid "too_many_secrets"; invalid "secret_unknown" and forbidden "secret_refused", both with the fact
  // `secret`, the latter also with `limit`: "event", "branch", "protected" or "image"; those of unseal().
  Task<Result<std::vector<Opened>>> open_for(std::vector<std::string> names, Use use);
  // What the server itself keeps sealed beside the secrets of a scope, under a name that begins with '@': no job can
  // ask for it, and no list shows it.
  Task<Info> put_own(std::string scope, std::string name, Secret value, std::string by);
  Task<std::vector<Info>> list_own(std::string scope, std::string prefix);  // by name; of what begins with `prefix`
  Task<Result<std::optional<Secret>>> own(std::string scope, std::string name);  // Errors: those of unseal()
  Task<void> remove_scope(std::string scope);                                    // all of it
  static Task<bool> holds_any(db::Session& db);
  // Seals with the current key what was sealed with others. May run beside everything else, and again.
  Task<Rotated> rotate();

 private:
  struct Row;
  Task<Result<Info>> store(NewSecret secret);
  Task<std::vector<Row>> rows_of_other_keys(std::string after_scope, std::string after_name);
  Task<bool> seal_again(Row row, std::string sealed);

  db::Session& db_;
  const Clock& clock_;
  const Keys keys_;
  const std::string server_;
};

}  // namespace open_cicd::secrets
