// Health, metrics and the description of the API itself.
#include "api/routes.h"
#include "api/shapes.h"

#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

namespace open_cicd::api {
namespace {

using auth::AccessRule;
using auth::Permission;

struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

Task<Result<HealthView>> healthz(Services&, Caller, Nothing) {
  co_return HealthView{"ok"};
}

using ReadyAnswer = std::variant<ReadyView, NotReady<ReadyView>>;

Task<Result<ReadyAnswer>> readyz(Services& s, Caller caller, Nothing) {
  if (caller.shutting_down()) co_return NotReady<ReadyView>{{"shutting down", "ok"}};
  bool database = false;
  try {
    co_await s.jobs.counts();  // a read tells at once that it is gone, a write every second that it is full
    database = co_await s.jobs.writable();
  } catch (const db::DatabaseError&) {
    database = false;
  }
  if (!database) co_return NotReady<ReadyView>{{"the database takes no writes", "unavailable"}};
  if (!s.jobs.queue_loaded()) co_return NotReady<ReadyView>{{"the queue is being loaded", "ok"}};
  co_return ReadyView{"ready", "ok"};
}

prometheus::Gauge& gauge(Services& s, const std::string& name, const std::string& help,
                         const prometheus::Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*s.metrics).Add(labels);
}

// What is counted when it is asked for; everything else is counted as it happens.
Task<void> refresh_gauges(Services& s) {
  for (const auto& [state, count] : co_await s.jobs.counts()) {
    gauge(s, "open_cicd_jobs", "Jobs that have not ended, by state", {{"state", state}})
        .Set(static_cast<double>(count));
    const char* reason = state == "queued"    ? "waiting_for_agent"
                         : state == "blocked" ? "waiting_for_concurrency"
                                              : nullptr;
    if (reason != nullptr)
      gauge(s, "open_cicd_queue_depth", "Jobs that wait, by reason", {{"reason", reason}})
          .Set(static_cast<double>(count));
  }
  for (const auto& [state, count] : co_await s.agents.counts())
    gauge(s, "open_cicd_agents", "Registered agents, by state", {{"state", state}}).Set(static_cast<double>(count));
  gauge(s, "open_cicd_polls_waiting", "Agents whose poll is held", {})
      .Set(static_cast<double>(s.dispatcher.waiting_agents()));
}

struct MetricsText {
  static constexpr std::string_view media_type = "text/plain; version=0.0.4; charset=utf-8";
  static void add(bj::object& operation) {
    add_answer(operation, 200, "the metrics", "text/plain", {{"type", "string"}});
  }
};

Task<Result<Raw<MetricsText>>> metrics(Services& s, Caller, Nothing) {
  co_await refresh_gauges(s);
  co_return Raw<MetricsText>{
      {.content_type = MetricsText::media_type, .body = prometheus::TextSerializer().Serialize(s.metrics->Collect())}};
}

struct Document {
  static void add(bj::object& operation) {
    add_answer(operation, 200, "the document", "application/json", {{"type", "object"}});
  }
};

// The document is made when it is first asked for: most servers are never asked.
Task<Result<Raw<Document>>> openapi(Services& s, Caller, Nothing) {
  static const std::string document = [&s] { return openapi_document(make_rows(s)); }();
  co_return Raw<Document>{http::Response::json(200, document)};
}

}  // namespace

void add_system_routes(RouteRows& rows, Services& s) {
  using http::Method;
  add_route(rows, s, Method::get, "/healthz", AccessRule::open(), healthz,
            {.id = "healthz", .summary = "Is the process alive", .tag = "system"});
  add_route(rows, s, Method::get, "/readyz", AccessRule::open(), readyz,
            {.id = "readyz", .summary = "Can it serve", .tag = "system"});
  add_route(rows, s, Method::get, "/metrics", Permission::server_read, metrics,
            {.id = "metrics", .summary = "Metrics in Prometheus' text format", .tag = "system"});
  add_route(rows, s, Method::get, "/api/v1/openapi.json", Permission::server_read, openapi,
            {.id = "openapi", .summary = "This document", .tag = "system"});
}

}  // namespace open_cicd::api
