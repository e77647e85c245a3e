#include "runs/room.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>

namespace open_cicd::runs {
namespace {

constexpr std::chrono::seconds try_again{5};
constexpr db::Query open_count_query{.name = "runs.open_count",
                                     .sql =
                                         "SELECT count(*) FROM runs WHERE scope = $1 AND state IN ('pending', "
                                         "'queued')"};

std::unexpected<Error> too_many(std::string_view code, std::string message) {
  return std::unexpected(Error(ErrorKind::too_many, code, std::move(message)).with_retry_after(try_again));
}

}  // namespace

Task<Result<void>> check_room(db::Transaction& tx, Room room, std::string scope) {
  if (room.queue_is_full) co_return too_many("queue_full", "The queue is full. Send the run again later.");
  if ((co_await tx.run(open_count_query, {std::move(scope)})).integer(0, 0) >= room.open_max)
    co_return too_many("too_many_runs",
                       fmt::format("There are {} runs that have not ended, and no more are taken.", room.open_max));
  co_return Result<void>();
}

}  // namespace open_cicd::runs
