#include "runner/step_files.h"

#include "base/id.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace open_cicd::runner {
namespace {

namespace fs = std::filesystem;

std::string flat(std::string_view text) {
  const auto parsed = parse_assignments(text);
  if (!parsed) return parsed.error();
  std::string all;
  for (const Assignment& one : *parsed) all += fmt::format("[{}:{}={}]", one.line, one.name, one.value);
  return all;
}

TEST(StepFiles, LinesAndBlocksAreAssignments) {
  EXPECT_EQ(flat("a=1\n\nb=two = 2\r\nc="), "[1:a=1][3:b=two = 2][4:c=]");
  EXPECT_EQ(flat("a<<END\none\n\n two=2\nEND\nb=1"), "[1:a=one\n\n two=2][6:b=1]");
  EXPECT_EQ(flat("a<<E\nE\n"), "[1:a=]");
  EXPECT_EQ(flat("url=https://a/?b<<c"), "[1:url=https://a/?b<<c]");
}

TEST(StepFiles, AWrongLineIsNamed) {
  EXPECT_EQ(flat("a=1\nhello\n"), "line 2 is neither name=value nor name<<MARK");
  EXPECT_EQ(flat("a<<\n"), "line 1 has no mark behind <<");
  EXPECT_EQ(flat("x=1\na<<END\nb\n"), "line 2 begins a block that no line \"END\" ends");
}

TEST(StepFiles, FoldersOfThePathAreAbsolute) {
  EXPECT_EQ(parse_paths("/opt/a\n\n/b c\n").value(), (std::vector<std::string>{"/opt/a", "/b c"}));
  EXPECT_EQ(parse_paths("/opt\nbin\n").error(), "line 2 is not an absolute path");
  EXPECT_EQ(parse_paths("/a:/b\n").error(), "line 1 is a path that PATH cannot hold");
}

TEST(StepFiles, TheNewestFolderComesFirst) {
  std::map<std::string, std::string> env{{"PATH", "/bin"}};
  prepend_path({"/one", "/two"}, env);
  EXPECT_EQ(env["PATH"], "/two:/one:/bin");
  std::map<std::string, std::string> untouched{{"PATH", "/bin"}};
  prepend_path({}, untouched);
  EXPECT_EQ(untouched["PATH"], "/bin");
}

class StepFilesOnDisk : public ::testing::Test {
 protected:
  StepFilesOnDisk() : folder_(fs::temp_directory_path() / ("step-files-" + format_uuid(make_uuid_v4()))) {
    fs::create_directories(folder_);
  }
  ~StepFilesOnDisk() override { fs::remove_all(folder_); }
  fs::path path(StepFile file) const { return folder_ / step_file_name(3, file); }

  fs::path folder_;
};

TEST_F(StepFilesOnDisk, WhatAStepWroteIsReadAndNothingElse) {
  std::ofstream(path(StepFile::output)) << "a=1\n";
  std::ofstream(folder_ / "step-4.env") << "b=1\n";
  const auto files = read_step_files(folder_, 3);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ(files->at(StepFile::output).text, "a=1\n");
}

TEST_F(StepFilesOnDisk, LinksAndPipesAreNotFollowed) {
  std::ofstream(folder_ / "secret") << "a=secret\n";
  fs::create_symlink(folder_ / "secret", path(StepFile::output));
  ASSERT_EQ(::mkfifo(path(StepFile::env).c_str(), 0600), 0);
  fs::create_directory(path(StepFile::path));
  fs::create_symlink("/nowhere", path(StepFile::summary));
  const auto files = read_step_files(folder_, 3);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 4U);
  for (const auto& [kind, file] : *files) {
    EXPECT_FALSE(file.is_file);
    EXPECT_EQ(file.text, "");
  }
}

TEST_F(StepFilesOnDisk, AHugeFileIsReadUpToItsLimit) {
  std::ofstream(path(StepFile::output)) << "a=1\n";
  fs::resize_file(path(StepFile::output), std::uintmax_t{1} << 40);  // sparse
  const auto files = read_step_files(folder_, 3);
  ASSERT_TRUE(files);
  EXPECT_TRUE(files->at(StepFile::output).is_long);
  EXPECT_EQ(files->at(StepFile::output).text.size(), step_file_kinds[0].bytes_max);
}

TEST_F(StepFilesOnDisk, WhatTheHelperPrintsIsReadLikewise) {
  const auto files = parse_printed_files("+ 4\na=1\n- 0\n? 0\n+ 0\n");
  ASSERT_TRUE(files);
  EXPECT_EQ(files->at(StepFile::output).text, "a=1\n");
  EXPECT_FALSE(files->contains(StepFile::env));
  EXPECT_FALSE(files->at(StepFile::path).is_file);
  EXPECT_EQ(files->at(StepFile::summary).text, "");
  for (const char* text : {"", "+ 4\na", "+ 4", "+ -1\n", "hello\n", "+ 99999999999999999999\n", "+ 1x\na\n"})
    EXPECT_FALSE(parse_printed_files(text)) << text;
}

}  // namespace
}  // namespace open_cicd::runner
