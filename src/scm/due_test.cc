#include "scm/due.h"

#include "scm/limits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <date/tz.h>
#include <map>
#include <random>
#include <sstream>

namespace open_cicd::scm {
namespace {

using date::local_seconds;
using date::sys_seconds;
using workflows::Cron;

Cron cron(std::string_view text) {
  return workflows::parse_cron(text, "seed").value();
}

std::int64_t at(const std::string& utc) {
  std::istringstream in(utc);
  sys_seconds time;
  in >> date::parse("%F %T", time);
  EXPECT_FALSE(in.fail()) << utc;
  return time.time_since_epoch().count();
}

std::string text_of(std::optional<std::int64_t> time) {
  return time ? date::format("%F %T", sys_seconds(std::chrono::seconds(*time))) : "never";
}

// The next times after an instant, in UTC.
std::vector<std::string> times(std::string_view text, const char* zone, const std::string& after, int count) {
  const TimeZone in = TimeZone::named(zone).value();
  std::vector<std::string> all;
  std::optional<std::int64_t> time = at(after);
  for (int i = 0; i < count && time; ++i) {
    time = next_time(cron(text), in, *time);
    all.push_back(text_of(time));
  }
  return all;
}
using Times = std::vector<std::string>;

TEST(Due, IsTheNextMinuteThatFits) {
  EXPECT_EQ(times("* * * * *", "UTC", "2026-05-01 10:00:59", 2), (Times{"2026-05-01 10:01:00", "2026-05-01 10:02:00"}));
  EXPECT_EQ(times("0 3 * * mon-fri", "UTC", "2026-05-01 03:00:00", 2),
            (Times{"2026-05-04 03:00:00", "2026-05-05 03:00:00"}))
      << "strictly after, and over the weekend";
  EXPECT_EQ(times("30 9 * * *", "Asia/Kolkata", "2026-05-01 00:00:00", 1), Times{"2026-05-01 04:00:00"});
  EXPECT_EQ(times("@yearly", "UTC", "2026-05-01 00:00:00", 1), Times{"2027-01-01 00:00:00"});
}

TEST(Due, LeapDaysAndDaysThatNeverCome) {
  EXPECT_EQ(times("0 0 29 2 *", "UTC", "2025-01-01 00:00:00", 2),
            (Times{"2028-02-29 00:00:00", "2032-02-29 00:00:00"}));
  EXPECT_EQ(times("0 0 29 2 *", "UTC", "2097-01-01 00:00:00", 1), Times{"never"})
      << "2100 has none, and 2104 is too far";
  EXPECT_EQ(times("0 0 31 2 *", "UTC", "2026-01-01 00:00:00", 1), Times{"never"});
  EXPECT_EQ(times("0 0 31 4,6 *", "Europe/Berlin", "2026-01-01 00:00:00", 1), Times{"never"});
  for (const std::int64_t after : {INT64_MIN, std::int64_t{-1}, limits::due_after_s_max + 1, INT64_MAX})
    EXPECT_EQ(next_time(cron("* * * * *"), TimeZone::named("UTC").value(), after), std::nullopt) << after;
}

TEST(Due, ATimeThatTheClockLeavesOutIsDueWhenItHasGoneOn) {
  // 02:00 to 03:00 is left out: 01:00 UTC.
  EXPECT_EQ(times("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", 2),
            (Times{"2026-03-29 01:00:00", "2026-03-30 00:30:00"}));
  EXPECT_EQ(times("0,30 2 * * *", "Europe/Berlin", "2026-03-28 12:00:00", 2),
            (Times{"2026-03-29 01:00:00", "2026-03-30 00:00:00"}))
      << "several together once";
  EXPECT_EQ(times("0 3 * * *", "Europe/Berlin", "2026-03-28 12:00:00", 1), Times{"2026-03-29 01:00:00"});
  EXPECT_EQ(times("30 * * * *", "Europe/Berlin", "2026-03-29 00:00:00", 2),
            (Times{"2026-03-29 00:30:00", "2026-03-29 01:30:00"}));
  EXPECT_EQ(times("15 2 * * *", "America/New_York", "2026-03-08 00:00:00", 1), Times{"2026-03-08 07:00:00"});
  // Half an hour, from 02:00 to 02:30.
  EXPECT_EQ(times("15 2 * * *", "Australia/Lord_Howe", "2026-10-03 00:00:00", 2),
            (Times{"2026-10-03 15:30:00", "2026-10-04 15:15:00"}));
  // A day that an island never had.
  EXPECT_EQ(times("0 12 30 12 *", "Pacific/Apia", "2011-12-30 00:00:00", 1), Times{"2011-12-30 10:00:00"});
}

TEST(Due, OfATimeThatComesTwiceTheFirstCounts) {
  // 02:00 to 03:00 comes at 00:00 and at 01:00 UTC.
  EXPECT_EQ(times("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", 2),
            (Times{"2026-10-25 00:30:00", "2026-10-26 01:30:00"}));
  EXPECT_EQ(times("30 * * * *", "Europe/Berlin", "2026-10-24 23:45:00", 3),
            (Times{"2026-10-25 00:30:00", "2026-10-25 01:30:00", "2026-10-25 02:30:00"}));
  EXPECT_EQ(times("30 1 * * *", "America/New_York", "2026-11-01 00:00:00", 2),
            (Times{"2026-11-01 05:30:00", "2026-11-02 06:30:00"}));
  EXPECT_EQ(times("45 1 * * *", "Australia/Lord_Howe", "2026-04-04 00:00:00", 2),
            (Times{"2026-04-04 14:45:00", "2026-04-05 15:15:00"}));
}

TEST(Due, OnlyZonesOfTheDatabaseAreKnown) {
  for (const char* name :
       {"", "Mars/Base", "../../etc/passwd", "/etc/localtime", "europe/berlin", "Europe", "Europe/Berlin\n"}) {
    const auto zone = TimeZone::named(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().code(), "unknown_time_zone");
  }
}

// The same rules, written so that they are seen to be right: it looks at the clock every minute.
class PlainClock {
 public:
  PlainClock(const Cron& cron, const date::time_zone& zone) : cron_(cron), zone_(zone) {}

