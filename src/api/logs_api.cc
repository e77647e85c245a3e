#include "api/lease_proof.h"
#include "api/request.h"
#include "api/routes.h"
#include "base/crypto.h"
#include "base/first_of.h"
#include "http/byte_range.h"

#include <boost/json/parse.hpp>

namespace open_cicd::api {
namespace {

using auth::Access;

Task<http::Response> append_lines(Services& s, http::Request& request, JobId job, jobs::LeaseProof proof) {
  auto body = read_body<protocol::LinesRequest>(request);
  if (!body) co_return answer(body.error(), request);
  const int attempt = proof.attempt;
  if (const auto admitted = co_await s.jobs.admit_append(std::move(proof), body->step); !admitted)
    co_return answer(admitted.error(), request);
  const auto next = co_await s.logs.append_lines(job, attempt, body->step, body->seq, std::move(body->lines));
  co_return next ? answer_json(202, protocol::AppendReply{*next}) : answer(next.error(), request);
}

Result<std::optional<std::uint32_t>> query_crc(const http::Request& request) {
  const auto text = request.query_value("crc32c");
  if (!text) return std::optional<std::uint32_t>();
  const std::optional<std::uint32_t> crc = parse_crc32c(*text);
  if (!crc) return invalid_fields({{"crc32c", "must be 8 hex digits"}});
  return crc;
}

Task<http::Response> append_log(Services& s, http::Request& request) {
  const auto job = path_id<JobId>(request, "job");
  if (!job) co_return answer(job.error(), request);
  jobs::LeaseProof proof = lease_proof(request, *job);
  s.agents.heard(proof.agent);
  if (has_media_type(request, "application/json")) co_return co_await append_lines(s, request, *job, std::move(proof));
  const auto step = query_integer(request, "step", -1, 1'000'000);
  const auto offset = query_integer(request, "offset", 0, std::numeric_limits<std::int64_t>::max());
  const auto crc = query_crc(request);
  if (!step) co_return answer(step.error(), request);
  if (!offset) co_return answer(offset.error(), request);
  if (!crc) co_return answer(crc.error(), request);
  if (!*step || !*offset)
    co_return answer(
        invalid_fields({{!*step ? "step" : "offset", "is required in the query, like ?step=0&offset=0"}}).error(),
        request);
  const int attempt = proof.attempt;
  const int index = static_cast<int>(**step);
  if (const auto admitted = co_await s.jobs.admit_append(std::move(proof), index); !admitted)
    co_return answer(admitted.error(), request);
  const auto next = co_await s.logs.append(*job, attempt, index, **offset, request.body, *crc);
  co_return next ? answer_json(202, protocol::AppendReply{*next}) : answer(next.error(), request);
}

using http::ByteRange;

Result<std::optional<ByteRange>> read_range(const http::Request& request, std::int64_t size) {
  const auto header = request.header("Range");
  if (!header) return std::optional<ByteRange>();
  return http::parse_byte_range(*header, size);
}

struct ChosenLog {
  int attempt = 1;
  std::optional<int> step;
};

Result<ChosenLog> chosen_log(const http::Request& request, const jobs::JobDetail& detail) {
  const auto attempt = query_integer(request, "attempt", 1, std::max(1, detail.job.attempt));
  if (!attempt) return std::unexpected(attempt.error());
  const auto step = query_integer(request, "step", -1, 1'000'000);
  if (!step) return std::unexpected(step.error());
  ChosenLog chosen{.attempt = static_cast<int>(attempt->value_or(detail.job.attempt)), .step = std::nullopt};
  if (!*step) return chosen;
  chosen.step = static_cast<int>(**step);
  const auto steps = static_cast<int>(boost::json::parse(detail.job.spec).as_object().at("steps").as_array().size());
  if (*chosen.step >= steps)
    return fail(
        ErrorKind::not_found, "no_such_step",
        fmt::format("The job has no step {}: its steps are 0 to {}, and -1 is the setup.", *chosen.step, steps - 1));
  return chosen;
}

Task<http::Response> read_log(Services& s, http::Request& request) {
  const auto job = path_id<JobId>(request, "job");
  if (!job) co_return answer(job.error(), request);
  const auto detail = co_await s.jobs.get(*job);
  if (!detail) co_return answer(detail.error(), request);
  const auto chosen = chosen_log(request, *detail);
  if (!chosen) co_return answer(chosen.error(), request);
  const std::int64_t size = co_await s.logs.size(*job, chosen->attempt, chosen->step);
  const auto range = read_range(request, size);
  if (!range) {
    http::Response response = answer(range.error(), request);
    response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    co_return response;
  }
  const ByteRange bytes = range->value_or(ByteRange{0, size});
  http::Response response{.status = *range ? 206 : 200, .content_type = "text/plain; charset=utf-8"};
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (*range)
    response.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", bytes.begin, bytes.end - 1, size));
  response.content_length = static_cast<std::uint64_t>(bytes.end - bytes.begin);
  response.stream = [&logs = s.logs, job = *job, chosen = *chosen, bytes](http::BodyWriter& writer) {
    return logs.stream_raw(job, chosen.attempt, chosen.step, bytes.begin, bytes.end, writer);
  };
  co_return response;
}

// Completes when the token is no longer taken; a database that is away revokes nothing.
Task<void> until_revoked(Services& s, std::string token) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(s.stream_token_check);
    co_await timer.async_wait(asio::use_awaitable);
    try {
      if (!co_await s.auth.identify(token)) co_return;
    } catch (const db::DatabaseError&) {
    }
  }
}

