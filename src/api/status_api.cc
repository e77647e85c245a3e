// PUT /api/v1/jobs/{id}/status: the writes of an agent on its lease, and a user's cancel.
#include "api/lease_proof.h"
#include "api/routes.h"
#include "api/shapes.h"
#include "protocol/message_rules.h"

namespace open_cicd::api {
namespace {

using auth::Permission;
using protocol::StatusReply;
using protocol::StatusRequest;

constexpr std::size_t status_body_max = 4 << 20;  // a finish brings outputs, annotations and a summary

struct PutStatus {
  Path<JobId> id;
  Header<std::optional<Whole<0, attempt_max>>> x_attempt;
  Header<std::optional<std::string_view>> x_lease_token;
  Body<Json<StatusRequest>> body;
  static constexpr std::array notes{
      Note{"x_attempt", "of an agent's write: the attempt that it holds"},
      Note{"x_lease_token", "of an agent's write: from the answer to its claim"},
  };
};
BOOST_DESCRIBE_STRUCT(PutStatus, (), (id, x_attempt, x_lease_token, body))

// A claim's answer, a write's, a finish's, 202 for a cancel under way, 202 for a finish whose log is not whole.
using StatusAnswer = std::variant<StatusReply, jobs::ClaimAnswer, FinishView, Accepted<StatusReply>,
                                  Accepted<protocol::LogsIncompleteReply>>;

template <class T>
Result<StatusAnswer> either(Result<T>&& result) {
  if (!result) return std::unexpected(std::move(result.error()));
  return StatusAnswer(std::move(*result));
}

Task<Result<StatusAnswer>> cancel(Services& s, Caller caller, JobId job) {
  const auto state = co_await s.jobs.cancel(job, caller.who().id);
  if (!state) co_return std::unexpected(state.error());
  StatusReply reply{.state = std::string(name_of(*state)), .cancel = false};
  if (*state == jobs::JobState::cancelling) co_return Accepted<StatusReply>{std::move(reply)};
  co_return std::move(reply);
}

Task<void> add_log_offsets(Services& s, JobId job, jobs::ClaimAnswer& claim) {
  for (const auto& [step, next] : co_await s.logs.next_offsets(job, claim.attempt))
    claim.log_offsets[std::to_string(step)] = next;
}

Task<Result<StatusAnswer>> claim(Services& s, AgentId agent, JobId job, StatusRequest body) {
  if (auto may = co_await s.agents.admit_claim(agent, job, *body.boot_id, body.boot_seq); !may)
    co_return std::unexpected(std::move(may.error()));
  auto claimed = co_await s.jobs.claim({.job = job,
                                        .agent = agent,
                                        .claim_id = *body.claim_id,
                                        .boot_id = *body.boot_id,
                                        .attempt = body.attempt,
                                        .start = body.start.value_or(false)});
  if (!claimed) co_return std::unexpected(std::move(claimed.error()));
  co_await add_log_offsets(s, job, *claimed);
  co_await s.grants.hand_out(job, *claimed);
  co_return std::move(*claimed);
}

Task<Result<StatusAnswer>> finish(Services& s, jobs::LeaseProof proof, StatusRequest body) {
  std::optional<jobs::NextClaim> next;
  if (body.next)
    next = co_await s.agents.next_claim(proof.agent, {.job_id = proof.job.str(), .attempt = proof.attempt}, *body.next);
  const std::optional<JobId> reserved = next ? next->job : std::nullopt;
  auto finished = co_await s.jobs.finish(std::move(proof), std::move(body), std::move(next));
  const bool claimed = finished && finished->next && finished->next->job == reserved;
  if (reserved && !claimed) s.agents.give_back(*reserved);
  if (!finished) co_return std::unexpected(std::move(finished.error()));
  if (!finished->missing.empty())
    co_return Accepted<protocol::LogsIncompleteReply>{{.next = std::move(finished->missing)}};
  FinishView view{.state = std::move(finished->reply.state), .cancel = finished->reply.cancel, .next = std::nullopt};
  if (finished->next) {
    view.next.emplace(finished->next->job.str(), std::move(finished->next->claim));
    co_await add_log_offsets(s, finished->next->job, view.next->claim);
    co_await s.grants.hand_out(finished->next->job, view.next->claim);
  }
  co_return std::move(view);
}

Task<Result<StatusReply>> write_lease(Services& s, jobs::LeaseProof proof, StatusRequest body) {
  if (body.status == "queued") co_return co_await s.jobs.release(std::move(proof), body.reason.value_or("unspecified"));
  if (!body.step) co_return co_await s.jobs.start(std::move(proof));
  co_return co_await s.jobs.update_step(std::move(proof), std::move(body));
}

// A state that no request leads to: who asks must still hold the lease.
Task<Result<StatusAnswer>> refuse_state(Services& s, jobs::LeaseProof proof, std::string status) {
  const auto proved = co_await s.jobs.prove(std::move(proof));
  if (!proved) co_return std::unexpected(proved.error());
  co_return fail(ErrorKind::conflict, "bad_transition", fmt::format("No request makes a job {}.", status));
}

Task<Result<StatusAnswer>> put_status(Services& s, Caller caller, PutStatus request) {
  StatusRequest& body = request.body.value.document;
  const std::string& status = body.status;
  if (!caller.may(Permission::lease_write)) {
    if (status == "cancelled") co_return co_await cancel(s, caller, *request.id);
    co_return fail(ErrorKind::forbidden, "not_lease_holder",
                   "Only the agent that holds the job may say that; a user may say cancelled.");
  }
  s.agents.heard(caller.who().agent);
  if (status == "assigned") co_return co_await claim(s, caller.who().agent, *request.id, std::move(body));
  jobs::LeaseProof proof = lease_proof(caller, request);
  if (status == "running" || status == "queued")
    co_return either(co_await write_lease(s, std::move(proof), std::move(body)));
  if (status == "succeeded" || status == "failed" || status == "cancelled" || status == "timed_out")
    co_return co_await finish(s, std::move(proof), std::move(body));
  co_return co_await refuse_state(s, std::move(proof), status);
}

}  // namespace

void add_status_routes(RouteRows& rows, Services& s) {
  add_route(rows, s, http::Method::put, "/api/v1/jobs/{id}/status", Permission::job_cancel | Permission::lease_write,
            put_status,
            {.id = "putStatus",
             .summary = "Claim, start, report, release or finish a job as its agent; cancel it as a user",
             .tag = "jobs",
             .refusals = {"not_lease_holder", "stale_attempt", "bad_transition", "not_queued", "agent_busy",
                          "agent_draining", "claim_used", "superseded", "already_terminal", "log_store"},
             .body_max = status_body_max});
}

}  // namespace open_cicd::api
