// The table of routes: one file per resource adds its rows. Dispatch, access, OpenAPI and the tests' table all come
// from it.
#pragma once

#include "agents/agents.h"
#include "api/ended_jobs.h"
#include "api/rate_limit.h"
#include "auth/auth.h"
#include "db/db.h"
#include "http/router.h"
#include "jobs/jobs.h"
#include "logs/logs.h"

#include <prometheus/registry.h>

#include <memory>
#include <vector>

namespace open_cicd::api {

// What the handlers use; outlives the router.
struct Services {
  auth::Auth& auth;
  jobs::Jobs& jobs;
  agents::Agents& agents;
  agents::Dispatcher& dispatcher;
  logs::Logs& logs;
  db::Session& db;
  const agents::AgentSettings& agent_settings;
  std::shared_ptr<prometheus::Registry> metrics;
  RateLimit& registrations;
  Milliseconds stream_token_check{15'000};  // how often the token of an open stream is looked at again
  std::unique_ptr<EndedJobs> ended_jobs = std::make_unique<EndedJobs>();
};

std::vector<http::Route> make_routes(Services& services);

using Rows = std::vector<http::Route>;
void add_system_routes(Rows& rows, Services& services);
void add_job_routes(Rows& rows, Services& services);
void add_status_routes(Rows& rows, Services& services);
void add_log_routes(Rows& rows, Services& services);
void add_agent_routes(Rows& rows, Services& services);

// Adds one row; its gate is the access rule's.
void add_route(Rows& rows, Services& services, http::Method method, std::string pattern, auth::Access access,
               std::size_t body_max, Task<http::Response> (*handler)(Services&, http::Request&), http::RouteDocs docs);

// The OpenAPI 3.1 document of these rows, as JSON text.
std::string openapi_document(const Rows& rows);

}  // namespace open_cicd::api
