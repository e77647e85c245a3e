// Schedules that pipeline files of default branches register. A due one becomes a delivery in the transaction that
// moves it to its next time, so that it is neither lost nor doubled; several that were missed make one.
#pragma once

#include "base/asio.h"
#include "base/clock.h"
#include "db/db.h"
#include "repositories/deliveries.h"
#include "repositories/planning.h"
#include "repositories/repository.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace open_cicd::repositories {

struct ScheduleRow {
  RepositoryId repository_id;
  std::string pipeline;
  std::int64_t place = 0;  // in its file
  std::string cron, timezone, branch;
  std::int64_t next_at = 0;
  std::optional<std::int64_t> last_at;
};
BOOST_DESCRIBE_STRUCT(ScheduleRow, (), (repository_id, pipeline, place, cron, timezone, branch, next_at, last_at))

class Schedules {
 public:
  Schedules(db::Session& db, const Clock& clock, Deliveries& deliveries)
      : db_(db), clock_(clock), deliveries_(deliveries) {}

  // All of the repository's; one that stays as it was keeps its next time.
  Task<void> replace(const Repository& repository, std::vector<ScheduledPipeline> pipelines);
  Task<std::vector<ScheduleRow>> of(RepositoryId repository);
  Task<void> tick();  // makes deliveries of those that are due

 private:
  Task<void> fire(ScheduleRow due);

  db::Session& db_;
  const Clock& clock_;
  Deliveries& deliveries_;
};

}  // namespace open_cicd::repositories
