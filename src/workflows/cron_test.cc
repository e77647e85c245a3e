#include "workflows/cron.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <set>

namespace open_cicd::workflows {
namespace {

Cron cron(std::string_view text, std::string_view seed = "") {
  const auto parsed = parse_cron(text, seed);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Cron());
}

std::set<int> numbers(std::uint64_t set) {
  std::set<int> all;
  for (int i = 0; i < 64; ++i)
    if ((set >> i & 1) != 0) all.insert(i);
  return all;
}

TEST(Cron, FiveFieldsAreChecked) {
  for (const char* text :
       {"* * * * *", "0 3 * * 1-5", "*/15 0-23/2 1,15 jan-mar,dec SUN", "5  4 * * 7", "H H(0-7) H * H",
        "H/15 H(9-17)/2 * * 1,H", "@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@annually", "@midnight"})
    EXPECT_EQ(wrong_cron(text), "") << text;
  for (const char* text : {"",
                           "* * * *",
                           "60 * * * *",
                           "* 24 * * *",
                           "* * 0 * *",
                           "* * * 13 *",
                           "* * * * 8",
                           "*/0 * * * *",
                           "1, * * * *",
                           "3-1 * * * *",
                           "a * * * *",
                           "* * * * * *",
                           "@reboot",
                           "@Daily",
                           "@",
                           "@daily 1",
                           "h * * * *",
                           "H( * * * *",
                           "H() * * * *",
                           "H(5) * * * *",
                           "H(9-5) * * * *",
                           "H(0-60) * * * *",
                           "H/0 * * * *",
                           "H/60 * * * *",
                           "H-5 * * * *",
                           "0-H * * * *",
                           "HH * * * *",
                           "H(0-5 * * * *",
                           "1/2/3 * * * *",
                           "-1 * * * *",
                           "+1 * * * *",
                           "1- * * * *",
                           "1-2-3 * * * *",
                           ",1 * * * *",
                           "1,,2 * * * *",
                           "*5 * * * *"})
    EXPECT_NE(wrong_cron(text), "") << text;
}

TEST(Cron, FieldsAreSets) {
  const Cron one = cron("*/20,5 1-7/3 1,31 feb,DEC-12 fri-7");
  EXPECT_EQ(numbers(one.minutes), (std::set{0, 5, 20, 40}));
  EXPECT_EQ(numbers(one.hours), (std::set{1, 4, 7}));
  EXPECT_EQ(numbers(one.days), (std::set{1, 31}));
  EXPECT_EQ(numbers(one.months), (std::set{2, 12}));
  EXPECT_EQ(numbers(one.weekdays), (std::set{0, 5, 6}));
  EXPECT_EQ(numbers(cron("50/5 * * * *").minutes), (std::set{50, 55}));
  EXPECT_EQ(numbers(cron("* * * * *").weekdays).size(), 7u);
  EXPECT_EQ(cron("* * * * 0"), cron("* * * * 7"));
  EXPECT_EQ(cron("@weekly"), cron("0 0 * * sun"));
  EXPECT_EQ(cron("@yearly"), cron("0 0 1 jan *"));
}

TEST(Cron, EitherDayIsEnoughWhereBothAreNamed) {
  const unsigned january = 1, monday = 1, tuesday = 2;
  const Cron both = cron("0 0 13 * mon");
  EXPECT_TRUE(both.has_day(january, 13, tuesday));
  EXPECT_TRUE(both.has_day(january, 5, monday));
  EXPECT_FALSE(both.has_day(january, 5, tuesday));
  const Cron odd = cron("0 0 */2 * mon");
  EXPECT_TRUE(odd.has_day(january, 5, monday));
  EXPECT_FALSE(odd.has_day(january, 5, tuesday)) << "\"*\" in front: both must be right";
  EXPECT_FALSE(odd.has_day(january, 6, monday));
  EXPECT_FALSE(cron("0 0 * 2 *").has_day(january, 5, monday));
}

TEST(Cron, AHashSpreadsAndStays) {
  EXPECT_EQ(cron("H H * * H", "acme/app"), cron("H H * * H", "acme/app"));
  EXPECT_EQ(numbers(cron("H * * * *", "acme/app").minutes), std::set{15}) << "a new version keeps everybody's times";
  std::set<std::uint64_t> minutes, days, weekdays;
  for (int i = 0; i < 1000; ++i) {
    const std::string seed = fmt::format("acme/app{}", i);
    const Cron one = cron("H H(3-5) H H H", seed);
    for (const std::uint64_t set : {one.minutes, std::uint64_t{one.hours}, std::uint64_t{one.days},
                                    std::uint64_t{one.months}, std::uint64_t{one.weekdays}})
      EXPECT_EQ(std::popcount(set), 1);
    EXPECT_TRUE(*numbers(one.hours).begin() >= 3 && *numbers(one.hours).begin() <= 5);
    minutes.insert(one.minutes);
    days.insert(one.days);
    weekdays.insert(one.weekdays);
    EXPECT_EQ(numbers(cron("H/15 * * * *", seed).minutes).size(), 4u);
    const auto some = numbers(cron("H(0-29)/10 * * * *", seed).minutes);
    EXPECT_EQ(some.size(), 3u);
    EXPECT_LT(*some.rbegin(), 30);
  }
  EXPECT_EQ(minutes.size(), 60u);
  EXPECT_EQ(days.size(), 28u) << "each month has them";
  EXPECT_EQ(weekdays.size(), 7u);
}

}  // namespace
}  // namespace open_cicd::workflows
