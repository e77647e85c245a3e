#include "agent/work_dir.h"

#include "agent/temporary_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace open_cicd::agent {
namespace {

namespace fs = std::filesystem;

TEST(WorkDir, EveryBootHasAHigherNumber) {
  const TemporaryFolder folder;
  for (int boot = 1; boot <= 3; ++boot) EXPECT_EQ(WorkDir::open(folder.path() / "w")->boot_seq(), boot);
}

TEST(WorkDir, IsLockedWhileItIsOpen) {
  const TemporaryFolder folder;
  {
    const Result<WorkDir> first = WorkDir::open(folder.path());
    ASSERT_TRUE(first);
    const Result<WorkDir> second = WorkDir::open(folder.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), "work_dir_in_use");
    EXPECT_NE(second.error().message().find(folder.path().string()), std::string::npos);
  }
  EXPECT_EQ(WorkDir::open(folder.path())->boot_seq(), 2) << "a refused process counts no boot";
}

TEST(WorkDir, AnIdentityIsOfOneServerAndPrivate) {
  const TemporaryFolder folder;
  const Result<WorkDir> work = WorkDir::open(folder.path());
  EXPECT_FALSE(work->identity("http://a"));
  ASSERT_TRUE(work->save({.server = "http://a", .agent_id = "id", .agent_token = "token"}));
  EXPECT_EQ(work->identity("http://a")->agent_token, "token");
  EXPECT_FALSE(work->identity("http://b"));
  EXPECT_EQ(fs::status(folder.path() / "agent.json").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  work->forget_identity();
  EXPECT_FALSE(work->identity("http://a"));
}

TEST(WorkDir, ADamagedIdentityMeansANewAgent) {
  const TemporaryFolder folder;
  const Result<WorkDir> work = WorkDir::open(folder.path());
  std::ofstream(folder.path() / "agent.json") << R"({"server":"http://a")";
  EXPECT_FALSE(work->identity("http://a"));
}

TEST(WorkDir, LeftoversGo) {
  const TemporaryFolder folder;
  const Result<WorkDir> work = WorkDir::open(folder.path());
  fs::create_directories(folder.path() / "jobs" / "x.1" / "workspace");
  fs::create_directories(folder.path() / "spool" / "x.1");
  work->remove_leftovers();
  EXPECT_FALSE(fs::exists(folder.path() / "jobs"));
  EXPECT_FALSE(fs::exists(folder.path() / "spool"));
}

}  // namespace
}  // namespace open_cicd::agent
