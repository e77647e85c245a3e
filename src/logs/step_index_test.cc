#include "logs/step_index.h"

#include <gtest/gtest.h>

namespace open_cicd::logs {
namespace {

StepIndex index_of(std::string_view text, std::size_t piece = 1 << 20) {
  StepIndex index;
  for (std::size_t at = 0; at < text.size(); at += piece) index.add(text.substr(at, piece));
  return index;
}

std::string some_log() {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += i % 1000 == 7 ? "::group::part\n" : i % 1000 == 9 ? "::endgroup::\n" : i % 500 == 3 ? "error: no\n" : "a line\n";
  return text + std::string(200'000, 'x') + "\nrest";
}

TEST(StepIndex, PiecesOfAnySizeMakeTheSameIndex) {
  const std::string text = some_log();
  const std::string whole = index_of(text).encode(1);
  for (const std::size_t piece : {1u, 7u, 4096u, 65'537u}) EXPECT_TRUE(index_of(text, piece).encode(1) == whole) << piece;
}

TEST(StepIndex, AFileIsReadAsItWasWrittenAndOnlyForItsLog) {
  const std::string text = some_log();
  const StepIndex index = index_of(text);
  const std::string file = index.encode(77);
  const auto read = StepIndex::decode(file, std::ssize(text), 77);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->lines(true), index.lines(true));
  EXPECT_EQ(read->errors(true), index.errors(true));
  EXPECT_EQ(read->groups(), index.groups());
  for (const std::int64_t line : {std::int64_t{1}, std::int64_t{9'999}, index.lines(true) - 1, index.lines(true)}) {
    EXPECT_EQ(read->span_of(line, true).begin, index.span_of(line, true).begin) << line;
    EXPECT_EQ(read->span_of(line, true).end, index.span_of(line, true).end) << line;
  }
  EXPECT_FALSE(StepIndex::decode(file, std::ssize(text) + 1, 77).has_value());
  EXPECT_FALSE(StepIndex::decode(file, std::ssize(text), 78).has_value());
}

TEST(StepIndex, AFileThatIsDamagedAnywhereIsNotRead) {
  const std::string text = some_log();
  const std::string file = index_of(text).encode(77);
  for (std::size_t at = 0; at < file.size(); at += 1 + file.size() / 997) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    EXPECT_FALSE(StepIndex::decode(damaged, std::ssize(text), 77).has_value()) << at;
    EXPECT_FALSE(StepIndex::decode(file.substr(0, at), std::ssize(text), 77).has_value()) << at;
  }
}

TEST(StepIndex, ItsMemoryIsBoundedWhateverTheLogSays) {
  std::string groups;
  for (int i = 0; i < 400'000; ++i) groups += "::group::" + std::string(300, 'g') + "\nerror: x\n";
  EXPECT_LT(index_of(groups).memory(), 3'000'000u);
  EXPECT_LT(index_of(std::string(64 << 20, '\n')).memory(), 200'000u);
  EXPECT_LT(index_of(std::string(64 << 20, 'x')).memory(), 300'000u);
}

TEST(StepIndex, GroupsInGroupsEndWithTheOneAroundThem) {
  const StepIndex index = index_of(
      "section_start:1:outer\rOuter\n"
      "section_start:2:inner\rInner\n"
      "text\n"
      "section_end:3:outer\r\n"
      "::endgroup::\n");
  ASSERT_EQ(index.groups().size(), 2u);
  EXPECT_EQ(index.groups()[0], (Group{1, 4, "Outer"}));
  EXPECT_EQ(index.groups()[1], (Group{2, 4, "Inner"}));
}

}  // namespace
}  // namespace open_cicd::logs
