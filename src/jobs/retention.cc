#include "jobs/retention.h"

#include "db/row.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>

// Ids are passed as one JSON array, so the text of the query does not depend on how many there are.
#define IDS_OF_SQLITE "(SELECT value FROM json_each($1))"
#define IDS_OF_POSTGRES "(SELECT json_array_elements_text($1::json))"

namespace open_cicd::jobs {
namespace {

constexpr db::Query newest_ended_query{
    .name = "retention.newest",
    .sql =
        "SELECT finished_at FROM jobs WHERE finished_at IS NOT NULL ORDER BY finished_at "
        "DESC, id DESC LIMIT 1 OFFSET $1"};
constexpr db::Query look_query{
    .name = "retention.look",
    .sql = "SELECT j.id, j.finished_at, CASE WHEN j.run_id IS NULL AND " NOTHING_NEEDS_JOB
           " THEN 1 ELSE 0 END AS due FROM jobs j WHERE j.finished_at < $1 AND (j.finished_at, j.id) > ($2, $3) "
           "ORDER BY j.finished_at, j.id LIMIT $4"};
constexpr db::Query delete_logs_query{.name = "retention.small_logs",
                                      .sql = "DELETE FROM small_logs WHERE job_id IN " IDS_OF_SQLITE,
                                      .postgres_sql = "DELETE FROM small_logs WHERE job_id IN " IDS_OF_POSTGRES};
constexpr db::Query delete_notes_query{.name = "retention.notes",
                                       .sql = "DELETE FROM attempt_notes WHERE job_id IN " IDS_OF_SQLITE,
                                       .postgres_sql = "DELETE FROM attempt_notes WHERE job_id IN " IDS_OF_POSTGRES};
constexpr db::Query delete_failure_lines_query{
    .name = "retention.failure_lines",
    .sql = "DELETE FROM failure_lines WHERE job_id IN " IDS_OF_SQLITE,
    .postgres_sql = "DELETE FROM failure_lines WHERE job_id IN " IDS_OF_POSTGRES};
constexpr db::Query delete_needs_query{.name = "retention.needs",
                                       .sql = "DELETE FROM job_needs WHERE job_id IN " IDS_OF_SQLITE,
                                       .postgres_sql = "DELETE FROM job_needs WHERE job_id IN " IDS_OF_POSTGRES};
constexpr db::Query delete_attempts_query{.name = "retention.attempts",
                                          .sql = "DELETE FROM attempts WHERE job_id IN " IDS_OF_SQLITE,
                                          .postgres_sql = "DELETE FROM attempts WHERE job_id IN " IDS_OF_POSTGRES};
constexpr db::Query delete_jobs_query{.name = "retention.jobs",
                                      .sql = "DELETE FROM jobs WHERE id IN " IDS_OF_SQLITE,
                                      .postgres_sql = "DELETE FROM jobs WHERE id IN " IDS_OF_POSTGRES};
constexpr db::Query known_query{.name = "retention.known",
                                .sql = "SELECT id FROM jobs WHERE id IN " IDS_OF_SQLITE,
                                .postgres_sql = "SELECT id FROM jobs WHERE id IN " IDS_OF_POSTGRES};

struct Looked {
  JobId id;
  std::int64_t finished_at = 0;
  bool due = false;
};
BOOST_DESCRIBE_STRUCT(Looked, (), (id, finished_at, due))

struct KnownJob {
  JobId id;
};
BOOST_DESCRIBE_STRUCT(KnownJob, (), (id))

std::string list_of(const std::vector<JobId>& jobs) {
  boost::json::array list;
  for (const JobId job : jobs) list.emplace_back(job.str());
  return boost::json::serialize(list);
}

}  // namespace

Task<void> delete_rows(db::Transaction& tx, const std::vector<JobId>& jobs) {
  if (jobs.empty()) co_return;
  const std::string list = list_of(jobs);
  co_await tx.run(delete_logs_query, {list});
  co_await tx.run(delete_notes_query, {list});
  co_await tx.run(delete_failure_lines_query, {list});
  co_await tx.run(delete_needs_query, {list});
  co_await tx.run(delete_attempts_query, {list});
  co_await tx.run(delete_jobs_query, {list});
}

Task<std::int64_t> Retention::cutoff() const {
  if (rule_.age.count() == 0) co_return 0;
  std::int64_t before = clock_.unix_ms() - rule_.age.count();
  if (rule_.jobs > 0) {
    const db::Rows oldest_kept = co_await db_.read(newest_ended_query, {rule_.jobs - 1});
    before = oldest_kept.empty() ? 0 : std::min(before, db::read_column<std::int64_t>(oldest_kept, 0, "finished_at"));
  }
  co_return std::max<std::int64_t>(before, 0);
}

Task<RetentionBatch> Retention::delete_some(std::int64_t cutoff, RetentionMark after) const {
  // What it finds stays so until it is deleted: an end is final, and a lease or key is not made for an ended job.
  auto body = [cutoff, after = std::move(after)](db::Transaction& tx) -> Task<Result<RetentionBatch>> {
    RetentionBatch batch{.deleted = {}, .reached = after, .more = false};
    const db::Rows rows = co_await tx.run(look_query, {cutoff, after.finished_at, after.id, batch_jobs});
    for (const Looked& job : db::read_all<Looked>(rows)) {
      batch.reached = {.finished_at = job.finished_at, .id = job.id.str()};
      if (job.due) batch.deleted.push_back(job.id);
    }
    batch.more = static_cast<std::int64_t>(rows.size()) == batch_jobs;
    co_await delete_rows(tx, batch.deleted);
    co_return batch;
  };
  co_return (co_await db_.write<RetentionBatch>(std::move(body))).value();
}

Task<std::set<JobId>> Retention::known(std::vector<JobId> jobs) const {
  const db::Rows rows = co_await db_.read(known_query, {list_of(jobs)});
  std::set<JobId> found;
  for (const KnownJob& job : db::read_all<KnownJob>(rows)) found.insert(job.id);
  co_return found;
}

}  // namespace open_cicd::jobs
