// Health, metrics and the description of the API itself.
#include "api/request.h"
#include "api/routes.h"
#include "api/shapes.h"

#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

namespace open_cicd::api {
namespace {

using auth::Access;

Task<http::Response> healthz(Services&, http::Request&) {
  static const std::string body = json::write_text(HealthView{"ok"});
  co_return http::Response::json(200, body);
}

Task<http::Response> readyz(Services& s, http::Request& request) {
  if (request.shutting_down()) co_return answer_json(503, ReadyView{"shutting down", "ok"});
  bool database = false;
  try {
    co_await s.jobs.counts();  // a read tells at once that it is gone, a write every second that it is full
    database = co_await s.jobs.writable();
  } catch (const db::DatabaseError&) {
    database = false;
  }
  if (!database) co_return answer_json(503, ReadyView{"the database takes no writes", "unavailable"});
  const bool loaded = s.jobs.queue_loaded();
  co_return answer_json(loaded ? 200 : 503, ReadyView{loaded ? "ready" : "the queue is being loaded", "ok"});
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

Task<http::Response> metrics(Services& s, http::Request&) {
  co_await refresh_gauges(s);
  http::Response response = http::Response::json(200, prometheus::TextSerializer().Serialize(s.metrics->Collect()));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  co_return response;
}

}  // namespace

void add_system_routes(Rows& rows, Services& s) {
  add_route(rows, s, http::Method::get, "/healthz", Access::open, 0, healthz,
            {"healthz", "Is the process alive", "system", "", "HealthView", {200}});
  add_route(rows, s, http::Method::get, "/readyz", Access::open, 0, readyz,
            {"readyz", "Can it serve", "system", "", "ReadyView", {200, 503}});
  add_route(rows, s, http::Method::get, "/metrics", Access::admin, 0, metrics,
            {"metrics", "Metrics in Prometheus' text format", "system", "", "text", {200}});
  // The document describes its own row too, so it is made from the finished table.
  auto document = std::make_shared<std::string>();
  rows.push_back({.method = http::Method::get,
                  .pattern = "/api/v1/openapi.json",
                  .access = std::string(name_of(Access::admin)),
                  .gate = s.auth.gate(Access::admin),
                  .body_max = 0,
                  .handler = [document](http::Request&) -> Task<http::Response> {
                    co_return http::Response::json(200, *document);
                  },
                  .docs = {"openapi", "This document", "system", "", "object", {200}}});
  *document = openapi_document(rows);
}

}  // namespace open_cicd::api
