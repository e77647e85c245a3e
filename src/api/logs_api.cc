#include "api/chosen_log.h"
#include "api/lease_proof.h"
#include "api/routes.h"
#include "api/streams.h"
#include "base/crypto.h"
#include "base/first_of.h"
#include "http/byte_range.h"
#include "protocol/log_times.h"
#include "protocol/message_rules.h"

#include <boost/json/parse.hpp>

namespace open_cicd::api {

// A chunk's bytes, or lines as JSON for agents of a few curl commands; whatever says that it is not JSON is bytes.
struct ChunkBody {
  std::string_view bytes;
  std::optional<protocol::LinesRequest> lines;
};

// Found by the type of their last parameter, so they stand in its namespace.
static Result<void> read_body(http::Request& request, ChunkBody& to) {
  to.bytes = request.body;
  if (!has_media_type(request, "application/json")) return {};
  Json<protocol::LinesRequest> lines;
  if (Result<void> read = detail::read_body(request, lines); !read) return read;
  to.lines = std::move(lines.document);
  return {};
}

// Beside bytes: when they were printed. Where they begin is known later.
struct ChunkTimes {
  std::string_view text;
};
static detail::Wrong read_value(std::string_view text, ChunkTimes& to) {
  to.text = text;
  if (protocol::parse_log_times(text, 0)) return std::nullopt;
  return fmt::format("must be at most {} marks like 0+1764529200123,512+20", protocol::log_times_max);
}
template <>
struct ParameterSchema<ChunkTimes> {
  static bj::object make() {
    return {{"type", "string"}, {"pattern", "^[0-9]{1,15}\\+[0-9]{1,15}(,[0-9]{1,15}\\+[0-9]{1,15}){0,255}$"}};
  }
};

static void describe_body(SchemaBook& book, bj::object& operation, std::type_identity<ChunkBody>) {
  add_body(operation, "application/octet-stream", {{"type", "string"}, {"format", "binary"}});
  add_body(operation, "application/json", schema_of<protocol::LinesRequest>(book, Side::request));
}

namespace {

using auth::Permission;
using http::ByteRange;

struct AppendLog {
  Path<JobId> id;
  Query<std::optional<StepNumber>> step;
  Query<std::optional<Whole<0, whole_max>>> offset;
  Query<std::optional<Crc32c>> crc32c;
  Header<std::optional<Whole<0, attempt_max>>> x_attempt;
  Header<std::optional<std::string_view>> x_lease_token;
  Header<std::optional<ChunkTimes>> x_log_times;
  Body<ChunkBody> body;
  static constexpr std::array notes{
      Note{"step", "of bytes: the step, from 0; -1 is the setup"},
      Note{"offset", "of bytes: how many of the step's bytes come before them"},
      Note{"crc32c", "of bytes: their CRC-32C"},
      Note{"x_log_times",
           "of bytes: when they were printed, as marks of how many bytes and milliseconds after the mark before"},
  };
};
BOOST_DESCRIBE_STRUCT(AppendLog, (), (id, step, offset, crc32c, x_attempt, x_lease_token, x_log_times, body))

using AppendAnswer = Accepted<protocol::AppendReply>;

Task<Result<AppendAnswer>> append_lines(Services& s, JobId job, jobs::LeaseProof proof, protocol::LinesRequest body) {
  const int attempt = proof.attempt;
  if (auto admitted = co_await s.jobs.admit_append(std::move(proof), body.step); !admitted)
    co_return std::unexpected(std::move(admitted.error()));
  auto next = co_await s.logs.append_lines(job, attempt, body.step, body.seq, std::move(body.lines));
  if (!next) co_return std::unexpected(std::move(next.error()));
  co_return AppendAnswer{{*next}};
}

Task<Result<AppendAnswer>> append_log(Services& s, Caller caller, AppendLog request) {
  const JobId job = *request.id;
  jobs::LeaseProof proof = lease_proof(caller, request);
  s.agents.heard(proof.agent);
  if (request.body->lines)
    co_return co_await append_lines(s, job, std::move(proof), std::move(*request.body.value.lines));
  if (!*request.step ||
      !*request.offset) {  // lines say it in their body; who does not hold the lease learns that first
    if (auto holds = co_await s.jobs.prove(std::move(proof)); !holds)
      co_return std::unexpected(std::move(holds.error()));
    co_return invalid_fields({{!*request.step ? "step" : "offset", "is required in the query, like ?step=0&offset=0"}});
  }
  const int attempt = proof.attempt;
  const int step = static_cast<int>(**request.step);
  if (auto admitted = co_await s.jobs.admit_append(std::move(proof), step); !admitted)
    co_return std::unexpected(std::move(admitted.error()));
  const auto crc = *request.crc32c ? std::optional((*request.crc32c)->sum) : std::nullopt;
  using Times = std::vector<protocol::LogTime>;
  const auto& said = *request.x_log_times;
  Times times = said ? protocol::parse_log_times(said->text, **request.offset).value_or(Times()) : Times();
  auto next = co_await s.logs.append(job, attempt, step, **request.offset, request.body->bytes, crc, std::move(times));
  if (!next) co_return std::unexpected(std::move(next.error()));
  co_return AppendAnswer{{*next}};
}

struct ReadLog {
  Path<JobId> id;
  Query<std::optional<StepNumber>> step;
  Query<std::optional<AttemptNumber>> attempt;
  Header<std::optional<std::string_view>> range;
  static constexpr std::array notes{
      Note{"step", "one step, from 0; -1 is the setup; without it, all of them in order"},
      Note{"attempt", "an earlier attempt; without it, the newest"},
  };
};
BOOST_DESCRIBE_STRUCT(ReadLog, (), (id, step, attempt, range))

struct LogBytes {
  static void add(bj::object& operation) {
    const bj::object bytes{{"type", "string"}, {"format", "binary"}};
    add_answer(operation, 200, "the whole log", "text/plain", bytes);
    add_answer(operation, 206, "the range that was asked for", "text/plain", bytes);
    add_answer_header(operation, 206, "Content-Range", "which bytes of how many");
  }
};

Task<Result<Raw<LogBytes>>> read_log(Services& s, Caller, ReadLog request) {
  const JobId job = *request.id;
  const auto detail = co_await s.jobs.get(job);
  if (!detail) co_return std::unexpected(detail.error());
  const auto chosen = choose_log(*detail, *request.attempt, *request.step);
  if (!chosen) co_return std::unexpected(chosen.error());
  const std::int64_t size = co_await s.logs.size(job, chosen->attempt, chosen->step);
  if (const std::int64_t recorded = recorded_bytes(*detail, *chosen); size < recorded)
    co_return std::unexpected(co_await missing_log(s, job, size, recorded));
  std::optional<ByteRange> range;
  if (*request.range) {
    auto parsed = http::parse_byte_range(**request.range, size);
    if (!parsed) co_return std::unexpected(std::move(parsed.error()));
    range = *parsed;
  }
  const ByteRange bytes = range.value_or(ByteRange{0, size});
  http::Response response{.status = range ? 206 : 200, .content_type = "text/plain; charset=utf-8"};
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (range)
    response.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", bytes.begin, bytes.end - 1, size));
  response.content_length = static_cast<std::uint64_t>(bytes.end - bytes.begin);
  response.stream = [&logs = s.logs, job, chosen = *chosen, bytes](http::BodyWriter& writer) {
    return logs.stream_raw(job, chosen.attempt, chosen.step, bytes.begin, bytes.end, writer);
  };
  co_return Raw<LogBytes>{std::move(response)};
}

Task<bool> follow(Services& s, JobId job, std::optional<std::string> last, http::BodyWriter& writer) {
  co_await s.logs.stream_events(job, std::move(last), writer, [&writer] { return writer.shutting_down(); });
  co_return true;
}

Task<void> follow_while_allowed(Services& s, JobId job, auth::Proof proof, std::optional<std::string> last,
                                http::BodyWriter& writer) {
  co_await unless(follow(s, job, std::move(last), writer), until_revoked(s, std::move(proof)));
}

struct StreamLog {
  Path<JobId> id;
  Header<std::optional<std::string_view>> last_event_id;
  static constexpr std::array notes{Note{"last_event_id", "the id of the last event that arrived"}};
};
BOOST_DESCRIBE_STRUCT(StreamLog, (), (id, last_event_id))

struct LogEvents {
  static void add(bj::object& operation) {
    const bj::object text{{"type", "string"}};
    const bj::object events{{"type", "string"},
                            {"enum", bj::array{"attempt", "step", "status", "log", "lagged", "end"}}};
    add_answer(operation, 200, "events until the job ends; the schema is that of each", "text/event-stream",
               {{"type", "object"},
                {"required", bj::array{"event", "data"}},
                {"properties", {{"event", events}, {"data", text}, {"id", text}}}});
  }
};

Task<Result<Raw<LogEvents>>> stream_log(Services& s, Caller caller, StreamLog request) {
  const JobId job = *request.id;
  if (auto snapshot = co_await s.jobs.snapshot(job); !snapshot) co_return std::unexpected(std::move(snapshot.error()));
  auto ticket = s.logs.admit_stream(caller.who().id + "@" + caller.address());
  if (!ticket) co_return std::unexpected(std::move(ticket.error()));
  const auto& last = *request.last_event_id;
  http::Response response{.status = 200, .content_type = "text/event-stream"};
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = [&s, job, ticket = std::move(*ticket),
                     proof = s.auth.proof_of(caller.request()).value_or(auth::Proof()),
                     last = last ? std::optional<std::string>(*last) : std::nullopt](http::BodyWriter& writer) {
    return follow_while_allowed(s, job, proof, last, writer);
  };
  co_return Raw<LogEvents>{std::move(response)};
}

}  // namespace

void add_log_routes(RouteRows& rows, Services& s) {
  using http::Method;
  constexpr std::string_view logs = "/api/v1/jobs/{id}/logs";
  add_route(rows, s, Method::post, logs, Permission::lease_write, append_log,
            {.id = "appendLog",
             .summary = "Append bytes to a step's log, or lines as JSON",
             .tag = "logs",
             .refusals = {"not_lease_holder", "stale_attempt", "bad_transition", "log_conflict", "log_chunk",
                          "log_limit", "log_gap", "seq_gap", "crc", "log_store"},
             .body_max = static_cast<std::size_t>(s.agent_settings.max_chunk)});
  add_route(rows, s, Method::get, logs, Permission::log_read, read_log,
            {.id = "readLog",
             .summary = "The raw bytes of a log",
             .tag = "logs",
             .refusals = {"no_such_step", "no_such_attempt", "range_not_satisfiable", "log_offset", "log_missing"}});
  add_route(rows, s, Method::get, "/api/v1/jobs/{id}/logs/stream", Permission::log_read, stream_log,
            {.id = "streamLog",
             .summary = "Follow a job: its log and its states as Server-Sent Events",
             .tag = "logs",
             .refusals = {"too_many_streams"}});
}

}  // namespace open_cicd::api
