// PUT /api/v1/jobs/{id}/status: the writes of an agent on its lease, and a user's cancel.
#include "api/lease_proof.h"
#include "api/request.h"
#include "api/routes.h"
#include "base/id.h"
#include "base/text.h"

namespace open_cicd::api {
namespace {

using auth::Access;
using protocol::StatusRequest;

constexpr std::size_t status_body_max = 256 * 1024;
constexpr std::size_t text_bytes_max = 4096;

std::unexpected<Error> missing(std::string_view field, std::string_view why) {
  return invalid_fields({{std::string(field), fmt::format("is required {}", why)}});
}

Task<http::Response> cancel(Services& s, http::Request& request, JobId job) {
  const auto state = co_await s.jobs.cancel(job, auth::principal_of(request).id);
  if (!state) co_return answer(state.error(), request);
  const bool under_way = *state == jobs::JobState::cancelling;
  co_return answer_json(under_way ? 202 : 200,
                        protocol::StatusReply{.state = std::string(name_of(*state)), .cancel = false});
}

Task<http::Response> claim(Services& s, http::Request& request, JobId job, StatusRequest body) {
  const AgentId agent = auth::principal_of(request).agent;
  for (const auto& [name, value] : {std::pair("claim_id", &body.claim_id), std::pair("boot_id", &body.boot_id)}) {
    if (!*value) co_return answer(missing(name, "for a claim").error(), request);
    if (!parse_uuid(**value))
      co_return answer(invalid_fields({{name, "must be a UUID in lower case"}}).error(), request);
  }
  if (auto may = co_await s.agents.admit_claim(agent, job, *body.boot_id, body.boot_seq); !may)
    co_return answer(may.error(), request);
  auto claimed = co_await s.jobs.claim({.job = job,
                                        .agent = agent,
                                        .claim_id = *body.claim_id,
                                        .boot_id = *body.boot_id,
                                        .attempt = body.attempt,
                                        .start = body.start.value_or(false)});
  if (!claimed) co_return answer(claimed.error(), request);
  for (const auto& [step, next] : co_await s.logs.next_offsets(job, claimed->attempt))
    claimed->log_offsets[std::to_string(step)] = next;
  co_return answer_json(200, *claimed);
}

Task<http::Response> finish(Services& s, http::Request& request, jobs::LeaseProof proof, StatusRequest body) {
  const auto finished = co_await s.jobs.finish(std::move(proof), std::move(body));
  if (!finished) co_return answer(finished.error(), request);
  if (!finished->next.empty()) co_return answer_json(202, protocol::LogsIncompleteReply{.next = finished->next});
  co_return answer_json(200, finished->reply);
}

Task<Result<protocol::StatusReply>> write_lease(Services& s, jobs::LeaseProof proof, StatusRequest body) {
  if (body.status == "queued") co_return co_await s.jobs.release(std::move(proof), body.reason.value_or("unspecified"));
  if (!body.step) co_return co_await s.jobs.start(std::move(proof));
  if (!body.step_state) co_return missing("step_state", "beside step");
  co_return co_await s.jobs.update_step(std::move(proof), std::move(body));
}

// What is stored and shown to people: printable, and short.
Result<void> check_texts(const StatusRequest& body) {
  std::vector<FieldError> errors;
  for (const auto& [name, text] : {std::pair("reason", &body.reason), std::pair("message", &body.message)}) {
    if (*text && ((*text)->size() > text_bytes_max || !is_valid_utf8(**text) || (*text)->contains('\0')))
      errors.push_back({name, "must be at most 4096 bytes of UTF-8 without NUL"});
  }
  if (body.duration_ms.value_or(0) < 0) errors.push_back({"duration_ms", "must not be negative"});
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

Task<http::Response> put_status(Services& s, http::Request& request) {
  const auto job = path_id<JobId>(request, "job");
  if (!job) co_return answer(job.error(), request);
  auto body = read_body<StatusRequest>(request);
  if (!body) co_return answer(body.error(), request);
  if (const auto good = check_texts(*body); !good) co_return answer(good.error(), request);
  const auth::Principal& who = auth::principal_of(request);
  const std::string& status = body->status;
  const auto known = jobs::parse_job_state(status);
  if (who.kind == auth::TokenKind::admin) {
    if (status == "cancelled") co_return co_await cancel(s, request, *job);
    if (!known)
      co_return answer(invalid_fields({{"status", "must be cancelled: that is what a user may ask for"}}).error(),
                       request);
    co_return answer(Error(ErrorKind::forbidden, "not_lease_holder",
                           "Only the agent that holds the job may say that; a user may say cancelled."),
                     request);
  }
  s.agents.heard(who.agent);
  if (status == "assigned") co_return co_await claim(s, request, *job, std::move(*body));
  jobs::LeaseProof proof = lease_proof(request, *job);
  if (status == "running" || status == "queued") {
    const auto reply = co_await write_lease(s, std::move(proof), std::move(*body));
    co_return reply ? answer_json(200, *reply) : answer(reply.error(), request);
  }
  if (status == "succeeded" || status == "failed" || status == "cancelled" || status == "timed_out")
    co_return co_await finish(s, request, std::move(proof), std::move(*body));
  if (known) {  // a state that no request leads to: who asks must still hold the lease
    const auto proved = co_await s.jobs.prove(std::move(proof));
    if (!proved) co_return answer(proved.error(), request);
    co_return answer(Error(ErrorKind::conflict, "bad_transition", fmt::format("No request makes a job {}.", status)),
                     request);
  }
  co_return answer(
      invalid_fields({{"status", "must be assigned, running, queued, succeeded, failed, cancelled or timed_out"}})
          .error(),
      request);
}

}  // namespace

void add_status_routes(Rows& rows, Services& s) {
  add_route(rows, s, http::Method::put, "/api/v1/jobs/{id}/status", Access::admin_or_agent, status_body_max, put_status,
            {"putStatus",
             "Claim, start, report, release or finish a job as its agent; cancel it as a user",
             "jobs",
             "StatusRequest",
             "StatusReply",
             {200, 202, 404, 409, 422}});
}

}  // namespace open_cicd::api
