#include "agent/log_spool.h"

#include "agent/temporary_folder.h"
#include "base/crypto.h"

#include <gtest/gtest.h>

namespace open_cicd::agent {
namespace {

std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

std::string read_all(const LogSpool& spool, int step, std::size_t piece = 1000) {
  std::string all;
  std::string part;
  while (static_cast<std::int64_t>(all.size()) < spool.size(step)) {
    EXPECT_TRUE(spool.read(step, static_cast<std::int64_t>(all.size()), piece, part));
    if (part.empty()) break;
    all += part;
  }
  return all;
}

class LogSpoolTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path directory_ = folder_.path() / "spool";
};

TEST_F(LogSpoolTest, ASmallLogCostsNoFile) {
  LogSpool spool(directory_, {});
  ASSERT_TRUE(spool.append(0, "hello "));
  ASSERT_TRUE(spool.append(0, "world"));
  EXPECT_EQ(read_all(spool, 0), "hello world");
  EXPECT_EQ(spool.sums().at("0").size, 11);
  EXPECT_EQ(spool.sums().at("0").crc32c, format_crc32c(crc32c("hello world")));
  EXPECT_FALSE(std::filesystem::exists(directory_));
}

TEST_F(LogSpoolTest, ALargeLogMovesToAFileAndReadsBackTheSame) {
  LogSpool spool(directory_, {.step_memory_max = 1000});
  const std::string bytes = noise(5000);
  for (std::size_t at = 0; at < bytes.size(); at += 300)
    ASSERT_TRUE(spool.append(-1, std::string_view(bytes).substr(at, 300)));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "-1.log"));
  EXPECT_EQ(read_all(spool, -1, 777), bytes);
  EXPECT_EQ(spool.sums().at("-1").crc32c, format_crc32c(crc32c(bytes)));
  spool.remove();
  EXPECT_FALSE(std::filesystem::exists(directory_));
}

TEST_F(LogSpoolTest, ManySmallLogsStayWithinTheirMemory) {
  LogSpool spool(directory_, {.step_memory_max = 1000, .attempt_memory_max = 2500});
  for (int step = 0; step < 4; ++step) ASSERT_TRUE(spool.append(step, noise(900)));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "1.log"));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "2.log"));
  for (int step = 0; step < 4; ++step) EXPECT_EQ(read_all(spool, step), noise(900));
}

TEST_F(LogSpoolTest, BeyondTheLimitNothingIsCounted) {
  LogSpool spool(directory_, {.attempt_bytes_max = 10});
  ASSERT_TRUE(spool.append(0, "1234567"));
  EXPECT_FALSE(spool.truncated());
  ASSERT_TRUE(spool.append(1, "abcdef"));
  ASSERT_TRUE(spool.append(1, "ghi"));
  EXPECT_TRUE(spool.truncated());
  EXPECT_EQ(read_all(spool, 1), "abc");
}

TEST_F(LogSpoolTest, CutKeepsAPrefixAndItsChecksum) {
  for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{10}}) {
    LogSpool spool(directory_, {.step_memory_max = memory});
    const std::string bytes = noise(3000);
    ASSERT_TRUE(spool.append(0, bytes));
    ASSERT_TRUE(spool.cut(0, 1234));
    ASSERT_TRUE(spool.append(0, "more"));
    ASSERT_TRUE(spool.append(1, "more"));
    EXPECT_TRUE(spool.truncated());
    EXPECT_EQ(read_all(spool, 0), bytes.substr(0, 1234));
    EXPECT_EQ(spool.sums().at("0").crc32c, format_crc32c(crc32c(bytes.substr(0, 1234))));
    EXPECT_EQ(spool.size(1), 0);
  }
}

