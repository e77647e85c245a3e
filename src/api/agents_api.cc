#include "api/routes.h"
#include "api/shapes.h"
#include "protocol/message_rules.h"

namespace open_cicd::api {
namespace {

using auth::Permission;

constexpr std::size_t agent_body_max = 64 * 1024;
constexpr std::int64_t wait_s_max = 3600;

struct RegisterAgent {
  Body<Json<protocol::RegisterRequest>> body;
};
BOOST_DESCRIBE_STRUCT(RegisterAgent, (), (body))

Task<Result<Created<protocol::RegisterReply>>> register_agent(Services& s, Caller caller, RegisterAgent request) {
  const auth::Principal& who = caller.who();
  if (!s.registrations.admit(caller.address()))
    co_return std::unexpected(Error(ErrorKind::too_many, "too_many_registrations",
                                    "Too many registrations from this address. Try again in a minute.")
                                  .with_retry_after(std::chrono::seconds(60)));
  auth::FreshToken fresh = auth::make_token(auth::TokenKind::agent);
  const bool returning = who.grant(Permission::agent_register) == auth::Grant::own;
  const auto self = returning ? std::optional(who.agent) : std::nullopt;
  auto enrolled = co_await s.agents.enroll(std::move(request.body.value.document), self, fresh.token.reveal(),
                                           std::move(fresh.hash));
  if (!enrolled) co_return std::unexpected(std::move(enrolled.error()));
  const auto seconds = [](Milliseconds ms) { return static_cast<double>(ms.count()) / 1000; };
  const std::string id = enrolled->id.str();
  co_return Created<protocol::RegisterReply>{{.agent_id = id,
                                              .agent_token = enrolled->token ? *enrolled->token : caller.bearer(),
                                              .heartbeat_s = seconds(s.agent_settings.heartbeat),
                                              .lease_ttl_s = seconds(s.agent_settings.lease_ttl),
                                              .poll_wait_s = seconds(s.agent_settings.poll_wait),
                                              .max_chunk = s.agent_settings.max_chunk,
                                              .server_id = s.jobs.server_id(),
                                              .finish_next = true},
                                             "/api/v1/agents/" + id};
}

struct PollJobs {
  Path<AgentId> id;
  Query<Whole<0, wait_s_max>, 0> wait;
  Query<std::optional<Whole<0, whole_max>>> seen;
  Query<std::optional<std::string_view>> boot_id;
  Query<std::optional<Whole<0, whole_max>>> boot_seq;
  Query<Flag, false> watch;
  static constexpr std::array notes{
      Note{"wait", "seconds that the answer may take when there is nothing to say"},
      Note{"seen", "the rev of the last answer"},
      Note{"boot_id", "of the registration"},
      Note{"boot_seq", "of the registration"},
      Note{"watch", "one poll is always open; its end is a hint that the agent is gone"},
  };
};
BOOST_DESCRIBE_STRUCT(PollJobs, (), (id, wait, seen, boot_id, boot_seq, watch))

template <class T>
std::optional<std::int64_t> number(const std::optional<T>& whole) {
  return whole ? std::optional<std::int64_t>(*whole) : std::nullopt;
}

agents::Poll poll_of(const Caller& caller, const PollJobs& request) {
  return {.agent = *request.id,
          .boot_id = *request.boot_id ? std::optional<std::string>(**request.boot_id) : std::nullopt,
          .boot_seq = number(*request.boot_seq),
          .seen = number(*request.seen),
          .wait = std::chrono::seconds(*request.wait),
          .watch = request.watch->on && caller.is_direct()};
}

using PollAnswer = std::variant<protocol::PollReply, NoContent>;

Task<Result<PollAnswer>> poll_jobs(Services& s, Caller caller, PollJobs request) {
  const AgentId agent = *request.id;
  s.agents.heard(agent);
  Stop stop;
  caller.on_gone([&stop] { stop.request(); });
  agents::Poll poll = poll_of(caller, request);
  const bool watch = poll.watch;
  auto reply = co_await s.agents.poll(std::move(poll), stop);
  if (stop.requested()) {
    if (watch) s.agents.poll_dropped(agent);
    co_return NoContent{};  // nobody reads it
  }
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  if (!*reply) co_return NoContent{};
  co_return std::move(**reply);
}

struct Heartbeat {
  Path<AgentId> id;
  Body<Json<protocol::HeartbeatRequest>> body;
};
BOOST_DESCRIBE_STRUCT(Heartbeat, (), (id, body))

Task<Result<protocol::HeartbeatReply>> heartbeat(Services& s, Caller, Heartbeat request) {
  co_return co_await s.agents.heartbeat(*request.id, std::move(request.body.value.document));
}

struct Leftovers {
  Path<AgentId> id;
  Body<Json<protocol::LeftoversRequest>> body;
};
BOOST_DESCRIBE_STRUCT(Leftovers, (), (id, body))

Task<Result<protocol::LeftoversReply>> leftovers(Services& s, Caller, Leftovers request) {
  s.agents.heard(*request.id);
  co_return protocol::LeftoversReply{.gone = co_await s.agents.gone(std::move(request.body.value.document.attempts))};
}

struct ListAgents {
  Query<Whole<1, 1000>, 200> limit;
  Query<std::optional<std::string_view>> cursor;
  static constexpr std::array notes{Note{"cursor", "next_cursor of the page before"}};
};
BOOST_DESCRIBE_STRUCT(ListAgents, (), (limit, cursor))

Task<Result<AgentListView>> list_agents(Services& s, Caller, ListAgents request) {
  const auto after = *request.cursor ? std::optional<std::string>(**request.cursor) : std::nullopt;
  const agents::Agents::List list = co_await s.agents.list(static_cast<int>(*request.limit), after);
  AgentListView view;
  for (const agents::Agent& agent : list.agents) view.agents.push_back(view_of(agent));
  if (list.next) view.next_cursor = boost::json::value(*list.next);
  co_return view;
}

struct OneAgent {
  Path<AgentId> id;
};
BOOST_DESCRIBE_STRUCT(OneAgent, (), (id))

Task<Result<AgentView>> show_agent(Services& s, Caller, OneAgent request) {
  const auto agent = co_await s.agents.get(*request.id);
  if (!agent) co_return std::unexpected(agent.error());
  co_return view_of(*agent);
}

struct DrainAgent {
  Path<AgentId> id;
  Body<Json<protocol::DrainRequest>> body;
};
BOOST_DESCRIBE_STRUCT(DrainAgent, (), (id, body))

Task<Result<AgentView>> drain_agent(Services& s, Caller, DrainAgent request) {
  const auto agent = co_await s.agents.drain(*request.id, request.body->document.drain);
  if (!agent) co_return std::unexpected(agent.error());
  co_return view_of(*agent);
}

Task<Result<NoContent>> remove_agent(Services& s, Caller, OneAgent request) {
  const auto removed = co_await s.agents.remove(*request.id);
  s.auth.forget_cached();
  if (!removed) co_return std::unexpected(removed.error());
  co_return NoContent{};
}

}  // namespace

void add_agent_routes(RouteRows& rows, Services& s) {
  using http::Method;
  constexpr std::string_view one = "/api/v1/agents/{id}";
  add_route(rows, s, Method::post, "/api/v1/agents/register", Permission::agent_register, register_agent,
            {.id = "registerAgent",
             .summary = "Register an agent, or bring a known one back",
             .tag = "agents",
             .refusals = {"superseded", "too_many_agents", "too_many_registrations"},
             .body_max = agent_body_max,
             .links = {{"showAgent", "agent_id"},
                       {"drainAgent", "agent_id"},
                       {"pollJobs", "agent_id"},
                       {"heartbeat", "agent_id"},
                       {"findLeftovers", "agent_id"},
                       {"removeAgent", "agent_id"}}});
  add_route(rows, s, Method::get, "/api/v1/agents", Permission::agent_read, list_agents,
            {.id = "listAgents", .summary = "List agents", .tag = "agents"});
  add_route(rows, s, Method::get, one, Permission::agent_read, show_agent,
            {.id = "showAgent", .summary = "Show one agent", .tag = "agents"});
  add_route(rows, s, Method::delete_, one, Permission::agent_remove, remove_agent,
            {.id = "removeAgent", .summary = "Remove an agent; its lease is lost at once", .tag = "agents"});
  add_route(rows, s, Method::post, "/api/v1/agents/{id}/drain", Permission::agent_drain, drain_agent,
            {.id = "drainAgent",
             .summary = "Offer an agent no more jobs, or again",
             .tag = "agents",
             .body_max = agent_body_max});
  add_route(rows, s, Method::get, "/api/v1/agents/{id}/jobs", Permission::agent_work, poll_jobs,
            {.id = "pollJobs",
             .summary = "Wait for an offer of a job, or for news of the lease",
             .tag = "agents",
             .refusals = {"superseded"}});
  add_route(rows, s, Method::post, "/api/v1/agents/{id}/heartbeat", Permission::agent_work, heartbeat,
            {.id = "heartbeat",
             .summary = "Renew the agent's leases",
             .tag = "agents",
             .refusals = {"superseded"},
             .body_max = agent_body_max});
  add_route(rows, s, Method::post, "/api/v1/agents/{id}/leftovers", Permission::agent_work, leftovers,
            {.id = "findLeftovers",
             .summary = "Tell which attempts, found on an engine that agents share, nobody works on any more",
             .tag = "agents",
             .body_max = agent_body_max});
}

}  // namespace open_cicd::api
