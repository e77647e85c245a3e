#include "db/row.h"
#include "runs/release.h"
#include "runs/runs.h"

namespace open_cicd::runs {
namespace {

constexpr db::Query cancelling_query{
    .name = "runs.cancelling",
    .sql = "UPDATE runs SET cancelling_by = $2, reason = $3, version = version + 1 WHERE id = $1"};
constexpr db::Query open_jobs_query{
    .name = "runs.open_jobs",
    .sql =
        "SELECT id, cleans_up FROM jobs WHERE run_id = $1 AND state IN ('blocked', 'queued', 'assigned', 'running', "
        "'cancelling') ORDER BY seq"};

struct OpenJob {
  JobId id;
  bool cleans_up = false;
};
BOOST_DESCRIBE_STRUCT(OpenJob, (), (id, cleans_up))

}  // namespace

Task<Result<std::string>> Runs::cancel(RunId id, std::string by) {
  struct Outcome {
    std::string state;
    jobs::Effects effects;
  };
  auto body = [id, by, now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    std::optional<RunRow> run = co_await lock_run(tx, id);
    if (!run) co_return not_found("run", id.str());
    if (!is_open(*run))
      co_return std::unexpected(
          Error(ErrorKind::conflict, "already_terminal", fmt::format("The run has already ended: {}.", run->state))
              .with_fact("state", boost::json::string(run->state)));
    const bool again = run->cancelling_by.has_value();
    const std::string why = co_await jobs::cancelled_by(tx, by);
    if (!again) {
      co_await tx.run(cancelling_query, {id.str(), by, why});
      run->cancelling_by = by;
    }
    std::vector<JobId> cancelled;
    for (const OpenJob& job : db::read_all<OpenJob>(co_await tx.run(open_jobs_query, {id.str()})))
      if (again || !job.cleans_up || run->awaits_approval) cancelled.push_back(job.id);
    Release release(tx, std::move(*run), now);
    if (!again) release.run_changed();
    co_await release.cancel(std::move(cancelled), why);
    Outcome out{.state = co_await release.roll_up(), .effects = release.take()};
    co_return out;
  };
  Result<Outcome> outcome = co_await jobs_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(std::move(outcome.error()));
  co_await jobs_.tell_all(std::move(outcome->effects));
  co_return std::move(outcome->state);
}

}  // namespace open_cicd::runs
