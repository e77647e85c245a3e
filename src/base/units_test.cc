#include "base/units.h"

#include <gtest/gtest.h>

namespace open_cicd {
namespace {

TEST(Units, ReadsDurations) {
  EXPECT_EQ(parse_duration_ms("30m"), 1'800'000);
  EXPECT_EQ(parse_duration_ms("1h30m"), 5'400'000);
  EXPECT_EQ(parse_duration_ms("500ms"), 500);
  EXPECT_EQ(parse_duration_ms("1d2h3m4s5ms"), 93'784'005);
  EXPECT_EQ(parse_duration_ms("0s"), 0);
}

TEST(Units, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "30", "m", "-1s", "+1s", "1.5h", "30m1h", "1m1m", "1 m", "1M", " 1m", "1m ",
                           "999999999999999999s", "10001d", "1ms1s", "9223372036854775807ms"})
    EXPECT_FALSE(parse_duration_ms(text)) << text;
  EXPECT_FALSE(parse_duration_ms("213503982335d")) << "in 64 bits it would be half a day";
}

TEST(Units, FormattedDurationsReadBack) {
  EXPECT_EQ(format_duration(5'400'000), "1h30m");
  EXPECT_EQ(format_duration(0), "0s");
  for (const std::int64_t ms : {1LL, 999LL, 1000LL, 61'001LL, 86'399'999LL, 604'800'000LL})
    EXPECT_EQ(parse_duration_ms(format_duration(ms)), ms);
}

TEST(Units, ReadsSizes) {
  EXPECT_EQ(parse_size_bytes("512Mi"), 536'870'912);
  EXPECT_EQ(parse_size_bytes("2g"), 2'147'483'648);
  EXPECT_EQ(parse_size_bytes("2GiB"), 2'147'483'648);
  EXPECT_EQ(parse_size_bytes("1KB"), 1024);
  EXPECT_EQ(parse_size_bytes("100"), 100);
}

TEST(Units, RefusesWhatIsNoSize) {
  for (const char* text : {"", "g", "-1g", "1.5g", "1 g", "1x", "1gg", "9999999999999t", "1gib "})
    EXPECT_FALSE(parse_size_bytes(text)) << text;
  EXPECT_FALSE(parse_size_bytes("16777217t")) << "in 64 bits it would be one terabyte";
}

}  // namespace
}  // namespace open_cicd
