#include "repositories/schedules.h"

#include "base/log.h"
#include "db/row.h"
#include "repositories/limits.h"
#include "scm/due.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::repositories {
namespace {

#define SCHEDULE_COLUMNS "repository_id, pipeline, place, cron, timezone, branch, next_at, last_at"

constexpr std::int64_t never = std::int64_t{1} << 60;

constexpr db::Query of_query{
    .name = "schedules.of",
    .sql = "SELECT " SCHEDULE_COLUMNS " FROM schedules WHERE repository_id = $1 ORDER BY pipeline, place"};
constexpr db::Query clear_query{.name = "schedules.clear", .sql = "DELETE FROM schedules WHERE repository_id = $1"};
constexpr db::Query insert_schedule_query{
    .name = "schedules.insert",
    .sql = "INSERT INTO schedules (" SCHEDULE_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr db::Query due_schedules_query{
    .name = "schedules.due",
    .sql = "SELECT " SCHEDULE_COLUMNS " FROM schedules WHERE next_at <= $1 ORDER BY next_at LIMIT 100"};
// First in every transaction that writes schedules, so that none undoes another.
constexpr db::Query lock_repository_query{.name = "schedules.lock",
                                          .sql = "SELECT id FROM repositories WHERE id = $1",
                                          .postgres_sql = "SELECT id FROM repositories WHERE id = $1 FOR UPDATE"};
constexpr db::Query repository_query{
    .name = "schedules.repository",
    .sql = "SELECT full_name, default_branch, forge_id FROM repositories WHERE id = $1 AND active = 1"};
constexpr db::Query move_query{
    .name = "schedules.move",
    .sql =
        "UPDATE schedules SET next_at = $5, last_at = $6 WHERE repository_id = $1 AND pipeline = $2 AND place = $3 AND "
        "next_at = $4"};

struct OfRepository {
  std::string full_name, default_branch;
  std::optional<std::int64_t> forge_id;
};
BOOST_DESCRIBE_STRUCT(OfRepository, (), (full_name, default_branch, forge_id))

// In milliseconds. The seed of "H" is what the schedule belongs to, so that not all start at once.
std::int64_t next_of(const std::string& cron, const std::string& timezone, const std::string& seed,
                     std::int64_t after) {
  const auto parsed = workflows::parse_cron(cron, seed);
  const auto zone = scm::TimeZone::named(timezone);
  if (!parsed || !zone) return never;  // the file was checked; a zone may be gone since
  const auto next = scm::next_time(*parsed, *zone, after / 1000);
  return next ? *next * 1000 : never;
}

std::string seed_of(std::string_view repository, std::string_view pipeline) {
  return fmt::format("{}/{}", repository, pipeline);
}

}  // namespace

Task<std::vector<ScheduleRow>> Schedules::of(RepositoryId repository) {
  co_return db::read_all<ScheduleRow>(co_await db_.read(of_query, {repository.str()}));
}

Task<void> Schedules::replace(const Repository& repository, std::vector<ScheduledPipeline> pipelines) {
  std::vector<ScheduleRow> wanted;
  const std::int64_t now = clock_.unix_ms();
  for (const ScheduledPipeline& pipeline : pipelines)
    for (const workflows::Schedule& schedule : pipeline.schedules) {
      if (wanted.size() == limits::schedules_max) break;
      wanted.push_back({.repository_id = repository.id,
                        .pipeline = pipeline.pipeline,
                        .place = &schedule - pipeline.schedules.data(),
                        .cron = schedule.cron,
                        .timezone = schedule.timezone,
                        .branch = schedule.branch});
      wanted.back().next_at =
          next_of(schedule.cron, schedule.timezone, seed_of(repository.full_name, pipeline.pipeline), now);
    }
  auto body = [id = repository.id, wanted = std::move(wanted)](db::Transaction& tx) -> Task<void> {
    if ((co_await tx.run(lock_repository_query, {id.str()})).empty()) co_return;  // it was removed meanwhile
    const auto before = db::read_all<ScheduleRow>(co_await tx.run(of_query, {id.str()}));
    if (before.empty() && wanted.empty()) co_return;
    co_await tx.run(clear_query, {id.str()});
    for (ScheduleRow row : wanted) {
      for (const ScheduleRow& old : before) {
        if (old.pipeline != row.pipeline || old.cron != row.cron || old.timezone != row.timezone ||
            old.branch != row.branch)
          continue;
        row.next_at = old.next_at;
        row.last_at = old.last_at;
      }
      co_await tx.run(insert_schedule_query, {row.repository_id.str(), row.pipeline, row.place, row.cron, row.timezone,
                                              row.branch, row.next_at, db::or_null(row.last_at)});
    }
  };
  co_await db_.transact(std::move(body));
}

Task<void> Schedules::tick() {
  const auto due = db::read_all<ScheduleRow>(co_await db_.read(due_schedules_query, {clock_.unix_ms()}));
  for (const ScheduleRow& row : due) co_await fire(row);
}

// The commit that the branch has is found when the delivery is worked on.
Task<void> Schedules::fire(ScheduleRow due) {
  auto body = [this, due, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<bool>> {
    co_await tx.run(lock_repository_query, {due.repository_id.str()});
    const auto repository = db::read_first<OfRepository>(co_await tx.run(repository_query, {due.repository_id.str()}));
    const std::string seed = seed_of(repository ? repository->full_name : "", due.pipeline);
    const std::int64_t next = next_of(due.cron, due.timezone, seed, now);
    const db::Rows moved =
        co_await tx.run(move_query, {due.repository_id.str(), due.pipeline, due.place, due.next_at, next, now});
    if (moved.affected() == 0 || !repository) co_return false;
    const std::string branch = due.branch.empty() ? repository->default_branch : due.branch;
    scm::Happening happening{.kind = scm::Kind::push,
                             .why = due.pipeline,
                             .ref = "refs/heads/" + branch,
                             .repository = scm::Repository{.id = repository->forge_id.value_or(0),
                                                           .full_name = repository->full_name,
                                                           .default_branch = repository->default_branch},
                             .event_key = fmt::format("schedule {} {} {}", due.pipeline, due.place, due.next_at)};
    auto received = co_await deliveries_.receive_in(tx,
                                                    {.repository = due.repository_id,
                                                     .source = "schedule",
                                                     .forge_delivery = std::nullopt,
                                                     .digest = happening.event_key,
                                                     .happening = std::move(happening),
                                                     .headers = "{}",
                                                     .body = {}},
                                                    now);
    if (!received) co_return std::unexpected(std::move(received.error()));  // its time stays, and is due again
    co_return true;
  };
  const Result<bool> made = co_await db_.write<bool>(std::move(body));
  if (made && *made) deliveries_.tell_work();
}

}  // namespace open_cicd::repositories