TEST_F(LogSpoolTest, WhatIsSavedIsRestored) {
  std::map<std::string, protocol::LogSum> sums;
  {
    LogSpool spool(directory_, {.step_memory_max = 100});
    ASSERT_TRUE(spool.append(-1, "small"));
    ASSERT_TRUE(spool.append(0, noise(500)));
    ASSERT_TRUE(spool.save());
    sums = spool.sums();
  }
  const LogSpool restored = LogSpool::restore(directory_, sums);
  EXPECT_EQ(read_all(restored, -1), "small");
  EXPECT_EQ(read_all(restored, 0), noise(500));
  EXPECT_EQ(restored.sums().at("0").crc32c, sums.at("0").crc32c);
}

TEST_F(LogSpoolTest, ALogWhoseFileIsGoneOrShortIsAnError) {
  LogSpool spool(directory_, {});
  ASSERT_TRUE(spool.append(0, "hello"));
  ASSERT_TRUE(spool.append(1, "hello"));
  ASSERT_TRUE(spool.save());
  std::filesystem::remove(directory_ / "0.log");
  std::filesystem::resize_file(directory_ / "1.log", 3);
  const LogSpool restored = LogSpool::restore(directory_, spool.sums());
  std::string out;
  EXPECT_FALSE(restored.read(0, 0, 100, out));
  EXPECT_FALSE(restored.read(1, 0, 100, out));
}

TEST_F(LogSpoolTest, AFullDiskIsAnErrorAndCountsNothing) {
  std::filesystem::create_directories(directory_);
  std::filesystem::create_symlink("/dev/full", directory_ / "0.log");
  LogSpool spool(directory_, {.step_memory_max = 10});
  ASSERT_TRUE(spool.append(0, "12345678"));
  const Result<void> failed = spool.append(0, "12345678");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find("No space left"), std::string::npos);
  EXPECT_EQ(spool.size(0), 8);
  EXPECT_EQ(read_all(spool, 0), "12345678");
}

TEST(LogSpoolTimes, EachPartOfALogKnowsWhenItWasPrinted) {
  TemporaryFolder folder;
  LogSpool spool(folder.path() / "spool", {});
  ASSERT_TRUE(spool.append(0, "one", 1000));
  ASSERT_TRUE(spool.append(0, "two", 1010));  // too soon for a mark of its own
  ASSERT_TRUE(spool.append(0, "three", 1020));
  using Times = std::vector<protocol::LogTime>;
  EXPECT_EQ(spool.times(0, 0, 11), (Times{{0, 1000}, {6, 1020}}));
  EXPECT_EQ(spool.times(0, 2, 6), (Times{{2, 1000}}));
  EXPECT_EQ(spool.times(0, 6, 11), (Times{{6, 1020}}));
  EXPECT_EQ(spool.times(0, 8, 11), (Times{{8, 1020}}));
  EXPECT_EQ(spool.times(1, 0, 11), Times());
  ASSERT_TRUE(spool.cut(0, 4));
  EXPECT_EQ(spool.times(0, 0, 11), (Times{{0, 1000}}));
}

TEST(LogSpoolTimes, TheyAreBoundedAndAChunkHasNotTooMany) {
  TemporaryFolder folder;
  LogSpool spool(folder.path() / "spool", {.step_times_max = 1000});
  for (std::int64_t i = 0; i < 10'000; ++i) ASSERT_TRUE(spool.append(0, "x", i * 20));
  std::int64_t at = 0;
  std::size_t marks = 0;
  while (at < 10'000) {
    const auto some = spool.times(0, at, 10'000);
    ASSERT_FALSE(some.empty());
    EXPECT_LE(some.size(), protocol::log_times_max + 1);
    EXPECT_EQ(some.front().offset, at);
    EXPECT_LE(std::abs(some.front().unix_ms - at * 20), 10'000 * 20 / 250);
    marks += some.size();
    at = some.size() > protocol::log_times_max ? some.back().offset : 10'000;
  }
  EXPECT_LE(marks, 1010U);
}

}  // namespace
}  // namespace open_cicd::agent