Task<bool> follow(Services& s, JobId job, std::optional<std::string> last, http::BodyWriter& writer) {
  co_await s.logs.stream_events(job, std::move(last), writer, [&writer] { return writer.shutting_down(); });
  co_return true;
}

Task<void> follow_while_allowed(Services& s, JobId job, std::string token, std::optional<std::string> last,
                                http::BodyWriter& writer) {
  co_await unless(follow(s, job, std::move(last), writer), until_revoked(s, std::move(token)));
}

Task<http::Response> stream_log(Services& s, http::Request& request) {
  const auto job = path_id<JobId>(request, "job");
  if (!job) co_return answer(job.error(), request);
  if (const auto snapshot = co_await s.jobs.snapshot(*job); !snapshot) co_return answer(snapshot.error(), request);
  auto ticket = s.logs.admit_stream(auth::principal_of(request).id + "@" + request.peer_address);
  if (!ticket) co_return answer(ticket.error(), request);
  const auto last = request.header("Last-Event-ID");
  http::Response response{.status = 200, .content_type = "text/event-stream"};
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = [&s, job = *job, ticket = std::move(*ticket), token = auth::bearer_of(request),
                     last = last ? std::optional<std::string>(*last) : std::nullopt](http::BodyWriter& writer) {
    return follow_while_allowed(s, job, token, last, writer);
  };
  co_return response;
}

}  // namespace

void add_log_routes(Rows& rows, Services& s) {
  add_route(rows, s, http::Method::post, "/api/v1/jobs/{id}/logs", Access::agent,
            static_cast<std::size_t>(s.agent_settings.max_chunk), append_log,
            {"appendLog",
             "Append bytes to a step's log: ?step= &offset= &crc32c=; or lines as JSON",
             "logs",
             "bytes",
             "AppendReply",
             {202, 404, 409, 413, 416, 422}});
  add_route(
      rows, s, http::Method::get, "/api/v1/jobs/{id}/logs", Access::admin, 0, read_log,
      {"readLog", "The raw bytes of a log; ?step= &attempt=, with Range", "logs", "", "bytes", {200, 206, 404, 416}});
  add_route(rows, s, http::Method::get, "/api/v1/jobs/{id}/logs/stream", Access::admin, 0, stream_log,
            {"streamLog",
             "Follow a job: its log and its states as Server-Sent Events",
             "logs",
             "",
             "events",
             {200, 404, 503}});
}

}  // namespace open_cicd::api
