// Concurrency groups of runs: at most `limit` runs of a group are open and not pending. Groups of runs are apart from
// those of jobs.
#include "base/cancellation.h"
#include "base/log.h"
#include "db/row.h"
#include "runs/release.h"
#include "runs/runs.h"

#include <algorithm>

namespace open_cicd::runs {
namespace {

constexpr db::Query members_query{
    .name = "run_groups.members",
    .sql =
        "SELECT id, state, concurrency_limit, on_conflict, superseded_by FROM runs WHERE concurrency_group = $1 AND "
        "state IN ('pending', 'queued') AND awaits_approval = 0 ORDER BY seq"};
constexpr db::Query supersede_query{
    .name = "runs.supersede",
    .sql = "UPDATE runs SET superseded_by = $2, cancelling_by = $2, reason = $3, version = version + 1 WHERE id = $1"};
constexpr db::Query jobs_of_query{
    .name = "runs.jobs_to_supersede",
    .sql =
        "SELECT id FROM jobs WHERE run_id = $1 AND state IN ('blocked', 'queued', 'assigned', 'running', 'cancelling') "
        "ORDER BY seq"};

struct Member {
  RunId id;
  std::string state;
  int concurrency_limit = 1;
  std::string on_conflict;
  std::optional<std::string> superseded_by;
};
BOOST_DESCRIBE_STRUCT(Member, (), (id, state, concurrency_limit, on_conflict, superseded_by))

bool is_pending(const Member& member) {
  return member.state == "pending";
}

// The newest run that replaces others, and the oldest that it has not replaced yet.
std::optional<std::pair<RunId, RunId>> next_conflict(const std::vector<Member>& members) {
  const auto newest = std::ranges::find_if(members.rbegin(), members.rend(), [](const Member& member) {
    return is_pending(member) && member.on_conflict != "queue";
  });
  if (newest == members.rend()) return std::nullopt;
  const auto older = std::ranges::find_if(members.begin(), newest.base() - 1, [&](const Member& member) {
    return !member.superseded_by && (is_pending(member) || newest->on_conflict == "cancel_running");
  });
  if (older == newest.base() - 1) return std::nullopt;
  return std::pair(newest->id, older->id);
}

std::optional<RunId> next_in_turn(const std::vector<Member>& members) {
  const auto next = std::ranges::find_if(members, is_pending);
  if (next == members.end()) return std::nullopt;
  const auto under_way = std::ranges::count_if(members, [](const Member& member) { return !is_pending(member); });
  return under_way < next->concurrency_limit ? std::optional(next->id) : std::nullopt;
}

// Counts as the second cancel: clean-up jobs end, too.
Task<jobs::Effects> supersede(db::Transaction& tx, RunId by, RunId id, std::string group, std::int64_t now) {
  std::optional<RunRow> run = co_await lock_run(tx, id);
  if (!run || !is_open(*run)) co_return jobs::Effects{};  // it has ended since its group was read
  const std::string why = jobs::reason("superseded", {{"by", by.str()}, {"group", jobs::shown_group(group)}});
  co_await tx.run(supersede_query, {id.str(), by.str(), why});
  run->cancelling_by = by.str();
  std::vector<JobId> all;
  const db::Rows rows = co_await tx.run(jobs_of_query, {id.str()});
  for (std::size_t i = 0; i < rows.size(); ++i) all.push_back(JobId::parse(rows.text(i, 0)).value());
  Release release(tx, std::move(*run), now);
  release.run_changed();
  co_await release.cancel(std::move(all), why);
  co_await release.roll_up();
  co_return release.take();
}

Task<jobs::Effects> admit(db::Transaction& tx, RunId id, std::int64_t now) {
  std::optional<RunRow> run = co_await lock_run(tx, id);
  if (!run || run->state != "pending" || run->awaits_approval) co_return jobs::Effects{};  // since its group was read
  co_return co_await open_run(tx, std::move(*run), now);
}

}  // namespace

// One run for each transaction, so that none locks two.
Task<bool> Runs::promote_one(std::string group) {
  struct Outcome {
    bool done = false;
    jobs::Effects effects;
  };
  auto body = [group, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    Outcome out;
    co_await jobs::lock_group(tx, "run" + group);
    const std::vector<Member> members = db::read_all<Member>(co_await tx.run(members_query, {group}));
    if (const auto conflict = next_conflict(members)) {
      out.effects = co_await supersede(tx, conflict->first, conflict->second, group, now);
      out.done = true;
    } else if (const auto next = next_in_turn(members)) {
      out.effects = co_await admit(tx, *next, now);
      out.done = true;
    }
    co_return out;
  };
  Result<Outcome> outcome = co_await jobs_.write<Outcome>(std::move(body));
  if (!outcome) co_return false;
  outcome->effects.run_groups.clear();  // this is what follows
  co_await jobs_.tell_all(std::move(outcome->effects));
  co_return outcome->done;
}

Task<void> Runs::promote(std::vector<std::string> groups) {
  for (const std::string& group : groups) {
    try {
      while (co_await promote_one(group)) continue;
    } catch (const std::exception& e) {  // what it follows is committed; the next sweep promotes
      if (is_cancellation(e)) throw;
      log_warn("a concurrency group's next run waits for the next sweep", {{"group", group}, {"error", e.what()}});
    }
  }
}

}  // namespace open_cicd::runs
