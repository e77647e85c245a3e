// When a schedule is due, as its file says it: five fields of cron(5), or one of the words that stand for them. Pure;
// the clock and its time zone are asked elsewhere.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace open_cicd::workflows {

// Each field as a set of its numbers: bit n of a set says that n is in it.
struct Cron {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0, days = 0, months = 0, weekdays = 0;  // of weekdays, 0 is Sunday
  bool every_hour = false;                                      // the hour began with "*"
  // Where both days and weekdays are named, without "*" in front, one of them is enough, as in cron(5).
  bool either_day = false;

  bool has_day(unsigned month, unsigned day, unsigned weekday) const;
  bool has_time(unsigned hour, unsigned minute) const {
    return (hours >> hour & 1) != 0 && (minutes >> minute & 1) != 0;
  }
  bool operator==(const Cron&) const = default;
};

// Numbers, names, "*", lists, ranges and steps; "5/20" goes on to the field's end. "H" is a number of the field that a
// hash of `seed` chooses, "H(0-29)" one of these, and "H/15" each 15th from there: so that not all start at midnight.
// The error is what is wrong with the text.
std::expected<Cron, std::string> parse_cron(std::string_view text, std::string_view seed);
std::string wrong_cron(std::string_view text);  // nothing when it is fine

}  // namespace open_cicd::workflows
