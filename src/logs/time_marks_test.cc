#include "logs/time_marks.h"

#include <gtest/gtest.h>

#include <random>

namespace open_cicd::logs {
namespace {

constexpr std::int64_t noon = 1'764'500'000'000;

TEST(TimeMarks, ABytesTimeIsThatOfTheLastMarkBeforeIt) {
  TimeMarks marks;
  EXPECT_FALSE(marks.at(0).has_value());
  marks.add(std::vector<LogTime>{{10, noon}, {50, noon + 100}}, 10, 1000);
  EXPECT_FALSE(marks.at(9).has_value());
  EXPECT_EQ(marks.at(10), noon);
  EXPECT_EQ(marks.at(49), noon);
  EXPECT_EQ(marks.at(50), noon + 100);
  EXPECT_EQ(marks.at(1 << 30), noon + 100);
}

TEST(TimeMarks, OfAChunkWhoseBeginningIsThereAlreadyTheRestCounts) {
  TimeMarks marks;
  marks.add(std::vector<LogTime>{{0, noon}, {50, noon + 100}, {80, noon + 200}}, 60, 70);
  EXPECT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks.at(60), noon + 100);
}

TEST(TimeMarks, AClockThatGoesBackStandsStill) {
  TimeMarks marks;
  marks.add({0, noon});
  marks.add({10, noon - 5000});
  marks.add({20, noon + 1000});
  EXPECT_EQ(marks.at(15), noon);
  EXPECT_EQ(marks.at(25), noon + 1000);
}

TEST(TimeMarks, TheyAreReadAsTheyWereWritten) {
  std::mt19937 random(3);
  TimeMarks marks;
  LogTime time{5'000'000'000, noon};
  for (int i = 0; i < 5000; ++i) {
    marks.add(time);
    time = {time.offset + 1 + static_cast<std::int64_t>(random() % 300), time.unix_ms + 20 + static_cast<std::int64_t>(random() % 500)};
  }
  const std::string bytes = marks.encode(4'999'999'000);
  EXPECT_LT(bytes.size(), marks.size() * 5);
  const TimeMarks read = TimeMarks::decode(bytes, 4'999'999'000);
  EXPECT_EQ(read.size(), marks.size());
  for (std::int64_t offset = 4'999'999'990; offset < time.offset; offset += 97) EXPECT_EQ(read.at(offset), marks.at(offset));
  for (std::size_t cut = 0; cut < 40; ++cut) TimeMarks::decode(std::string_view(bytes).substr(0, cut), 0);
  EXPECT_TRUE(TimeMarks::decode("oct9" + bytes, 0).empty());
  EXPECT_TRUE(TimeMarks::decode("oct1" + std::string(100, '\xff'), 0).empty());
  EXPECT_EQ(TimeMarks().encode(7), "");
}

TEST(TimeMarks, TooManyAreThinnedAndStayNear) {
  TimeMarks marks;
  for (std::int64_t i = 0; i < 1'000'000; ++i) marks.add({i, noon + 20 * i});
  EXPECT_LE(marks.size(), TimeMarks::marks_max);
  for (std::int64_t i = 0; i < 1'000'000; i += 997) {
    const std::int64_t error = noon + 20 * i - marks.at(i).value();
    EXPECT_GE(error, 0);
    EXPECT_LT(error, 1'000'000 * 20 / 2000);
  }
}

}  // namespace
}  // namespace open_cicd::logs
