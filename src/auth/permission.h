// What a route row asks for: a verb on a resource, and the one table of which kind of token has which permission. A new
// role is a new column of that table; no handler changes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace open_cicd::auth {

enum class TokenKind : unsigned char { admin, registration, agent };
std::string_view name_of(TokenKind);

enum class Permission : std::uint8_t {
  job_create,
  job_read,
  job_list,
  job_cancel,
  log_read,
  lease_write,  // claim, start, report, append, release and finish
  agent_register,
  agent_read,
  agent_drain,
  agent_remove,
  agent_work,  // poll and heartbeat
  server_read,
  pipeline_plan,  // lint and plan: what a file would do, without running it
  run_create,
  run_read,  // also their list
  run_cancel,
  run_rerun,
  run_edit,  // run again with another file or other inputs than the repository holds
  run_approve,
  repository_read,
  repository_write,  // connect, change, sync, remove, deliver again
  secret_list,       // names and times, never a value
  secret_write,      // store, remove, seal anew
  session_use,       // sign a browser in
};
inline constexpr int permission_count = 24;
std::string_view name_of(Permission);  // "job:create"

// `own`: only what belongs to the caller. Of an agent that is its own row, the jobs it holds, and its leases.
enum class Grant : std::uint8_t { none, own, all };
Grant grant_of(TokenKind, Permission);

// The rule of a route row: any one of its permissions lets a caller through, and the handler asks again where they
// differ. An open rule asks for no token at all.
class AccessRule {
 public:
  static constexpr AccessRule open() { return {}; }
  constexpr AccessRule(Permission permission) : bits_(bit(permission)) {}
  constexpr AccessRule operator|(AccessRule other) const { return AccessRule(bits_ | other.bits_); }

  constexpr bool is_open() const { return bits_ == 0; }
  constexpr bool has(Permission permission) const { return (bits_ & bit(permission)) != 0; }
  Grant grant_to(TokenKind) const;  // the widest
  std::vector<Permission> permissions() const;

 private:
  constexpr AccessRule() = default;
  constexpr explicit AccessRule(std::uint32_t bits) : bits_(bits) {}
  static constexpr std::uint32_t bit(Permission permission) { return 1U << static_cast<unsigned>(permission); }
  std::uint32_t bits_ = 0;
};
constexpr AccessRule operator|(Permission one, Permission other) {
  return AccessRule(one) | AccessRule(other);
}

}  // namespace open_cicd::auth