  std::optional<sys_seconds> next(sys_seconds after, int minutes_max) const {
    // What was shown in the days before, so that a second time is known as one.
    sys_seconds now = date::floor<std::chrono::minutes>(after) - std::chrono::hours(30);
    std::map<local_seconds, int> shown;
    local_seconds before = zone_.to_local(now);
    for (int i = 0; i < 30 * 60 + minutes_max; ++i) {
      now += std::chrono::minutes(1);
      const local_seconds clock = zone_.to_local(now);
      bool due = fits(clock) && (cron_.every_hour || shown[clock] == 0);
      ++shown[clock];
      if (!cron_.every_hour)
        for (local_seconds left_out = before + std::chrono::minutes(1); left_out < clock;
             left_out += std::chrono::minutes(1))
          due = due || fits(left_out);
      before = clock;
      if (due && now > after) return now;
    }
    return std::nullopt;
  }

 private:
  bool fits(local_seconds clock) const {
    const auto day = date::floor<date::days>(clock);
    const date::year_month_day date(day);
    const date::hh_mm_ss time(clock - day);
    return cron_.has_day(unsigned(date.month()), unsigned(date.day()), date::weekday(day).c_encoding()) &&
           cron_.has_time(static_cast<unsigned>(time.hours().count()), static_cast<unsigned>(time.minutes().count()));
  }

  const Cron& cron_;
  const date::time_zone& zone_;
};

TEST(Due, IsWhatAPlainClockShows) {
  std::mt19937 random(7);
  const auto pick = [&](const auto& from) { return from[random() % std::size(from)]; };
  constexpr const char* minutes[] = {"*", "0", "30", "*/17", "15,45", "59", "H"};
  constexpr const char* hours[] = {"*", "0", "1", "2", "3", "*/5", "23", "1-3", "H"};
  constexpr const char* days[] = {"*", "*", "*", "1", "25-31", "*/2", "29"};
  constexpr const char* weekdays[] = {"*", "*", "sun", "mon-fri", "0,6"};
  // Places whose clocks change, and instants not far from it.
  const std::pair<const char*, const char*> changes[] = {{"Europe/Berlin", "2026-03-29 01:00:00"},
                                                         {"Europe/Berlin", "2026-10-25 01:00:00"},
                                                         {"America/New_York", "2026-03-08 07:00:00"},
                                                         {"America/New_York", "2026-11-01 06:00:00"},
                                                         {"Australia/Lord_Howe", "2026-04-04 15:00:00"},
                                                         {"Australia/Lord_Howe", "2026-10-03 15:30:00"},
                                                         {"America/Sao_Paulo", "2018-02-18 02:00:00"},
                                                         {"America/Sao_Paulo", "2018-11-04 03:00:00"},
                                                         {"Pacific/Apia", "2011-12-30 10:00:00"},
                                                         {"Asia/Beirut", "2026-10-24 21:00:00"},
                                                         {"UTC", "2028-02-28 12:00:00"}};
  constexpr int minutes_max = 3 * 24 * 60;
  for (int round = 0; round < 100; ++round) {
    const auto& [name, change] = pick(changes);
    const std::string text = fmt::format("{} {} {} * {}", pick(minutes), pick(hours), pick(days), pick(weekdays));
    const Cron one = cron(text);
    const TimeZone zone = TimeZone::named(name).value();
    const std::int64_t after = at(change) + static_cast<std::int64_t>(random() % (48 * 3600)) - 24 * 3600;
    const auto expected = PlainClock(one, zone.zone()).next(sys_seconds(std::chrono::seconds(after)), minutes_max);
    const auto due = next_time(one, zone, after);
    const bool is_far = !due || *due > after + minutes_max * 60 - 60;
    if (!expected) {
      EXPECT_TRUE(is_far) << text << " " << name << " after " << text_of(after) << " " << text_of(due);
    } else {
      EXPECT_EQ(text_of(due), text_of(expected->time_since_epoch().count()))
          << text << " " << name << " after " << text_of(after);
    }
  }
}

}  // namespace
}  // namespace open_cicd::scm
