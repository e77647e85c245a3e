// Concurrency groups: at most `limit` jobs of a group are queued or under way. A slot is also held by a lost attempt
// whose agent may still be running it; only its holder's finish or the reaper frees that
// (docs/reference/agent-protocol.md, "Leases").
#include "jobs/records.h"

namespace open_cicd::jobs {
namespace {

// Two servers must not both see the last free slot. SQLite's writer is alone anyway.
constexpr db::Query lock_query{.name = "groups.lock",
                               .sql = "SELECT $1",
                               .postgres_sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))::text"};

constexpr db::Query occupancy_query{
    .name = "groups.occupancy",
    .sql =
        "SELECT (SELECT count(*) FROM jobs WHERE concurrency_group = $1 AND state IN ('queued', 'assigned', 'running', "
        "'cancelling')) + "
        "(SELECT count(*) FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE a.exclusive = 1 AND a.open = 0 "
        "AND j.concurrency_group = $1 AND j.state NOT IN ('queued', 'assigned', 'running', 'cancelling'))"};

constexpr db::Query next_query{
    .name = "groups.next",
    .sql = "SELECT id FROM jobs WHERE concurrency_group = $1 AND state = 'blocked' ORDER BY seq LIMIT 1"};

constexpr db::Query unblock_query{
    .name = "jobs.unblock",
    .sql = "UPDATE jobs SET state = 'queued', reason = $2, queued_at = $3 WHERE id = $1 AND state = 'blocked'"};

}  // namespace

Task<void> lock_group(db::Transaction& tx, std::string group) {
  co_await tx.run(lock_query, {std::move(group)});
}

Task<int> group_occupancy(db::Transaction& tx, std::string group) {
  const db::Rows rows = co_await tx.run(occupancy_query, {std::move(group)});
  co_return static_cast<int>(rows.integer(0, 0));
}

Task<void> promote_group(db::Transaction& tx, std::string group, std::int64_t now, std::vector<QueuedJob>& queued,
                         std::vector<JobId>& changed) {
  co_await lock_group(tx, group);
  for (;;) {
    const db::Rows rows = co_await tx.run(next_query, {group});
    if (rows.empty()) co_return;
    const std::optional<JobRow> next = co_await lock_job(tx, JobId::parse(rows.text(0, 0)).value());
    if (!next || next->state != JobState::blocked) co_return;
    if (co_await group_occupancy(tx, group) >= next->group_limit) co_return;
    co_await tx.run(unblock_query, {next->id.str(), waiting_for_agent(next->executor, next->runs_on), now});
    queued.push_back(to_queued(*next));
    changed.push_back(next->id);
  }
}

}  // namespace open_cicd::jobs
