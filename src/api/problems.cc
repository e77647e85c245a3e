#include "api/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace open_cicd::api {
namespace {

constexpr auto table = std::to_array<ProblemCode>({
    // Of every request.
    {"malformed_request", 400, "the request is not HTTP as it must be"},
    {"malformed_query", 400, "the query string has broken escapes or too many fields"},
    {"malformed_encoding", 400, "the body is not what its Content-Encoding says"},
    {"malformed_json", 400, "the body is not JSON, or a key stands twice"},
    {"malformed_yaml", 400, "the body is not YAML"},
    {"unauthenticated", 401, "no token, or one that is not known"},
    {"wrong_token_kind", 403, "a token of this kind has no such permission"},
    {"not_you", 403, "the path belongs to another agent"},
    {"foreign_origin", 403, "a request with the cookie of a session comes from another page than the server's own"},
    {"not_found", 404, "there is no such thing"},
    {"method_not_allowed", 405, "the path takes other methods: see Allow"},
    {"request_timeout", 408, "the request came too slowly"},
    {"too_large", 413, "the body is longer than this request may have"},
    {"target_too_long", 414, "the address is too long"},
    {"unsupported_media", 415, "another Content-Type is wanted"},
    {"unsupported_encoding", 415, "another Content-Encoding is wanted: see Accept-Encoding"},
    {"unknown_expectation", 417, "the only expectation that can be met is 100-continue"},
    {"invalid", 422, "a field is wrong: see errors"},
    {"header_too_large", 431, "the header section is too long"},
    {"internal", 500, "the server made a mistake; its log knows more by request_id"},
    {"bodies_full", 503, "too many large bodies are on their way: send it again"},
    {"database_unavailable", 503, "the database does not answer: send it again"},
    // Of sessions.
    {"too_many_sign_ins", 429, "too many sign-ins from this address failed: see Retry-After"},
    {"too_many_codes", 429, "too many sign-in links wait to be used: see Retry-After"},
    // Of jobs.
    {"idempotency_mismatch", 422, "the Idempotency-Key was used with another body"},
    {"idempotency_race", 503, "the same Idempotency-Key is being used in this moment: send it again"},
    {"queue_full", 429, "no more jobs are taken now: see Retry-After"},
    {"nothing_to_rerun", 409, "no job of the run would be repeated"},
    {"run_is_cancelled", 409, "the run is being cancelled: try again when it has ended"},
    {"run_is_open", 409, "the run has not ended: cancel it, or wait until it has"},
    {"too_many_rounds", 409, "the run was repeated as often as a run may be"},
    {"too_many_runs", 429, "too many runs have not ended: see Retry-After"},
    {"already_terminal", 409, "the job, or the run, has already ended"},
    {"plan_changed", 409, "the run's plan is another one than was approved: plan_digest says which"},
    {"no_approval_needed", 409, "the run waits for no approval"},
    {"run_awaits_approval", 409, "the run waits for an approval: approve or cancel it"},
    // Of repositories, and what forges answer.
    {"ambiguous_repository", 409, "several forges have a repository of that name: give its id"},
    {"repository_exists", 409, "the repository is connected already"},
    {"other_repository", 403, "the delivery, or the forge, speaks of another repository"},
    {"nothing_to_redeliver", 409, "no run follows this delivery"},
    {"too_many_deliveries", 429, "too many deliveries of this repository wait: see Retry-After"},
    {"wrong_signature", 401, "the delivery is not signed with the webhook's secret"},
    {"read_only", 403, "a job reads its repository and no more"},
    {"git_remote", 422, "git cannot read the repository: the message has its words"},
    {"git_fetch", 503, "git cannot fetch now: the message has its words"},
    {"git_read", 503, "git cannot read the mirror now"},
    {"git_file", 413, "a file of the repository is too large to be read"},
    {"no_commit", 404, "the repository has no such commit"},
    {"program_missing", 503, "a program that the server needs cannot be started"},
    {"program_timeout", 503, "git took too long"},
    {"program_stopped", 503, "the server stops"},
    {"forge_token", 422, "the forge does not know the token"},
    {"forge_scope", 403, "the token may not do this at the forge: scope says what it lacks"},
    {"forge_repository", 404, "the forge has no such repository, or the token does not see it"},
    {"forge_refused", 422, "the forge refuses the request"},
    {"forge_moved", 422, "the forge redirects"},
    {"forge_limit", 429, "the forge takes no more requests now: see Retry-After"},
    {"forge_away", 503, "the forge does not answer"},
    {"bad_url", 422, "the address of the forge cannot be used"},
    {"bad_token", 422, "the token cannot be sent"},
    {"bad_proxy", 422, "the address of the proxy cannot be used"},
    {"bad_ca_file", 422, "the file of certificates cannot be read"},
    // Of secrets.
    {"secret_limit", 409, "there are as many secrets as there may be"},
    {"secret_changed", 409, "somebody else stored the secret at the same time"},
    // Of notifications.
    {"notification_limit", 409, "there are as many notifications as there may be"},
    {"registry_limit", 409, "there are as many logins of registries as there may be"},
    // Of leases.
    {"not_lease_holder", 403, "the caller does not hold that attempt"},
    {"stale_attempt", 409, "the attempt has ended or was replaced"},
    {"bad_transition", 409, "the job or step cannot become that"},
    {"not_queued", 409, "the job waits for no agent: poll for another"},
    {"agent_busy", 409, "the agent already holds a lease"},
    {"agent_draining", 409, "the agent drains and takes no more"},
    {"claim_used", 409, "the claim_id was used before"},
    {"superseded", 409, "a newer process of this agent has taken over"},
    // Of agents.
    {"too_many_agents", 429, "no more agents are taken"},
    {"too_many_registrations", 429, "too many registrations from this address"},
    // Of logs.
    {"no_such_attempt", 404, "the job has no such attempt"},
    {"no_such_step", 404, "the job has no such step"},
    {"log_conflict", 409, "the log has other bytes at this offset"},
    {"log_chunk", 413, "a chunk has too many bytes"},
    {"log_limit", 413, "the job's log is as long as it may be"},
    {"log_gap", 416, "bytes before the offset are missing: next says from where"},
    {"seq_gap", 416, "lines before these are missing: next_seq says which"},
    {"log_offset", 416, "the log is shorter"},
    {"range_not_satisfiable", 416, "the log has no such bytes"},
    {"crc", 422, "the chunk was damaged on its way: send it again"},
    {"log_missing", 500, "bytes of an ended job's log are not in the server's log folder any more"},
    {"log_store", 503, "the log cannot be stored now: send it again"},
    {"too_many_streams", 503, "too many logs are being watched"},
    {"too_many_searches", 503, "too many logs are being searched"},
});

}  // namespace

std::span<const ProblemCode> problem_codes() {
  return table;
}

const ProblemCode& problem_code(std::string_view code) {
  const auto found = std::ranges::find(table, code, &ProblemCode::code);
  if (found == table.end()) throw std::logic_error(fmt::format("api: no problem has the code {}", code));
  return *found;
}

}  // namespace open_cicd::api
