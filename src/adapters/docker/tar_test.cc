#include "adapters/docker/tar.h"

#include "support/docker_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace open_cicd::docker {
namespace {

namespace fs = std::filesystem;

class Tar : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "open-cicd-tar-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { fs::remove_all(directory_); }

  static void write(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // What GNU tar makes of the archive: a reader that is not ours.
  fs::path unpack(const fs::path& archive) {
    fs::create_directory(directory_ / "unpacked");
    const auto tar = open_cicd::testing::run_program(
        {"tar", "--numeric-owner", "-xpf", archive.string(), "-C", (directory_ / "unpacked").string()});
    EXPECT_EQ(tar.exit_code, 0) << tar.text;
    return directory_ / "unpacked";
  }

  fs::path directory_;
};

TEST_F(Tar, TreeComesBackWithModesLinksAndLongNames) {
  const fs::path tree = directory_ / "tree";
  const std::string long_name(120, 'n');
  fs::create_directories(tree / long_name / long_name / "deep");
  write(tree / long_name / long_name / "deep" / "file", "deep content");
  write(tree / "script", "#!/bin/sh\n");
  write(tree / "empty", "");
  write(tree / "block", std::string(512, 'b'));
  fs::permissions(tree / "script", fs::perms(0755));
  fs::create_symlink(std::string(150, 't'), tree / "link");
  fs::create_symlink("/etc/passwd", tree / "absolute");
  ASSERT_EQ(mkfifo((tree / "fifo").c_str(), 0600), 0);

  const Result<std::uint64_t> size = write_tar(tree, "workspace", {0, 0}, directory_ / "a.tar");
  ASSERT_TRUE(size);
  EXPECT_EQ(*size, fs::file_size(directory_ / "a.tar"));

  const fs::path out = unpack(directory_ / "a.tar") / "workspace";
  EXPECT_EQ(read(out / long_name / long_name / "deep" / "file"), "deep content");
  EXPECT_EQ(read(out / "block"), std::string(512, 'b'));
  EXPECT_EQ(fs::file_size(out / "empty"), 0u);
  EXPECT_EQ(fs::status(out / "script").permissions(), fs::perms(0755));
  EXPECT_EQ(fs::read_symlink(out / "link"), std::string(150, 't'));
  EXPECT_EQ(fs::read_symlink(out / "absolute"), "/etc/passwd");
  EXPECT_FALSE(fs::exists(out / "fifo"));
}

TEST_F(Tar, SmallArchiveIsReadByGnuTarAndByUs) {
  TarText tar;
  tar.add_directory(".open-cicd/", 0755);
  tar.add_file(".open-cicd/init", "binary\0content", 0755, {1000, 1001});
  const std::string text = std::move(tar).finish();
  write(directory_ / "b.tar", text);
  EXPECT_EQ(read(unpack(directory_ / "b.tar") / ".open-cicd" / "init"), "binary");
  EXPECT_EQ(first_file_of_tar(text), "binary");
}

TEST_F(Tar, BrokenArchivesGiveNothing) {
  EXPECT_EQ(first_file_of_tar(""), std::nullopt);
  EXPECT_EQ(first_file_of_tar(std::string(511, 'x')), std::nullopt);
  EXPECT_EQ(first_file_of_tar(std::string(2048, 'x')), std::nullopt);
  TarText tar;
  tar.add_file("f", std::string(5000, 'x'), 0644);
  EXPECT_EQ(first_file_of_tar(std::move(tar).finish().substr(0, 2000)), std::nullopt);
}

TEST_F(Tar, MissingDirectoryIsAnErrorThatSaysWhy) {
  const Result<std::uint64_t> size = write_tar(directory_ / "none", "workspace", {}, directory_ / "c.tar");
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code(), "agent");
  EXPECT_NE(size.error().message().find("No such file"), std::string::npos) << size.error().message();
}

}  // namespace
}  // namespace open_cicd::docker
