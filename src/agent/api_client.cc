#include "agent/api_client.h"

#include "base/boottime.h"
#include "base/crypto.h"
#include "base/json.h"
#include "http/foreign.h"
#include "protocol/log_times.h"

namespace open_cicd::agent {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr http::ServerOptions told_by{.address = "--server, OPEN_CICD_AGENT_SERVER",
                                      .ca_file = "--ca-file or OPEN_CICD_AGENT_CA_FILE"};
constexpr Milliseconds poll_slack{10'000};  // beyond the wait that the server was asked for

template <class T>
Result<T> read_reply(const http::ClientResponse& response) {
  Result<T> reply = json::read_text<T>(response.body, json::Unknown::ignore);
  if (reply) return reply;
  std::string detail = reply.error().message();
  for (const FieldError& field : reply.error().fields()) detail += fmt::format("; {} {}", field.path, field.message);
  return std::unexpected(Error(ErrorKind::unavailable, "bad_reply",
                               fmt::format("the server's answer ({}) is not of this protocol", response.status))
                             .with_detail(std::move(detail)));
}

struct JobStateReply {
  std::string state;
};
BOOST_DESCRIBE_STRUCT(JobStateReply, (), (state))

// The status decides what is done about it, as a proxy's word on this request (too large) is worth more than on the
// rest.
Error foreign_error(const http::ClientResponse& response, const Error& what) {
  const Error plain = http::error_of({.status = response.status, .headers = response.headers, .body = {}});
  const bool redirected = response.status >= 300 && response.status < 400;
  Error error(plain.kind(), redirected ? "redirected" : fmt::format("http_{}", response.status), what.message());
  if (plain.retry_after()) return std::move(error).with_retry_after(*plain.retry_after());
  return error;
}

std::string status_target(const std::string& job_id) {
  return fmt::format("/api/v1/jobs/{}/status", job_id);
}

}  // namespace

ApiClient::ApiClient(http::Client& http, ApiObserver& observer, Milliseconds timeout)
    : http_(http), observer_(observer), timeout_(timeout) {}

void ApiClient::become(std::string agent_id, Secret agent_token) {
  agent_id_ = std::move(agent_id);
  token_ = std::move(agent_token);
  authorization_ = "Bearer " + token_.reveal();
}

http::ClientRequest ApiClient::make_request(http::Method method, std::string target) const {
  return {.method = method,
          .target = std::move(target),
          .headers = {{"Authorization", authorization_}},
          .content_type = json_type,
          .timeout = timeout_};
}

http::ClientRequest ApiClient::make_request(http::Method method, std::string target, const Lease& lease) const {
  http::ClientRequest request = make_request(method, std::move(target));
  request.headers.emplace_back(protocol::attempt_header, std::to_string(lease.attempt));
  request.headers.emplace_back(protocol::lease_header, lease.token);
  return request;
}

// Returns a 2xx answer; any other is its Error.
Task<Result<http::ClientResponse>> ApiClient::exchange(http::ClientRequest request, bool renews) {
  const std::chrono::nanoseconds sent_at = boottime_now();
  const std::string target = request.target;
  Result<http::ClientResponse> response = co_await http_.send(std::move(request));
  if (!response) co_return std::unexpected(http::explain_unreachable(http_.base(), told_by, response.error()));
  if (const auto foreign =
          http::foreign_answer({.server = http_.base(), .target = target, .options = told_by}, *response))
    co_return std::unexpected(foreign_error(*response, *foreign));
  if (response->status < 500) observer_.server_answered();
  if (response->status < 200 || response->status > 299) co_return std::unexpected(http::error_of(*response));
  if (renews) observer_.lease_renewed(sent_at);
  co_return std::move(*response);
}

Task<Result<protocol::RegisterReply>> ApiClient::register_agent(protocol::RegisterRequest message, Secret token) {
  http::ClientRequest request = make_request(http::Method::post, "/api/v1/agents/register");
  request.headers = {{"Authorization", "Bearer " + token.reveal()}};
  request.body = json::write_text(message);
  Result<http::ClientResponse> response = co_await exchange(std::move(request), false);
  if (!response) co_return std::unexpected(std::move(response.error()));
  co_return read_reply<protocol::RegisterReply>(*response);
}

Task<Result<void>> ApiClient::remove() {
  Result<http::ClientResponse> response =
      co_await exchange(make_request(http::Method::delete_, fmt::format("/api/v1/agents/{}", agent_id_)), false);
  if (!response) co_return std::unexpected(std::move(response.error()));
  co_return Result<void>();
}

Task<Result<std::optional<protocol::PollReply>>> ApiClient::poll(PollQuery query) {
  std::string target = fmt::format("/api/v1/agents/{}/jobs?wait={}&boot_id={}&boot_seq={}&watch=1", agent_id_,
                                   query.wait_s, query.boot_id, query.boot_seq);
  if (query.seen) target += fmt::format("&seen={}", *query.seen);
  http::ClientRequest request = make_request(http::Method::get, std::move(target));
  request.timeout = Milliseconds(query.wait_s * 1000) + poll_slack;
  request.ends_header = protocol::socket_header;
  Result<http::ClientResponse> response = co_await exchange(std::move(request), false);
  if (!response) co_return std::unexpected(std::move(response.error()));
  if (response->status == 204) co_return std::optional<protocol::PollReply>();
  Result<protocol::PollReply> reply = read_reply<protocol::PollReply>(*response);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  co_return std::optional(std::move(*reply));
}

Task<Result<protocol::HeartbeatReply>> ApiClient::heartbeat(protocol::HeartbeatRequest message) {
  http::ClientRequest request = make_request(http::Method::post, fmt::format("/api/v1/agents/{}/heartbeat", agent_id_));
  request.body = json::write_text(message);
  // A heartbeat renews only the leases that the reply calls ok, and the caller looks at those.
  Result<http::ClientResponse> response = co_await exchange(std::move(request), false);
  if (!response) co_return std::unexpected(std::move(response.error()));
  co_return read_reply<protocol::HeartbeatReply>(*response);
}

Task<Result<protocol::LeftoversReply>> ApiClient::leftovers(protocol::LeftoversRequest message) {
  http::ClientRequest request = make_request(http::Method::post, fmt::format("/api/v1/agents/{}/leftovers", agent_id_));
  request.body = json::write_text(message);
  Result<http::ClientResponse> response = co_await exchange(std::move(request), false);
  if (!response) co_return std::unexpected(std::move(response.error()));
  co_return read_reply<protocol::LeftoversReply>(*response);
}

Task<Result<protocol::ClaimReply>> ApiClient::claim(std::string job_id, protocol::StatusRequest message) {
  http::ClientRequest request = make_request(http::Method::put, status_target(job_id));
  request.body = json::write_text(message);
  Result<http::ClientResponse> response = co_await exchange(std::move(request), false);
  if (!response) co_return std::unexpected(std::move(response.error()));
  co_return read_reply<protocol::ClaimReply>(*response);
}

Task<Result<protocol::StatusReply>> ApiClient::report(Lease lease, protocol::StatusRequest message) {
  http::ClientRequest request = make_request(http::Method::put, status_target(lease.job.str()), lease);
  request.body = json::write_text(message);
  Result<http::ClientResponse> response = co_await exchange(std::move(request), true);
  if (!response) co_return std::unexpected(std::move(response.error()));
  co_return read_reply<protocol::StatusReply>(*response);
}

Task<Result<FinishReply>> ApiClient::finish(Lease lease, std::string body) {
  http::ClientRequest request = make_request(http::Method::put, status_target(lease.job.str()), lease);
  request.body = std::move(body);
  Result<http::ClientResponse> response = co_await exchange(std::move(request), true);
  if (!response) co_return std::unexpected(std::move(response.error()));
  if (response->status == 202) {
    Result<protocol::LogsIncompleteReply> reply = read_reply<protocol::LogsIncompleteReply>(*response);
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    co_return FinishReply{.missing = std::move(reply->next)};
  }
  Result<protocol::FinishReply> reply = read_reply<protocol::FinishReply>(*response);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  co_return FinishReply{.state = std::move(reply->state), .next = std::move(reply->next)};
}

Task<Result<protocol::AppendReply>> ApiClient::append(Lease lease, LogChunk chunk) {
  http::ClientRequest request =
      make_request(http::Method::post,
                   fmt::format("/api/v1/jobs/{}/logs?step={}&offset={}&crc32c={}", lease.job.str(), chunk.step,
                               chunk.offset, format_crc32c(chunk.crc32c)),
                   lease);
  request.body_view = chunk.bytes;
  request.content_type = "application/octet-stream";
  if (!chunk.encoding.empty()) request.headers.emplace_back("Content-Encoding", chunk.encoding);
  // A header: servers that do not know it take the chunk without it.
  if (!chunk.times.empty()) request.headers.emplace_back(protocol::log_times_header, std::move(chunk.times));
  Result<http::ClientResponse> response = co_await exchange(std::move(request), true);
  if (!response) co_return std::unexpected(std::move(response.error()));
  co_return read_reply<protocol::AppendReply>(*response);
}

Task<Result<std::string>> ApiClient::job_state(JobId job) {
  Result<http::ClientResponse> response =
      co_await exchange(make_request(http::Method::get, fmt::format("/api/v1/jobs/{}", job.str())), false);
  if (!response) co_return std::unexpected(std::move(response.error()));
  Result<JobStateReply> reply = read_reply<JobStateReply>(*response);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  co_return std::move(reply->state);
}

}  // namespace open_cicd::agent
