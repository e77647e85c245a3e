#include "jobs/gates.h"

#include "base/clock.h"
#include "db/row.h"

#include <boost/json/parse.hpp>
#include <boost/json/value_from.hpp>

namespace open_cicd::jobs {
namespace {

constexpr db::Query ahead_query{
    .name = "groups.ahead",
    .sql =
        "SELECT count(*) FROM jobs WHERE concurrency_group = $1 AND state = 'blocked' AND needs_open = 0 AND seq < $2"};
constexpr db::Query occupancy_query{
    .name = "groups.occupancy",
    .sql =
        "SELECT (SELECT count(*) FROM jobs WHERE concurrency_group = $1 AND state IN ('queued', 'assigned', 'running', "
        "'cancelling')) + "
        "(SELECT count(*) FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE a.exclusive = 1 AND a.open = 0 "
        "AND j.concurrency_group = $1 AND j.state NOT IN ('queued', 'assigned', 'running', 'cancelling'))"};
constexpr db::Query holder_query{
    .name = "attempts.exclusive_holder",
    .sql = "SELECT attempt, cause FROM attempts WHERE job_id = $1 AND exclusive = 1 AND open = 0 LIMIT 1"};

struct Holder {
  int attempt = 0;
  std::optional<std::string> cause;
};
BOOST_DESCRIBE_STRUCT(Holder, (), (attempt, cause))

Gate retrying(const JobRow& job, std::int64_t now) {
  boost::json::object facts{{"cause", *job.retrying}, {"attempt", job.attempt}};
  if (job.not_before && *job.not_before > now) {
    facts["pause_ms"] = *job.not_before - now;
    facts["at"] = format_rfc3339(*job.not_before);
  }
  return {.reason = reason("retrying", std::move(facts))};
}

}  // namespace

Task<Gate> ask_gates(db::Transaction& tx, const JobRow& job, std::int64_t now) {
  if (job.concurrency_group && job.state == JobState::blocked) {
    const std::int64_t ahead = (co_await tx.run(ahead_query, {*job.concurrency_group, job.seq})).integer(0, 0);
    const bool full = ahead == 0 && (co_await tx.run(occupancy_query, {*job.concurrency_group})).integer(0, 0) >=
                                        job.concurrency_limit;
    if (ahead > 0 || full)
      co_return Gate{.state = JobState::blocked,
                     .offered = false,
                     .reason = reason("waiting_for_concurrency",
                                      {{"group", shown_group(*job.concurrency_group)}, {"position", ahead + 1}}),
                     .position = ahead + 1};
  }
  if (job.concurrency_group && job.attempt > 0) {
    const db::Rows held = co_await tx.run(holder_query, {job.id.str()});
    if (const auto holder = db::read_first<Holder>(held))
      co_return Gate{.offered = false,
                     .reason = reason("waiting_for_exclusive_release",
                                      {{"cause", holder->cause.value_or("agent_lost")}, {"attempt", holder->attempt}})};
  }
  if (job.retrying) co_return retrying(job, now);
  co_return Gate{.reason = waiting_for_agent(job.executor, boost::json::parse(job.runs_on))};
}

std::string_view shown_group(std::string_view group) {
  const std::size_t scope = group.find('\n');
  return scope == std::string_view::npos ? group : group.substr(scope + 1);
}

bool is_of_runs(std::string_view group) {
  return group.contains('\n');
}

void tell_end_of_pause(Job& job, std::int64_t now) {
  if (job.state != JobState::queued || !job.not_before || *job.not_before > now) return;
  if (job.reason && job.reason->starts_with(R"({"code":"retrying")"))
    job.reason = waiting_for_agent(job.executor, boost::json::value_from(job.runs_on));
}

}  // namespace open_cicd::jobs
