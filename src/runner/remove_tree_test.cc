#include "runner/remove_tree.h"

#include "base/id.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace open_cicd::runner {
namespace {

namespace fs = std::filesystem;

TEST(RemoveTree, DirectoriesThatForbidWritingGoToo) {
  const fs::path root = fs::temp_directory_path() / ("remove-tree-" + format_uuid(make_uuid_v4()));
  fs::create_directories(root / "a" / "b");
  std::ofstream(root / "a" / "b" / "file") << "x";
  fs::permissions(root / "a" / "b", fs::perms::owner_read);
  fs::permissions(root / "a", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_FALSE(remove_tree(root));
  EXPECT_FALSE(fs::exists(root));
  EXPECT_FALSE(remove_tree(root)) << "not there is success";
}

// Each folder holds a file; names that the deep folders could be moved to are taken.
TEST(RemoveTree, ATreeOf30000LevelsNeedsFewDescriptors) {
  const fs::path memory = "/dev/shm";  // where it takes a second; on a disk it takes a minute
  const fs::path root =
      (fs::is_directory(memory) ? memory : fs::temp_directory_path()) / ("remove-tree-" + format_uuid(make_uuid_v4()));
  fs::create_directories(root / "1" / "in the way");
  std::ofstream(root / "2") << "x";
  int at = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < 30'000; ++level) {
    ASSERT_EQ(::mkdirat(at, "d", 0700), 0) << level;
    ASSERT_EQ(::mknodat(at, "f", S_IFREG | 0600, 0), 0);
    const int next = ::openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_GE(next, 0);
    ::close(at);
    at = next;
  }
  ::close(at);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = 128, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const std::error_code error = remove_tree(root);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(error) << error.message();
  EXPECT_FALSE(fs::exists(root));
}

TEST(RemoveTree, AFileOrALinkGoesItself) {
  const fs::path base = fs::temp_directory_path() / ("remove-tree-" + format_uuid(make_uuid_v4()));
  fs::create_directories(base / "kept" / "inner");
  std::ofstream(base / "file") << "x";
  fs::create_directory_symlink(base / "kept", base / "link");
  EXPECT_FALSE(remove_tree(base / "file"));
  EXPECT_FALSE(remove_tree(base / "link"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(base / "link")));
  EXPECT_FALSE(fs::exists(base / "file"));
  EXPECT_TRUE(fs::exists(base / "kept" / "inner"));
  EXPECT_FALSE(remove_tree(base));
}

TEST(RemoveTree, L13_LinksAreNotFollowed) {
  const fs::path base = fs::temp_directory_path() / ("remove-tree-" + format_uuid(make_uuid_v4()));
  fs::create_directories(base / "kept");
  fs::create_directories(base / "job");
  std::ofstream(base / "kept" / "file") << "x";
  fs::create_directory_symlink(base / "kept", base / "job" / "link");
  EXPECT_FALSE(remove_tree(base / "job"));
  EXPECT_TRUE(fs::exists(base / "kept" / "file"));
  fs::remove_all(base);
}

}  // namespace
}  // namespace open_cicd::runner
