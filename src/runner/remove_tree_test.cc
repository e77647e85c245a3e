#include "runner/remove_tree.h"

#include "base/id.h"

#include <gtest/gtest.h>

#include <fstream>

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
