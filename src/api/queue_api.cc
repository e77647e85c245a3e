// What waits.
#include "api/routes.h"
#include "api/shapes.h"

namespace open_cicd::api {
namespace {

struct ListQueue {
  Query<Whole<1, 200>, 50> limit;
  Query<std::optional<std::string_view>> cursor;
  static constexpr std::array notes{Note{"cursor", "next_cursor of the page before"}};
};
BOOST_DESCRIBE_STRUCT(ListQueue, (), (limit, cursor))

Task<Result<QueueView>> list_queue(Services& s, Caller, ListQueue request) {
  std::optional<queue::Cursor> after;
  if (*request.cursor) {
    after = queue::parse_cursor(**request.cursor);
    if (!after) co_return invalid_fields({{"cursor", "is no next_cursor of this list"}});
  }
  co_return view_of(co_await s.queue.list(static_cast<int>(*request.limit), after));
}

}  // namespace

void add_queue_routes(RouteRows& rows, Services& s) {
  add_route(
      rows, s, http::Method::get, "/api/v1/queue", auth::Permission::job_list, list_queue,
      {.id = "listQueue",
       .summary = "List what waits: first what is offered to agents, in that order, then what waits for something else",
       .tag = "jobs"});
}

}  // namespace open_cicd::api
