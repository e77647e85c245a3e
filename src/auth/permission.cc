#include "auth/permission.h"

#include <algorithm>
#include <array>

namespace open_cicd::auth {
namespace {

struct Row {
  Permission permission;
  std::string_view name;
  Grant admin, registration, agent;
};

constexpr std::array<Row, permission_count> table = {{
    {Permission::job_create, "job:create", Grant::all, Grant::none, Grant::none},
    {Permission::job_read, "job:read", Grant::all, Grant::none, Grant::own},
    {Permission::job_list, "job:list", Grant::all, Grant::none, Grant::none},
    {Permission::job_cancel, "job:cancel", Grant::all, Grant::none, Grant::none},
    {Permission::log_read, "log:read", Grant::all, Grant::none, Grant::none},
    {Permission::lease_write, "lease:write", Grant::none, Grant::none, Grant::own},
    {Permission::agent_register, "agent:register", Grant::none, Grant::all, Grant::own},
    {Permission::agent_read, "agent:read", Grant::all, Grant::none, Grant::none},
    {Permission::agent_drain, "agent:drain", Grant::all, Grant::none, Grant::none},
    {Permission::agent_remove, "agent:remove", Grant::all, Grant::none, Grant::own},
    {Permission::agent_work, "agent:work", Grant::none, Grant::none, Grant::own},
    {Permission::server_read, "server:read", Grant::all, Grant::none, Grant::none},
    {Permission::pipeline_plan, "pipeline:plan", Grant::all, Grant::none, Grant::none},
    {Permission::run_create, "run:create", Grant::all, Grant::none, Grant::none},
    {Permission::run_read, "run:read", Grant::all, Grant::none, Grant::none},
    {Permission::run_cancel, "run:cancel", Grant::all, Grant::none, Grant::none},
    {Permission::run_rerun, "run:rerun", Grant::all, Grant::none, Grant::none},
    {Permission::run_edit, "run:edit", Grant::all, Grant::none, Grant::none},
    {Permission::run_approve, "run:approve", Grant::all, Grant::none, Grant::none},
    {Permission::repository_read, "repository:read", Grant::all, Grant::none, Grant::none},
    {Permission::repository_write, "repository:write", Grant::all, Grant::none, Grant::none},
    {Permission::secret_list, "secret:list", Grant::all, Grant::none, Grant::none},
    {Permission::secret_write, "secret:write", Grant::all, Grant::none, Grant::none},
    {Permission::session_use, "session:use", Grant::all, Grant::none, Grant::none},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].permission) != i) return false;
  return true;
}
static_assert(in_order(), "the table's rows stand in the order of the enumeration");

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

std::string_view name_of(Permission permission) {
  return table[static_cast<std::size_t>(permission)].name;
}

Grant grant_of(TokenKind kind, Permission permission) {
  const Row& row = table[static_cast<std::size_t>(permission)];
  switch (kind) {
    case TokenKind::admin:
      return row.admin;
    case TokenKind::registration:
      return row.registration;
    case TokenKind::agent:
      return row.agent;
  }
  return Grant::none;
}

Grant AccessRule::grant_to(TokenKind kind) const {
  Grant widest = Grant::none;
  for (const Row& row : table)
    if (has(row.permission)) widest = std::max(widest, grant_of(kind, row.permission));
  return widest;
}

std::vector<Permission> AccessRule::permissions() const {
  std::vector<Permission> list;
  for (const Row& row : table)
    if (has(row.permission)) list.push_back(row.permission);
  return list;
}

}  // namespace open_cicd::auth
