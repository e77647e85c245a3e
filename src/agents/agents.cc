#include "agents/agents.h"

#include "base/json.h"
#include "base/log.h"
#include "db/row.h"

#include <algorithm>

namespace open_cicd::agents {
namespace {

#define AGENT_COLUMNS                                                                                                  \
  "a.id, a.name, a.version, a.os, a.arch, a.labels, a.executors, a.boot_id, a.boot_seq, a.draining, a.registered_at, " \
  "a.last_seen_at"

constexpr db::Query load_query{
    .name = "agents.load", .sql = "SELECT " AGENT_COLUMNS " FROM agents a WHERE a.id = $1 AND a.removed_at IS NULL"};
constexpr db::Query lock_query{
    .name = "agents.lock",
    .sql = load_query.sql,
    .postgres_sql = "SELECT " AGENT_COLUMNS " FROM agents a WHERE a.id = $1 AND a.removed_at IS NULL FOR UPDATE"};
#define SHOWN_AGENTS      \
  "SELECT " AGENT_COLUMNS \
  ", t.job_id AS current_job FROM agents a LEFT JOIN attempts t ON t.agent_id = a.id AND t.open = 1 WHERE "
constexpr db::Query list_query{.name = "agents.list",
                               .sql = SHOWN_AGENTS "a.removed_at IS NULL AND a.id > $1 ORDER BY a.id LIMIT $2"};
constexpr db::Query some_query{
    .name = "agents.some",
    .sql = SHOWN_AGENTS "a.removed_at IS NULL AND a.id IN (SELECT value FROM json_each($1))",
    .postgres_sql = SHOWN_AGENTS "a.removed_at IS NULL AND a.id IN (SELECT json_array_elements_text($1::json))"};
constexpr db::Query states_query{.name = "agents.states",
                                 .sql =
                                     "SELECT a.id, a.draining, t.job_id AS current_job FROM agents a LEFT JOIN "
                                     "attempts t ON t.agent_id = a.id AND t.open = 1 "
                                     "WHERE a.removed_at IS NULL"};
constexpr db::Query find_query{.name = "agents.find",
                               .sql =
                                   "SELECT id FROM (SELECT id, 0 AS rank FROM agents WHERE id = $1 UNION ALL SELECT "
                                   "id, 1 AS rank FROM (SELECT id FROM agents WHERE name = $1 ORDER BY "
                                   "registered_at DESC, id DESC LIMIT 1) n) f ORDER BY rank LIMIT 1"};
constexpr db::Query count_query{.name = "agents.count", .sql = "SELECT count(*) FROM agents WHERE removed_at IS NULL"};
constexpr db::Query insert_query{.name = "agents.insert",
                                 .sql =
                                     "INSERT INTO agents (id, name, token_hash, version, os, arch, labels, executors, "
                                     "boot_id, boot_seq, registered_at, last_seen_at) "
                                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)"};
constexpr db::Query reregister_query{.name = "agents.reregister",
                                     .sql =
                                         "UPDATE agents SET name = $2, version = $3, os = $4, arch = $5, labels = $6, "
                                         "executors = $7, boot_id = $8, boot_seq = $9, "
                                         "last_seen_at = $10 WHERE id = $1 AND removed_at IS NULL"};
constexpr db::Query drain_query{.name = "agents.drain",
                                .sql = "UPDATE agents SET draining = $2 WHERE id = $1 AND removed_at IS NULL"};
constexpr db::Query remove_query{.name = "agents.remove",
                                 .sql = "UPDATE agents SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL"};
constexpr db::Query seen_query{.name = "agents.seen", .sql = "UPDATE agents SET last_seen_at = $2 WHERE id = $1"};
constexpr db::Query stale_query{
    .name = "agents.stale",
    .sql =
        "SELECT id FROM agents WHERE removed_at IS NULL AND last_seen_at < $1 AND NOT EXISTS "
        "(SELECT 1 FROM attempts WHERE agent_id = agents.id AND open = 1) LIMIT 1000"};
constexpr db::Query job_needs_query{.name = "jobs.needs", .sql = "SELECT executor, runs_on FROM jobs WHERE id = $1"};

std::unexpected<Error> superseded() {
  return fail(ErrorKind::conflict, "superseded", "A newer process of this agent has taken over. Stop this one.");
}

struct Needs {  // of a job
  std::string executor;
  std::vector<std::string> runs_on;
};
BOOST_DESCRIBE_STRUCT(Needs, (), (executor, runs_on))

struct StateRow {
  AgentId id;
  bool draining = false;
  std::optional<std::string> current_job;
};
BOOST_DESCRIBE_STRUCT(StateRow, (), (id, draining, current_job))

// Boots are ordered: a lower sequence, or the same one with another id, comes from a process that was replaced.
bool older_boot(const Agent& known, const std::string& boot_id, std::optional<std::int64_t> boot_seq) {
  if (!boot_seq || !known.boot_seq) return false;
  return *boot_seq < *known.boot_seq || (*boot_seq == *known.boot_seq && boot_id != known.boot_id);
}

Labels granted(const Labels& known, const Labels& asked) {
  Labels kept;
  for (const auto& [key, value] : asked) {
    const auto found = known.find(key);
    if (found != known.end() && found->second == value) kept.emplace(key, value);
  }
  return kept;
}

std::vector<protocol::LeaseState> lease_states(const std::vector<jobs::OpenLease>& leases) {
  std::vector<protocol::LeaseState> states;
  for (const jobs::OpenLease& lease : leases)
    states.push_back({lease.job.str(), lease.attempt, lease.state == jobs::JobState::cancelling ? "cancel" : "ok"});
  return states;
}

}  // namespace

Task<std::optional<Agent>> Agents::load(AgentId id) {
  co_return db::read_first<Agent>(co_await db_.read(load_query, {id.str()}));
}

Result<void> Agents::check_boot(const Agent& agent, const std::optional<std::string>& boot_id,
                                std::optional<std::int64_t> boot_seq) const {
  if (boot_id && older_boot(agent, *boot_id, boot_seq)) return superseded();
  if (boot_id && *boot_id != agent.boot_id) return superseded();  // every process registers first
  return {};
}

Task<Result<Registration>> Agents::enroll(protocol::RegisterRequest request, std::optional<AgentId> self,
                                          std::string token, std::string token_hash) {
  struct Outcome {
    AgentId id;
    bool fresh = false;
  };
  const AgentId id = self.value_or(AgentId::make());
  auto body = [this, request, self, id, token_hash,
               now = clock_.unix_ms()](db::Transaction& tx) -> Task<Result<Outcome>> {
    const std::string executors = json::write_text(request.executors);
    if (!self) {
      const db::Rows count = co_await tx.run(count_query, {});
      if (count.integer(0, 0) >= static_cast<std::int64_t>(settings_.agents_max))
        co_return std::unexpected(
            Error(ErrorKind::too_many, "too_many_agents", "No more agents can be registered. Remove some first.")
                .with_retry_after(std::chrono::seconds(60)));
      co_await tx.run(insert_query, {id.str(), request.name, token_hash, request.version, request.os, request.arch,
                                     json::write_text(request.labels), executors, request.boot_id,
                                     db::or_null(request.boot_seq), now});
      co_return Outcome{id, true};
    }
    const auto known = db::read_first<Agent>(co_await tx.run(lock_query, {id.str()}));
    if (!known) co_return fail(ErrorKind::unauthenticated, "unauthenticated", "This agent was removed.");
    if (older_boot(*known, request.boot_id, request.boot_seq)) co_return superseded();
    co_await tx.run(reregister_query, {id.str(), request.name, request.version, request.os, request.arch,
                                       json::write_text(granted(known->labels, request.labels)), executors,
                                       request.boot_id, db::or_null(request.boot_seq), now});
    co_return Outcome{id, false};
  };
  const Result<Outcome> outcome = co_await db_.write<Outcome>(std::move(body));
  if (!outcome) co_return std::unexpected(outcome.error());
  presence_.heard(id);
  withdrawals_.forget(id);
  bus_.publish(events::AgentChanged{id});
  if (!outcome->fresh) co_await free_other_boots(id, request.boot_id);
  log_info(outcome->fresh ? "an agent registered" : "an agent came back",
           {{"agent", id.str()}, {"name", request.name}});
  co_return Registration{.id = id, .token = outcome->fresh ? std::optional(std::move(token)) : std::nullopt};
}

Task<void> Agents::free_other_boots(AgentId agent, std::string boot_id) {
  const std::vector<jobs::OpenLease> leases = co_await jobs_.leases_of(agent);
  for (const jobs::OpenLease& lease : leases)
    if (lease.boot_id != boot_id) co_await jobs_.expire(lease.job, lease.attempt, jobs::ExpireCause::new_boot);
}

Task<Result<std::unique_ptr<Agents::Found>>> Agents::look(const Poll& poll) {
  auto found = std::make_unique<Found>();
  // The revision is taken before the database is read, so that it differs from that of any later change.
  found->reply.rev = dispatcher_.rev(poll.agent);
  std::optional<Agent> agent = co_await load(poll.agent);
  if (!agent) co_return fail(ErrorKind::unauthenticated, "unauthenticated", "This agent was removed.");
  if (Result<void> boot = check_boot(*agent, poll.boot_id, poll.boot_seq); !boot)
    co_return std::unexpected(std::move(boot.error()));
  const std::vector<jobs::OpenLease> leases = co_await jobs_.leases_of(poll.agent);
  found->reply.leases = lease_states(leases);
  found->reply.drain = agent->draining;
  const Withdrawn withdrawn = withdrawals_.of(poll.agent);
  std::erase_if(agent->executors, [&](const std::string& name) { return withdrawn.contains(name); });
  found->candidate = {.id = agent->id,
                      .labels = std::move(agent->labels),
                      .executors = std::move(agent->executors),
                      .takes_jobs = leases.empty() && !agent->draining,
                      .draining = agent->draining};
  co_return found;
}

std::optional<protocol::PollReply> Agents::reply_now(Found& found, const Poll& poll) {
  if (auto offer = dispatcher_.take_offer(found.candidate)) found.reply.offers.push_back(std::move(*offer));
  const bool cancel_waits =
      std::ranges::any_of(found.reply.leases, [](const auto& lease) { return lease.state == "cancel"; });
  const bool news = poll.seen ? *poll.seen != found.reply.rev : cancel_waits;
  if (found.reply.offers.empty() && !news) return std::nullopt;
  return std::move(found.reply);
}

// What look() found does not stay on this frame during the wait: parked polls are most of what agents cost in memory.
Task<Result<std::optional<protocol::PollReply>>> Agents::poll(Poll poll, Stop& stop) {
  Result<std::unique_ptr<Found>> found = co_await look(poll);
  if (!found) co_return std::unexpected(std::move(found.error()));
  if (auto reply = reply_now(**found, poll)) co_return reply;
  if (poll.watch) presence_.watching(poll.agent);
  const std::int64_t rev = (*found)->reply.rev;
  auto waiting =
      dispatcher_.wait_for_offer(std::move((*found)->candidate), rev, std::min(poll.wait, settings_.poll_wait), stop);
  auto offer = co_await std::move(waiting);
  presence_.heard(poll.agent);
  if (offer) {
    (*found)->reply.offers.push_back(std::move(*offer));
    co_return std::move((*found)->reply);
  }
  if (dispatcher_.rev(poll.agent) == rev) co_return std::nullopt;
  // Something changed: look once more, with no wait, so that a freed agent gets its next job in the same answer.
  found = co_await look(poll);
  if (!found) co_return std::unexpected(std::move(found.error()));
  if (auto late = dispatcher_.take_offer((*found)->candidate)) (*found)->reply.offers.push_back(std::move(*late));
  co_return std::move((*found)->reply);
}

Task<Result<protocol::HeartbeatReply>> Agents::heartbeat(AgentId id, protocol::HeartbeatRequest beat) {
  const std::optional<Agent> agent = co_await load(id);
  if (!agent) co_return fail(ErrorKind::unauthenticated, "unauthenticated", "This agent was removed.");
  if (Result<void> boot = check_boot(*agent, beat.boot_id, beat.boot_seq); !boot)
    co_return std::unexpected(std::move(boot.error()));
  presence_.heard(id);
  // A parked poll is answered, and the next one waits for what is offered now.
  if (withdrawals_.set(id, std::move(beat.withdrawn).value_or(Withdrawn()))) {
    dispatcher_.lease_changed(id);
    bus_.publish(events::AgentChanged{id});
  }
  protocol::HeartbeatReply reply{.leases = {}, .drain = agent->draining};
  for (const protocol::LeaseState& lease : co_await jobs_.renew(id, std::move(beat.leases)))
    reply.leases[lease.job_id] = lease.state;
  co_return reply;
}

Task<std::vector<protocol::HeldLease>> Agents::gone(std::vector<protocol::LeftAttempt> left) {
  std::vector<protocol::HeldLease> gone;
  for (const protocol::LeftAttempt& attempt : left) {
    const auto id = AgentId::parse(attempt.agent_id);
    const auto job = JobId::parse(attempt.job_id);
    if (!id || !job) continue;
    const std::optional<Agent> agent = co_await load(*id);
    if (agent && agent->boot_id == attempt.boot_id && !presence_.offline(*id)) continue;
    const std::vector<jobs::OpenLease> leases = co_await jobs_.leases_of(*id);
    const bool open = std::ranges::any_of(
        leases, [&](const jobs::OpenLease& lease) { return lease.job == *job && lease.attempt == attempt.attempt; });
    if (!open) gone.push_back({attempt.job_id, attempt.attempt});
  }
  co_return gone;
}

Task<bool> Agents::holds(AgentId agent, JobId job) {
  const std::vector<jobs::OpenLease> leases = co_await jobs_.leases_of(agent);
  co_return std::ranges::find(leases, job, &jobs::OpenLease::job) != leases.end();
}

Task<Result<void>> Agents::admit_claim(AgentId id, JobId job, std::string boot_id,
                                       std::optional<std::int64_t> boot_seq) {
  const std::optional<Agent> agent = co_await load(id);
  if (!agent) co_return fail(ErrorKind::unauthenticated, "unauthenticated", "This agent was removed.");
  if (Result<void> boot = check_boot(*agent, boot_id, boot_seq); !boot) co_return boot;
  if (agent->draining && !co_await holds(id, job))  // a claim whose answer was lost is repeated
    co_return fail(ErrorKind::conflict, "agent_draining",
                   "This agent drains: it finishes what it has and takes no more.");
  const auto needs = db::read_first<Needs>(co_await db_.read(job_needs_query, {job.str()}));
  const bool in_scope = needs && fits(agent->labels, agent->executors, needs->runs_on, needs->executor);
  if (!in_scope) co_return not_found("job", job.str());
  presence_.heard(id);
  co_return Result<void>{};
}

Task<std::optional<jobs::NextClaim>> Agents::next_claim(AgentId agent, protocol::HeldLease ends,
                                                        protocol::NextClaim asked) {
  const Result<std::unique_ptr<Found>> found =
      co_await look({.agent = agent, .boot_id = asked.boot_id, .boot_seq = asked.boot_seq, .seen = std::nullopt});
  if (!found) co_return std::nullopt;
  jobs::NextClaim next{.claim_id = std::move(asked.claim_id), .boot_id = std::move(asked.boot_id), .job = std::nullopt};
  const std::vector<protocol::LeaseState>& held = (*found)->reply.leases;
  const bool free_then = held.size() == 1 && held[0].job_id == ends.job_id && held[0].attempt == ends.attempt;
  Candidate& candidate = (*found)->candidate;
  candidate.takes_jobs = free_then && !candidate.draining;
  if (const auto offer = dispatcher_.take_offer(candidate)) {
    next.job = JobId::parse(offer->job_id);
    next.attempt = offer->attempt;
  }
  co_return next;
}

Task<Result<Agent>> Agents::drain(AgentId id, bool drain) {
  auto body = [id, drain](db::Transaction& tx) -> Task<Result<bool>> {
    const db::Rows rows = co_await tx.run(drain_query, {id.str(), std::int64_t{drain ? 1 : 0}});
    if (rows.affected() == 0) co_return not_found("agent", id.str());
    co_return true;
  };
  const Result<bool> done = co_await db_.write<bool>(std::move(body));
  if (!done) co_return std::unexpected(done.error());
  dispatcher_.lease_changed(id);
  bus_.publish(events::AgentChanged{id});
  co_return co_await get(id);
}

Task<Result<void>> Agents::remove(AgentId id) {
  co_await db_.transact([id, now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
    co_await tx.run(remove_query, {id.str(), now});
  });
  const std::vector<jobs::OpenLease> leases = co_await jobs_.leases_of(id);
  for (const jobs::OpenLease& lease : leases)
    co_await jobs_.expire(lease.job, lease.attempt, jobs::ExpireCause::agent_removed);
  dispatcher_.lease_changed(id);
  dispatcher_.forget(id);
  presence_.forget(id);
  withdrawals_.forget(id);
  bus_.publish(events::AgentChanged{id});
  bus_.forget(id);
  co_return Result<void>{};
}

template <class Row>
const char* Agents::state_of(const Row& agent) const {
  if (presence_.away(agent.id)) return "offline";
  if (agent.draining) return "draining";
  return agent.current_job ? "busy" : "idle";
}

std::vector<Agent> Agents::as_shown(const db::Rows& rows, std::size_t most, std::int64_t newest_revision) const {
  std::vector<Agent> shown;
  const db::Reader<Agent> agents(rows);
  for (std::size_t i = 0; i < std::min(rows.size(), most); ++i) {
    Agent agent = agents[i];
    agent.current_job = db::read_column<std::optional<std::string>>(rows, i, "current_job");
    agent.withdrawn = withdrawals_.of(agent.id);
    agent.revision = bus_.revision_of(agent.id, newest_revision);
    agent.state = state_of(agent);
    shown.push_back(std::move(agent));
  }
  return shown;
}

Task<std::vector<Agent>> Agents::some(std::vector<AgentId> ids) {
  std::vector<std::string> texts;
  for (const AgentId id : ids) texts.push_back(id.str());
  const std::int64_t revision = bus_.newest_revision();
  const db::Rows rows = co_await db_.read(some_query, {json::write_text(texts)});
  co_return as_shown(rows, rows.size(), revision);
}

Task<Result<AgentId>> Agents::find(std::string word) {
  const db::Rows rows = co_await db_.read(find_query, {word});
  if (rows.empty()) co_return not_found("agent", word);
  co_return db::read_column<AgentId>(rows, 0, "id");
}

Task<Agents::List> Agents::list(int limit, std::optional<std::string> after) {
  const std::int64_t revision = bus_.newest_revision();
  const db::Rows rows = co_await db_.read(list_query, {after.value_or(""), limit + 1});
  List list{.agents = as_shown(rows, static_cast<std::size_t>(limit), revision), .next = {}};
  if (rows.size() > list.agents.size()) list.next = list.agents.back().id.str();
  co_return list;
}

Task<Result<Agent>> Agents::get(AgentId id) {
  std::vector<Agent> found = co_await some({id});
  if (found.empty()) co_return not_found("agent", id.str());
  co_return std::move(found.front());
}

Task<std::map<std::string, std::int64_t>> Agents::counts() {
  std::map<std::string, std::int64_t> counts{{"idle", 0}, {"busy", 0}, {"draining", 0}, {"offline", 0}};
  for (const StateRow& row : db::read_all<StateRow>(co_await db_.read(states_query, {}))) ++counts[state_of(row)];
  co_return counts;
}

Task<void> Agents::save_last_seen() {
  const std::vector<AgentId> heard = presence_.take_heard();
  if (heard.empty()) co_return;
  co_await db_.transact([heard, now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
    for (const AgentId id : heard) co_await tx.run(seen_query, {id.str(), now});
  });
}

// Those that were not heard since the server's start are known to the database alone.
Task<void> Agents::tell_presence() {
  const Presence::Moved moved = presence_.take_moved();
  for (const AgentId agent : moved.agents) bus_.publish(events::AgentChanged{agent});
  if (!moved.unheard) co_return;
  for (const StateRow& row : db::read_all<StateRow>(co_await db_.read(states_query, {})))
    if (!presence_.was_heard(row.id)) bus_.publish(events::AgentChanged{row.id});
}

Task<void> Agents::forget_offline() {
  const db::Rows rows = co_await db_.read(stale_query, {clock_.unix_ms() - settings_.forget_offline.count()});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto id = AgentId::parse(rows.text(i, 0));
    if (id && presence_.offline(*id)) co_await remove(*id);
  }
}

}  // namespace open_cicd::agents
