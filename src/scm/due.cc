#include "scm/due.h"

#include "scm/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <date/tz.h>
#include <stdexcept>

namespace open_cicd::scm {
namespace {

using date::local_days;
using date::local_seconds;
using date::sys_seconds;

// The instants at which the clock shows a time of the schedule, or passes it by: none, one or two.
class Instants {
 public:
  Instants(const date::time_zone& zone, bool names_hours) : zone_(zone), names_hours_(names_hours) {}

  // The first of them behind `after`.
  std::optional<sys_seconds> first_after(sys_seconds after, local_seconds shown) const {
    const date::local_info info = zone_.get_info(shown);
    const auto instant = [&](const date::sys_info& side) {
      return sys_seconds(shown.time_since_epoch() - side.offset);
    };
    if (info.result == date::local_info::unique) return behind(after, instant(info.first));
    if (info.result == date::local_info::nonexistent)
      return names_hours_ ? behind(after, info.first.end) : std::nullopt;
    const auto first = behind(after, instant(info.first));
    return first || names_hours_ ? first : behind(after, instant(info.second));
  }

 private:
  static std::optional<sys_seconds> behind(sys_seconds after, sys_seconds instant) {
    return instant > after ? std::optional(instant) : std::nullopt;
  }

  const date::time_zone& zone_;
  bool names_hours_;
};

bool is_due_on(const workflows::Cron& cron, local_days day) {
  const date::year_month_day date(day);
  return cron.has_day(unsigned(date.month()), unsigned(date.day()), date::weekday(day).c_encoding());
}

// All times of the day are looked at: where the clock is set back, a later one may come first.
std::optional<sys_seconds> first_on(const workflows::Cron& cron, const Instants& instants, local_days day,
                                    sys_seconds after) {
  std::optional<sys_seconds> first;
  for (unsigned hour = 0; hour < 24; ++hour)
    for (unsigned minute = 0; minute < 60; ++minute) {
      if (!cron.has_time(hour, minute)) continue;
      const auto instant = instants.first_after(after, day + std::chrono::hours(hour) + std::chrono::minutes(minute));
      if (instant && (!first || *instant < *first)) first = instant;
    }
  return first;
}

}  // namespace

Result<TimeZone> TimeZone::named(std::string_view name) {
  try {
    return TimeZone(*date::locate_zone(name));
  } catch (const std::runtime_error& error) {
    return std::unexpected(Error(ErrorKind::invalid, "unknown_time_zone",
                                 fmt::format("There is no time zone \"{:.100}\" in this server's tz database.", name))
                               .with_detail(error.what()));
  }
}

std::optional<std::int64_t> next_time(const workflows::Cron& cron, const TimeZone& zone, std::int64_t after_s) {
  if (after_s < 0 || after_s > limits::due_after_s_max) return std::nullopt;
  const sys_seconds after{std::chrono::seconds(after_s)};
  const sys_seconds horizon = after + date::days(limits::due_days_max);
  const Instants instants(zone.zone(), !cron.every_hour);
  // Where a clock is set back over midnight, the day before comes again.
  const local_days today = date::floor<date::days>(zone.zone().to_local(after));
  std::optional<sys_seconds> first;
  std::optional<local_days> found_on;
  for (local_days day = today - date::days(1); day <= today + date::days(limits::due_days_max + 1);
       day += date::days(1)) {
    // The day behind it may come first for the same reason.
    if (found_on && day > *found_on + date::days(1)) break;
    if (!is_due_on(cron, day)) continue;
    const auto instant = first_on(cron, instants, day, after);
    if (!instant || (first && *instant >= *first)) continue;
    if (!found_on) found_on = day;
    first = instant;
  }
  if (!first || *first > horizon) return std::nullopt;
  return first->time_since_epoch().count();
}

}  // namespace open_cicd::scm
