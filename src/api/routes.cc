#include "api/routes.h"

namespace open_cicd::api {

void add_route(Rows& rows, Services& services, http::Method method, std::string pattern, auth::Access access,
               std::size_t body_max, Task<http::Response> (*handler)(Services&, http::Request&), http::RouteDocs docs) {
  rows.push_back({.method = method,
                  .pattern = std::move(pattern),
                  .access = std::string(name_of(access)),
                  .gate = services.auth.gate(access),
                  .body_max = body_max,
                  .handler = [&services, handler](http::Request& request) { return handler(services, request); },
                  .docs = std::move(docs)});
}

Rows make_routes(Services& services) {
  Rows rows;
  add_job_routes(rows, services);
  add_status_routes(rows, services);
  add_log_routes(rows, services);
  add_agent_routes(rows, services);
  add_system_routes(rows, services);
  return rows;
}

}  // namespace open_cicd::api
