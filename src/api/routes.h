// The table of routes: one file per resource adds its rows. Dispatch, access, reading, field errors, the OpenAPI
// document and the tests' tables all come from it.
#pragma once

#include "agents/agents.h"
#include "analysis/analysis.h"
#include "api/ended_jobs.h"
#include "api/input.h"
#include "api/openapi.h"
#include "api/rate_limit.h"
#include "api/reply.h"
#include "auth/auth.h"
#include "base/offload.h"
#include "db/db.h"
#include "events/feed.h"
#include "http/router.h"
#include "http/socket_ends.h"
#include "jobs/jobs.h"
#include "jobs/retention.h"
#include "logs/logs.h"
#include "protocol/messages.h"
#include "queue/queue.h"
#include "repositories/grants.h"
#include "repositories/intake.h"
#include "repositories/notifier.h"
#include "runs/runs.h"
#include "secrets/vault.h"

#include <prometheus/registry.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace open_cicd::api {

// What the handlers use; outlives the router.
struct Services {
  auth::Auth& auth;
  jobs::Jobs& jobs;
  runs::Runs& runs;
  agents::Agents& agents;
  agents::Dispatcher& dispatcher;
  logs::Logs& logs;
  events::Feed& feed;
  queue::Queue& queue;
  analysis::Analysis& analysis;
  secrets::Vault& secrets;
  repositories::Repositories& repositories;
  repositories::Deliveries& deliveries;
  repositories::Schedules& schedules;
  repositories::Intake& intake;
  repositories::Grants& grants;
  repositories::Notifier& notifier;
  db::Session& db;
  const agents::AgentSettings& agent_settings;
  std::shared_ptr<prometheus::Registry> metrics;
  RateLimit& registrations;
  RateLimit& sign_in_failures;
  WorkerPool& pool;                         // for what takes more than a millisecond
  Milliseconds stream_token_check{15'000};  // how often the token of an open stream is looked at again
  const jobs::Retention* retention = nullptr;
  std::filesystem::path data = {};  // the folder that holds the logs
  std::unique_ptr<EndedJobs> ended_jobs = std::make_unique<EndedJobs>();
};

// Who asks, and by which connection. Lives until the handler returns.
class Caller {
 public:
  explicit Caller(http::Request& request) : request_(&request) {}
  const auth::Principal& who() const { return auth::principal_of(*request_); }  // not of an open route
  std::shared_ptr<const auth::Principal> who_for_long() const {                 // after the handler has returned
    return std::static_pointer_cast<const auth::Principal>(request_->identity);
  }
  bool may(auth::Permission permission) const { return who().may(permission); }
  std::string bearer() const { return auth::bearer_of(*request_); }
  const http::Request& request() const { return *request_; }
  const std::string& address() const { return request_->peer_address; }
  void on_gone(std::function<void()> then) const { request_->on_peer_closed(std::move(then)); }
  bool shutting_down() const { return request_->shutting_down(); }
  // The connection is an agent's own, as it says and as this side sees it.
  bool is_direct() const { return http::is_direct(*request_, protocol::socket_header); }

 private:
  http::Request* request_;
};

struct RouteRow {
  http::Route route;
  auth::AccessRule rule;
  Operation operation;
};
using RouteRows = std::vector<RouteRow>;

// What a handler is: it gets its request as the struct, and answers its reply's type or an Error.
template <class Request, class Reply>
using TypedHandler = Task<Result<Reply>> (*)(Services&, Caller, Request);
// Answers what is in memory already, without a coroutine of its own; nothing leaves it to the handler.
template <class Request, class Reply>
using AtOnce = std::optional<Result<Reply>> (*)(Services&, const Caller&, const Request&);

http::Response answer(const Error& error, const http::Request& request);

template <class Request, class Reply>
Task<http::Response> run_handler(Services& services, TypedHandler<Request, Reply> handler,
                                 AtOnce<Request, Reply> at_once, http::Request& request) {
  Request input;
  if (Result<void> read = read_request(request, input); !read) co_return answer(read.error(), request);
  if (at_once != nullptr)
    if (std::optional<Result<Reply>> known = at_once(services, Caller(request), input))
      co_return *known ? to_response(std::move(**known)) : answer(known->error(), request);
  Result<Reply> reply = co_await handler(services, Caller(request), std::move(input));
  co_return reply ? to_response(std::move(*reply)) : answer(reply.error(), request);
}

// Adds one row. Request and Reply are the handler's; `about` is what the types cannot say: a name, a sentence, the
// codes of the handler's refusals (problems.h), and the most bytes of a body.
template <class Request, class Reply>
void add_route(RouteRows& rows, Services& services, http::Method method, std::string_view path, auth::AccessRule rule,
               TypedHandler<Request, Reply> handler, About about,
               std::type_identity_t<AtOnce<Request, Reply>> at_once = nullptr) {
  rows.push_back(
      {.route = {.method = method,
                 .pattern = std::string(path),
                 .gate = services.auth.gate(rule),
                 .body_max = about.body_max,
                 .handler = [&services, handler, at_once](
                                http::Request& request) { return run_handler(services, handler, at_once, request); }},
       .rule = rule,
       .operation = {.about = std::move(about), .describe = describe_operation<Request, Reply>}});
}

RouteRows make_rows(Services& services);
std::vector<http::Route> make_routes(Services& services);

void add_system_routes(RouteRows& rows, Services& services);
void add_secret_routes(RouteRows& rows, Services& services);
void add_registry_routes(RouteRows& rows, Services& services);
void add_repository_routes(RouteRows& rows, Services& services);
void add_webhook_routes(RouteRows& rows, Services& services);
void add_notification_routes(RouteRows& rows, Services& services);
void add_git_routes(RouteRows& rows, Services& services);
void add_storage_routes(RouteRows& rows, Services& services);
void add_pipeline_routes(RouteRows& rows, Services& services);
void add_run_routes(RouteRows& rows, Services& services);
void add_job_routes(RouteRows& rows, Services& services);
void add_queue_routes(RouteRows& rows, Services& services);
void add_event_routes(RouteRows& rows, Services& services);
void add_status_routes(RouteRows& rows, Services& services);
void add_log_routes(RouteRows& rows, Services& services);
void add_log_line_routes(RouteRows& rows, Services& services);
void add_agent_routes(RouteRows& rows, Services& services);
void add_analysis_routes(RouteRows& rows, Services& services);
void add_session_routes(RouteRows& rows, Services& services);

// The OpenAPI 3.1 document of these rows, as JSON text.
std::string openapi_document(const RouteRows& rows);

}  // namespace open_cicd::api
