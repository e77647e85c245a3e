#include "runs/records.h"

#include "db/row.h"

namespace open_cicd::runs {
namespace {

constexpr db::Query lock_run_query{.name = "runs.lock",
                                   .sql = "SELECT " RUN_ROW_COLUMNS " FROM runs WHERE id = $1",
                                   .postgres_sql = "SELECT " RUN_ROW_COLUMNS " FROM runs WHERE id = $1 FOR UPDATE"};

constexpr db::Query mark_report_query{.name = "run_reports.mark",
                                      .sql =
                                          "INSERT INTO run_reports (run_id, rev) VALUES ($1, 1) ON CONFLICT (run_id) "
                                          "DO UPDATE SET rev = run_reports.rev + 1, not_before = 0"};

}  // namespace

Task<void> mark_report(db::Transaction& tx, const RunRow& run) {
  if (run.repository_id) co_await tx.run(mark_report_query, {run.id.str()});
}

Task<std::optional<RunRow>> lock_run(db::Transaction& tx, RunId id) {
  co_return db::read_first<RunRow>(co_await tx.run(lock_run_query, {id.str()}));
}

}  // namespace open_cicd::runs
