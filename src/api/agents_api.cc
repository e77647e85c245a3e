#include "api/request.h"
#include "api/routes.h"
#include "api/shapes.h"

namespace open_cicd::api {
namespace {

using auth::Access;

constexpr std::size_t agent_body_max = 64 * 1024;

Task<http::Response> register_agent(Services& s, http::Request& request) {
  const auth::Principal& who = auth::principal_of(request);
  const bool returning = who.kind == auth::TokenKind::agent;
  if (!s.registrations.admit(request.peer_address))
    co_return answer(Error(ErrorKind::too_many, "too_many_registrations",
                           "Too many registrations from this address. Try again in a minute.")
                         .with_retry_after(std::chrono::seconds(60)),
                     request);
  auto body = read_body<protocol::RegisterRequest>(request);
  if (!body) co_return answer(body.error(), request);
  auth::FreshToken fresh = auth::make_token(auth::TokenKind::agent);
  const auto self = returning ? std::optional(who.agent) : std::nullopt;
  auto enrolled = co_await s.agents.enroll(std::move(*body), self, fresh.token.reveal(), std::move(fresh.hash));
  if (!enrolled) co_return answer(enrolled.error(), request);
  const auto seconds = [](Milliseconds ms) { return static_cast<double>(ms.count()) / 1000; };
  co_return answer_json(
      201, protocol::RegisterReply{.agent_id = enrolled->id.str(),
                                   .agent_token = enrolled->token ? *enrolled->token : auth::bearer_of(request),
                                   .heartbeat_s = seconds(s.agent_settings.heartbeat),
                                   .lease_ttl_s = seconds(s.agent_settings.lease_ttl),
                                   .poll_wait_s = seconds(s.agent_settings.poll_wait),
                                   .max_chunk = s.agent_settings.max_chunk});
}

Result<agents::Poll> poll_of(const http::Request& request) {
  const auto wait = query_integer(request, "wait", 0, 3600);
  const auto seen = query_integer(request, "seen", 0, std::numeric_limits<std::int64_t>::max());
  const auto boot_seq = query_integer(request, "boot_seq", 0, std::numeric_limits<std::int64_t>::max());
  for (const auto* number : {&wait, &seen, &boot_seq})
    if (!*number) return std::unexpected(number->error());
  const auto boot = request.query_value("boot_id");
  return agents::Poll{.agent = auth::principal_of(request).agent,
                      .boot_id = boot ? std::optional<std::string>(*boot) : std::nullopt,
                      .boot_seq = *boot_seq,
                      .seen = *seen,
                      .wait = std::chrono::seconds(wait->value_or(0)),
                      .watch = request.query_value("watch") == "1"};
}

Task<http::Response> poll_jobs(Services& s, http::Request& request) {
  Result<agents::Poll> poll = poll_of(request);
  if (!poll) co_return answer(poll.error(), request);
  const AgentId agent = poll->agent;
  const bool watch = poll->watch;
  s.agents.heard(agent);
  Stop stop;
  request.on_peer_closed([&stop] { stop.request(); });
  const auto reply = co_await s.agents.poll(std::move(*poll), stop);
  if (stop.requested()) {
    if (watch) s.agents.poll_dropped(agent);
    co_return http::Response::empty(204);  // nobody reads it
  }
  if (!reply) co_return answer(reply.error(), request);
  if (!*reply) co_return http::Response::empty(204);
  co_return answer_json(200, **reply);
}

Task<http::Response> heartbeat(Services& s, http::Request& request) {
  auto body = read_body<protocol::HeartbeatRequest>(request);
  if (!body) co_return answer(body.error(), request);
  if (body->leases.size() > 16)
    co_return answer(invalid_fields({{"leases", "has more than 16 entries"}}).error(), request);
  const auto reply = co_await s.agents.heartbeat(auth::principal_of(request).agent, std::move(*body));
  co_return reply ? answer_json(200, *reply) : answer(reply.error(), request);
}

Task<http::Response> list_agents(Services& s, http::Request& request) {
  const auto limit = query_integer(request, "limit", 1, 1000);
  if (!limit) co_return answer(limit.error(), request);
  const auto cursor = request.query_value("cursor");
  const agents::Agents::List list = co_await s.agents.list(static_cast<int>(limit->value_or(200)),
                                                           cursor ? std::optional<std::string>(*cursor) : std::nullopt);
  AgentListView view;
  for (const agents::Agent& agent : list.agents) view.agents.push_back(view_of(agent));
  if (list.next) view.next_cursor = boost::json::value(*list.next);
  co_return answer_json(200, view);
}

Task<http::Response> show_agent(Services& s, http::Request& request) {
  const auto id = path_id<AgentId>(request, "agent");
  if (!id) co_return answer(id.error(), request);
  const auto agent = co_await s.agents.get(*id);
  co_return agent ? answer_json(200, view_of(*agent)) : answer(agent.error(), request);
}

Task<http::Response> drain_agent(Services& s, http::Request& request) {
  const auto id = path_id<AgentId>(request, "agent");
  if (!id) co_return answer(id.error(), request);
  const auto body = read_body<protocol::DrainRequest>(request);
  if (!body) co_return answer(body.error(), request);
  const auto agent = co_await s.agents.drain(*id, body->drain);
  co_return agent ? answer_json(200, view_of(*agent)) : answer(agent.error(), request);
}

Task<http::Response> remove_agent(Services& s, http::Request& request) {
  const auto id = path_id<AgentId>(request, "agent");
  if (!id) co_return answer(id.error(), request);
  const auto removed = co_await s.agents.remove(*id);
  s.auth.forget_cached();
  co_return removed ? http::Response::empty(204) : answer(removed.error(), request);
}

}  // namespace

void add_agent_routes(Rows& rows, Services& s) {
  add_route(rows, s, http::Method::post, "/api/v1/agents/register", Access::registration_or_agent, agent_body_max,
            register_agent,
            {"registerAgent",
             "Register an agent, or bring a known one back",
             "agents",
             "RegisterRequest",
             "RegisterReply",
             {201, 409, 422, 429}});
  add_route(rows, s, http::Method::get, "/api/v1/agents", Access::admin, 0, list_agents,
            {"listAgents", "List agents", "agents", "", "AgentListView", {200, 422}});
  add_route(rows, s, http::Method::get, "/api/v1/agents/{id}", Access::admin, 0, show_agent,
            {"showAgent", "Show one agent", "agents", "", "AgentView", {200, 404}});
  add_route(rows, s, http::Method::delete_, "/api/v1/agents/{id}", Access::admin_or_agent_of_path, 0, remove_agent,
            {"removeAgent", "Remove an agent; its lease is lost at once", "agents", "", "", {204, 404}});
  add_route(
      rows, s, http::Method::post, "/api/v1/agents/{id}/drain", Access::admin, agent_body_max, drain_agent,
      {"drainAgent", "Offer an agent no more jobs, or again", "agents", "DrainRequest", "AgentView", {200, 404, 422}});
  add_route(rows, s, http::Method::get, "/api/v1/agents/{id}/jobs", Access::agent_of_path, 0, poll_jobs,
            {"pollJobs",
             "Wait for an offer of a job, or for news of the lease",
             "agents",
             "",
             "PollReply",
             {200, 204, 409, 422}});
  add_route(rows, s, http::Method::post, "/api/v1/agents/{id}/heartbeat", Access::agent_of_path, agent_body_max,
            heartbeat,
            {"heartbeat", "Renew the agent's leases", "agents", "HeartbeatRequest", "HeartbeatReply", {200, 409, 422}});
}

}  // namespace open_cicd::api
