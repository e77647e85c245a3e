#include "api/routes.h"

namespace open_cicd::api {

http::Response answer(const Error& error, const http::Request& request) {
  http::Response response = http::problem(error, request.request_id);
  // RFC 9110: who asked for a range that is not there is told how long the whole is.
  if (error.code() == "range_not_satisfiable")
    if (const auto* size = error.facts().if_contains("size"))
      response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size->to_number<std::int64_t>()));
  return response;
}

RouteRows make_rows(Services& services) {
  RouteRows rows;
  add_pipeline_routes(rows, services);
  add_run_routes(rows, services);
  add_job_routes(rows, services);
  add_status_routes(rows, services);
  add_log_routes(rows, services);
  add_log_line_routes(rows, services);
  add_agent_routes(rows, services);
  add_queue_routes(rows, services);
  add_event_routes(rows, services);
  add_repository_routes(rows, services);
  add_webhook_routes(rows, services);
  add_notification_routes(rows, services);
  add_git_routes(rows, services);
  add_secret_routes(rows, services);
  add_registry_routes(rows, services);
  add_storage_routes(rows, services);
  add_analysis_routes(rows, services);
  add_session_routes(rows, services);
  add_system_routes(rows, services);
  return rows;
}

std::vector<http::Route> make_routes(Services& services) {
  RouteRows rows = make_rows(services);
  std::vector<http::Route> routes;
  routes.reserve(rows.size());
  for (RouteRow& row : rows) {
    // A repository may be called by its full name, "group%2fapp".
    row.route.slash_in_captures = row.route.pattern.starts_with("/api/v1/repositories/");
    routes.push_back(std::move(row.route));
  }
  return routes;
}

}  // namespace open_cicd::api
