#include "auth/permission.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace open_cicd::auth {
namespace {

// Written by hand: admin, registration, agent; "-" none, "o" own, "a" all.
const std::map<std::string, std::string> granted = {
    {"job:create", "a--"},     {"job:read", "a-o"},        {"job:list", "a--"},         {"job:cancel", "a--"},
    {"log:read", "a--"},       {"lease:write", "--o"},     {"agent:read", "a--"},       {"agent:drain", "a--"},
    {"agent:register", "-ao"}, {"agent:work", "--o"},      {"agent:remove", "a-o"},     {"server:read", "a--"},
    {"pipeline:plan", "a--"},  {"run:create", "a--"},      {"run:read", "a--"},         {"run:cancel", "a--"},
    {"run:approve", "a--"},    {"repository:read", "a--"}, {"repository:write", "a--"}, {"run:rerun", "a--"},
    {"secret:list", "a--"},    {"secret:write", "a--"},    {"session:use", "a--"},      {"run:edit", "a--"},
};

char letter_of(Grant grant) {
  return grant == Grant::none ? '-' : grant == Grant::own ? 'o' : 'a';
}

TEST(Permission, EachKindOfTokenHasWhatTheTableSays) {
  EXPECT_EQ(granted.size(), static_cast<std::size_t>(permission_count));
  for (int i = 0; i < permission_count; ++i) {
    const auto permission = static_cast<Permission>(i);
    std::string letters;
    for (const TokenKind kind : {TokenKind::admin, TokenKind::registration, TokenKind::agent})
      letters += letter_of(grant_of(kind, permission));
    const auto row = granted.find(std::string(name_of(permission)));
    ASSERT_NE(row, granted.end()) << name_of(permission);
    EXPECT_EQ(letters, row->second) << name_of(permission);
  }
}

TEST(Permission, ARuleLetsThroughWhoHasAnyOfItsPermissions) {
  const AccessRule rule = Permission::job_cancel | Permission::lease_write;
  EXPECT_EQ(rule.grant_to(TokenKind::admin), Grant::all);
  EXPECT_EQ(rule.grant_to(TokenKind::agent), Grant::own);
  EXPECT_EQ(rule.grant_to(TokenKind::registration), Grant::none);
  EXPECT_EQ(rule.permissions(), (std::vector{Permission::job_cancel, Permission::lease_write}));
  EXPECT_FALSE(rule.is_open());
  EXPECT_TRUE(AccessRule::open().is_open());
}

}  // namespace
}  // namespace open_cicd::auth
