#include "api/event_views.h"

#include "api/run_shapes.h"
#include "api/shapes.h"

#include <boost/json/parse.hpp>

namespace open_cicd::api {
namespace {

template <class T>
boost::json::object shown(const T& view) {
  return boost::json::parse(json::write_text(view)).as_object();
}

template <class Tag>
std::vector<Id<Tag>> ids_of(const std::vector<Uuid>& uuids) {
  return {uuids.begin(), uuids.end()};
}

}  // namespace

Task<std::vector<events::View>> EventViews::read(events::Entity::Kind kind, std::vector<Uuid> ids) {
  using Kind = events::Entity::Kind;
  switch (kind) {
    case Kind::run:
      co_return co_await runs(std::move(ids));
    case Kind::job:
      co_return co_await jobs(std::move(ids));
    case Kind::agent:
      co_return co_await agents(std::move(ids));
    case Kind::queue:
      break;
  }
  co_return co_await queue();
}

Task<std::vector<events::View>> EventViews::runs(std::vector<Uuid> ids) {
  std::vector<events::View> views;
  for (const runs::Run& run : co_await services_.runs.some(ids_of<RunTag>(ids)))
    views.push_back({.id = run.id.uuid(),
                     .version = run.version,
                     .shown = shown(run_view(run)),
                     .ended = run.finished_at.has_value()});
  co_return views;
}

Task<std::vector<events::View>> EventViews::jobs(std::vector<Uuid> ids) {
  std::vector<events::View> views;
  for (const runs::RunJob& job : co_await services_.runs.some_jobs(ids_of<JobTag>(ids)))
    views.push_back({.id = job.id.uuid(),
                     .version = job.version,
                     .shown = shown(run_job_view(job)),
                     .ended = jobs::is_terminal(job.state)});
  co_return views;
}

// The first page of GET /api/v1/queue.
Task<std::vector<events::View>> EventViews::queue() {
  constexpr int first_page = 50;
  std::vector<events::View> views;
  views.push_back({.shown = shown(view_of(co_await services_.queue.list(first_page, {}))), .exact = false});
  co_return views;
}

// What is shown of an agent comes from memory as well, so it may be newer than its revision.
Task<std::vector<events::View>> EventViews::agents(std::vector<Uuid> ids) {
  std::vector<events::View> views;
  for (const agents::Agent& agent : co_await services_.agents.some(ids_of<AgentTag>(ids)))
    views.push_back({.id = agent.id.uuid(), .version = agent.revision, .shown = shown(view_of(agent)), .exact = false});
  co_return views;
}

}  // namespace open_cicd::api
