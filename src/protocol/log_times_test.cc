#include "protocol/log_times.h"

#include <gtest/gtest.h>

namespace open_cicd::protocol {
namespace {

TEST(LogTimes, WhatIsWrittenIsReadAgainFromWhereverTheChunkBegins) {
  const std::vector<LogTime> times{{100, 1764529200123}, {612, 1764529200143}, {692, 1764529200174}};
  const std::string text = format_log_times(times, 100);
  EXPECT_EQ(text, "0+1764529200123,512+20,80+31");
  EXPECT_EQ(parse_log_times(text, 100), times);
  EXPECT_EQ(parse_log_times(text, 0)->front(), (LogTime{0, 1764529200123}));
}

TEST(LogTimes, AnythingElseIsRefused) {
  for (const std::string_view text : {"", "+", "1", "1+", "+1", "1+2,", ",1+2", "1+2,,3+4", "-1+2", "1+-2", "1 +2", "1+2;3+4",
                                      "1.5+2", "0x1+2", "1234567890123456+1", "1+2+3"})
    EXPECT_FALSE(parse_log_times(text, 0).has_value()) << text;
  std::string many = "0+1";
  for (std::size_t i = 1; i < log_times_max; ++i) many += ",1+20";
  EXPECT_TRUE(parse_log_times(many, 0).has_value());
  EXPECT_FALSE(parse_log_times(many + ",1+20", 0).has_value());
}

TEST(LogTimes, NumbersThatAreTooLargeNeverOverflow) {
  std::string text = "999999999999999+999999999999999";
  for (std::size_t i = 1; i < log_times_max; ++i) text += ",999999999999999+999999999999999";
  for (const std::int64_t offset : {std::int64_t{0}, std::int64_t{1} << 60}) {
    const auto times = parse_log_times(text, offset);
    if (!times) continue;
    for (const LogTime& time : *times) EXPECT_TRUE(time.offset >= 0 && time.unix_ms >= 0);
  }
  EXPECT_FALSE(parse_log_times("0+1", std::numeric_limits<std::int64_t>::max()).has_value());
}

}  // namespace
}  // namespace open_cicd::protocol
