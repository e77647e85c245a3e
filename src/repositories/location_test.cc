#include "repositories/location.h"

#include <gtest/gtest.h>

namespace open_cicd::repositories {
namespace {

const Forges& known() {
  static const auto nobody = [](asio::any_io_executor, scm::ForgeAccess) -> Result<std::unique_ptr<scm::Forge>> {
    return std::unique_ptr<scm::Forge>();
  };
  static const Forges forges{
      {{.name = "github", .webhooks = nullptr, .make = nobody, .git_user = "", .hosts = {"github.com"}},
       {.name = "gitea", .webhooks = nullptr, .make = nobody, .git_user = "", .hosts = {}},
       {.name = "git", .webhooks = nullptr, .make = nullptr, .git_user = "", .hosts = {}}}};
  return forges;
}

std::string where(Address address) {
  const auto found = locate(known(), address);
  if (!found) return "wrong: " + found.error().fields().at(0).path;
  return found->kind->name + " " + found->forge_url + " " + found->full_name;
}

TEST(Location, IsFoundInWhatPeopleCopy) {
  for (const char* url : {"https://github.com/o/r", "https://github.com/o/r.git", "https://github.com/o/r/",
                          "git@github.com:o/r.git", "ssh://git@github.com/o/r.git"})
    EXPECT_EQ(where({.url = url}), "github https://github.com o/r") << url;
  EXPECT_EQ(where({.url = "https://git.example:3000/o/r", .forge = "gitea"}), "gitea https://git.example:3000 o/r");
  EXPECT_EQ(where({.url = "http://h/forge/o/r.git", .forge = "gitea", .forge_url = "http://h/forge/"}),
            "gitea http://h/forge o/r");
  EXPECT_EQ(where({.url = "file:///srv/git/team/app.git", .forge = "git"}), "git  team/app");
  EXPECT_EQ(where({.url = "git@host:app.git", .forge = "git", .name = "mine/app"}), "git  mine/app");
}

TEST(Location, K10_ATokenInTheAddressIsRefused) {
  EXPECT_EQ(where({.url = "https://user:token@github.com/o/r"}), "wrong: url");
  EXPECT_EQ(where({.url = "https://token@github.com/o/r"}), "wrong: url");
}

TEST(Location, K4_K5_WhatIsNoAddressOfARepositoryIsNamed) {
  EXPECT_EQ(where({.url = "https://git.example/o/r"}), "wrong: forge");
  EXPECT_EQ(where({.url = "https://git.example/o/r", .forge = "svn"}), "wrong: forge");
  for (const char* url : {"ext::sh -c id", "-x", "", "ftp://h/o/r", "https://github.com/", "https://github.com/o/../r",
                          "https://github.com/o//r", "https:///o/r\n", "https://github.com/o/-r"})
    EXPECT_TRUE(where({.url = url, .forge = "gitea"}).starts_with("wrong: url")) << url;
  EXPECT_EQ(where({.url = "https://h/o/r", .forge = "gitea", .forge_url = "ftp://h"}), "wrong: forge_url");
  EXPECT_EQ(where({.url = "https://h/o/r", .forge = "gitea", .name = "../x"}), "wrong: name");
}

}  // namespace
}  // namespace open_cicd::repositories
