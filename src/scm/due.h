// When a schedule is due next, by the clock on a wall of its time zone.
#pragma once

#include "base/error.h"
#include "workflows/cron.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace date {
class time_zone;
}

namespace open_cicd::scm {

// A zone of the tz database, which the package tzdata brings and every process reads once. A value; thread-safe.
class TimeZone {
 public:
  // "Europe/Berlin". Error: ErrorKind::invalid, code "unknown_time_zone".
  static Result<TimeZone> named(std::string_view name);

  const date::time_zone& zone() const { return *zone_; }

 private:
  explicit TimeZone(const date::time_zone& zone) : zone_(&zone) {}
  const date::time_zone* zone_;
};

// The first time after `after_s`, both in Unix seconds; nothing when there is none within limits::due_days_max.
//
// Where clocks change, a schedule that names its hours means each time of the clock once: one that is left out is due
// when the clock has gone on (several of them together, once), and of one that comes twice the first counts. A schedule
// with "*" for the hour is due whenever its minute is shown.
//
// The tz database tells of changes until 2037; after that, clocks stay as they are then.
std::optional<std::int64_t> next_time(const workflows::Cron&, const TimeZone&, std::int64_t after_s);

}  // namespace open_cicd::scm
