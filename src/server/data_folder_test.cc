#include "server/data_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>

namespace open_cicd::server {
namespace {

namespace fs = std::filesystem;

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() {
    std::string pattern = (fs::temp_directory_path() / "data_folder_test_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    parent = pattern;
  }
  ~DataFolderTest() override { fs::remove_all(parent); }

  fs::path parent;
};

TEST_F(DataFolderTest, TwoServersDoNotShareOne) {
  {
    const Result<DataFolder> first = DataFolder::open(parent / "data");
    ASSERT_TRUE(first);
    const Result<DataFolder> second = DataFolder::open(parent / "data");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), "data_folder_locked");
  }
  EXPECT_TRUE(DataFolder::open(parent / "data")) << "the first one has ended";
}

TEST_F(DataFolderTest, OneThatItMakesIsForItsOwnerOnly) {
  ASSERT_TRUE(DataFolder::open(parent / "data"));
  EXPECT_EQ(fs::status(parent / "data").permissions(), fs::perms::owner_all);
}

TEST_F(DataFolderTest, ATokenFileIsForItsOwnerOnlyAndReplacesTheOldOne) {
  std::ofstream(parent / "admin.token") << "old";
  const Result<fs::path> file = write_token(parent, "admin", Secret("new"));
  ASSERT_TRUE(file);
  EXPECT_EQ(fs::status(*file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  std::string line;
  std::getline(std::ifstream(*file) >> std::ws, line);
  EXPECT_EQ(line, "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(parent), fs::directory_iterator()), 1) << "nothing is left beside it";
}

}  // namespace
}  // namespace open_cicd::server
