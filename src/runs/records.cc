#include "runs/records.h"

#include "db/row.h"

namespace open_cicd::runs {
namespace {

constexpr db::Query lock_run_query{.name = "runs.lock",
                                   .sql = "SELECT " RUN_ROW_COLUMNS " FROM runs WHERE id = $1",
                                   .postgres_sql = "SELECT " RUN_ROW_COLUMNS " FROM runs WHERE id = $1 FOR UPDATE"};

}  // namespace

Task<std::optional<RunRow>> lock_run(db::Transaction& tx, RunId id) {
  co_return db::read_first<RunRow>(co_await tx.run(lock_run_query, {id.str()}));
}

}  // namespace open_cicd::runs
