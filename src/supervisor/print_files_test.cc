#include "supervisor/print_files.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

namespace fs = std::filesystem;

class PrintFilesTest : public ::testing::Test {
 protected:
  PrintFilesTest() {
    std::string pattern = (fs::temp_directory_path() / "print-files-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~PrintFilesTest() override { fs::remove_all(folder_); }

  std::string printed(const std::string& name, std::uint32_t max = 100) {
    int pipe[2];
    EXPECT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(pipe[1], 1);
      std::string path = (folder_ / name).string();
      char* paths[] = {path.data(), nullptr};
      ::_exit(print_files(max, paths));
    }
    ::close(pipe[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t n = ::read(pipe[0], buffer, sizeof buffer); n > 0; n = ::read(pipe[0], buffer, sizeof buffer))
      text.append(buffer, static_cast<std::size_t>(n));
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    return text;
  }

  fs::path folder_;
};

TEST_F(PrintFilesTest, AFileIsPrintedBehindItsSize) {
  std::ofstream(folder_ / "a") << "one\ntwo";
  EXPECT_EQ(printed("a"), "+ 7\none\ntwo");
  EXPECT_EQ(printed("none"), "- 0\n");
}

TEST_F(PrintFilesTest, OneByteMoreThanTheLimitTellsThatThereIsMore) {
  std::ofstream(folder_ / "a") << std::string(1000, 'x');
  EXPECT_EQ(printed("a", 10), "+ 11\n" + std::string(11, 'x'));
}

TEST_F(PrintFilesTest, WhatIsNoFileIsNotOpened) {
  std::ofstream(folder_ / "secret") << "secret";
  fs::create_symlink(folder_ / "secret", folder_ / "link");
  fs::create_directory(folder_ / "folder");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  for (const char* name : {"link", "folder", "pipe"}) EXPECT_EQ(printed(name), "? 0\n") << name;
}

}  // namespace
}  // namespace open_cicd::supervisor
