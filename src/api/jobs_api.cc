#include "api/job_schema.h"
#include "api/routes.h"
#include "api/shapes.h"
#include "base/crypto.h"
#include "base/text.h"
#include "pipelines/parse.h"
#include "protocol/message_rules.h"

#include <boost/json/parse.hpp>

namespace open_cicd::api {

// One job, as YAML or JSON.
struct JobBody {
  pipelines::JobSpec spec;
  std::string_view text;
};

template <>
struct Words<jobs::JobState> {
  static constexpr auto all = protocol::job_state_names;
  static std::optional<jobs::JobState> parse(std::string_view word) { return protocol::parse_job_state(word); }
};

// Found by the type of their last parameter, so they stand in its namespace.
static Result<pipelines::Format> format_of(const http::Request& request) {
  if (has_media_type(request, "application/json")) return pipelines::Format::json;
  if (has_yaml_type(request)) return pipelines::Format::yaml;
  return fail(ErrorKind::unsupported_media, "unsupported_media",
              "Send the job with Content-Type: application/yaml or application/json.");
}

static Result<void> read_body(http::Request& request, JobBody& to) {
  const auto format = format_of(request);
  if (!format) return std::unexpected(format.error());
  auto spec = pipelines::parse_job(request.body, *format);
  if (!spec) return std::unexpected(std::move(spec.error()));
  to = {.spec = std::move(*spec), .text = request.body};
  return {};
}

static void describe_body(SchemaBook& book, bj::object& operation, std::type_identity<JobBody>) {
  book.add("Job");
  book["Job"] = job_schema();
  for (const std::string_view type : {std::string_view("application/json"), yaml_types.front()})
    add_body(operation, type, schema_ref("Job"));
}

namespace {

using auth::Permission;

constexpr std::size_t job_body_max = 1 << 20;
constexpr std::size_t log_text_max = 1 << 20;
constexpr std::size_t idempotency_key_max = 200;
using AgentWord = Text<1, protocol::name_chars_max>;

struct SubmitJob {
  Header<std::optional<Text<1, idempotency_key_max>>> idempotency_key;
  Body<JobBody> body;
  static constexpr std::array notes{Note{
      "idempotency_key", "any text of your own: the same key with the same body makes no second job for 24 hours"}};
};
BOOST_DESCRIBE_STRUCT(SubmitJob, (), (idempotency_key, body))

Task<Result<Created<SubmitView>>> submit_job(Services& s, Caller caller, SubmitJob request) {
  const auto& key = *request.idempotency_key;
  jobs::Submission submission{.spec = std::move(request.body.value.spec),
                              .owner = caller.who().id,
                              .idempotency_key = key ? std::optional<std::string>(key->text) : std::nullopt,
                              .body_digest = key ? sha256_hex(request.body->text) : std::string()};
  const auto submitted = co_await s.jobs.submit(std::move(submission));
  if (!submitted) co_return std::unexpected(submitted.error());
  const std::string id = submitted->id.str();
  co_return Created<SubmitView>{{id, std::string(name_of(submitted->state))}, "/api/v1/jobs/" + id};
}

// The log's last MiB as text, for people with one curl command; the whole is at …/logs.
Task<void> add_log_text(Services& s, const jobs::Job& job, JobView& view) {
  std::vector<int> steps{-1};
  for (const StepView& step : *view.steps) steps.push_back(step.step);
  std::string text;
  bool cut = false;
  for (auto step = steps.rbegin(); step != steps.rend() && text.size() < log_text_max; ++step) {
    const std::int64_t size = co_await s.logs.size(job.id, job.attempt, *step);
    const auto want = static_cast<std::int64_t>(log_text_max - text.size());
    const std::int64_t from = std::max<std::int64_t>(0, size - want);
    cut = cut || from > 0;
    std::string part;
    while (static_cast<std::int64_t>(part.size()) < size - from) {
      auto piece = co_await s.logs.read(job.id, job.attempt, *step, from + static_cast<std::int64_t>(part.size()),
                                        static_cast<std::size_t>(want));
      if (!piece || piece->empty()) break;
      part += *piece;
    }
    text.insert(0, part);
  }
  view.logs = to_valid_utf8(text);
  view.logs_cut = cut;
}

bool is_closed(const jobs::JobDetail& detail) {
  return jobs::is_terminal(detail.job.state) && std::ranges::none_of(detail.attempts, &jobs::Attempt::open);
}

// The notes of its current attempt, which the finish brought.
Task<void> add_notes(Services& s, const jobs::Job& job, bool with_summary, JobView& view) {
  jobs::AttemptNotes notes = co_await s.jobs.notes(job.id, job.attempt);
  if (!notes.annotations.empty()) view.annotations = std::move(notes.annotations);
  if (notes.summary_bytes > 0) view.summary_bytes = notes.summary_bytes;
  if (with_summary) view.summary = co_await s.jobs.summary(job.id, job.attempt);
}

// What is worked out now of a job that waits. Which of its needs have not ended is its run's to tell.
Task<void> add_outlook(Services& s, const jobs::Job& job, JobView& view) {
  std::optional<std::string> reason = job.reason;
  if (job.run_id && job.state == jobs::JobState::blocked)
    for (runs::RunJob& of_run : co_await s.runs.some_jobs({job.id})) reason = std::move(of_run.reason);
  const std::shared_ptr<const queue::Forecast> outlooks = co_await s.queue.outlooks();
  const auto outlook = outlooks->find(job.id);
  if (outlook != outlooks->end()) {
    view.estimate = estimate_view(outlook->second);
    reason = queue::told_reason(reason, &outlook->second);
  }
  if (reason) view.reason.text = std::move(*reason);
}

struct Besides {
  bool log = false;
  bool spec = false;
  bool summary = false;
  bool any() const { return log || spec || summary; }
};

// As it is now, with what the query asks for besides.
Task<Result<std::shared_ptr<const ShownJob>>> look_at(Services& s, JobId id, Besides besides) {
  const std::uint64_t epoch = s.ended_jobs->epoch();
  const auto detail = co_await s.jobs.get(id);
  if (!detail) co_return std::unexpected(detail.error());
  std::map<int, std::int64_t> live;
  if (!detail->attempts.empty() && detail->attempts.back().open)
    for (const jobs::StepRecord& step : detail->attempts.back().steps)
      live[step.step] = co_await s.logs.size(id, detail->job.attempt, step.step);
  JobView view = view_of(*detail, live);
  if (jobs::is_waiting(detail->job.state)) co_await add_outlook(s, detail->job, view);
  if (!detail->attempts.empty() && !detail->attempts.back().open)
    co_await add_notes(s, detail->job, besides.summary, view);
  if (besides.log) co_await add_log_text(s, detail->job, view);
  if (besides.spec) {
    auto spec = co_await s.jobs.spec(id);
    if (!spec) co_return std::unexpected(std::move(spec.error()));
    view.spec = json::Text{std::move(*spec)};
  }

  auto shown = std::make_shared<ShownJob>();
  shown->body = json::write_text(view);
  shown->body.shrink_to_fit();
  shown->tag = fmt::format("\"{:08x}-{:x}\"", crc32c(shown->body), shown->body.size());
  for (const jobs::Attempt& attempt : detail->attempts) shown->agents.push_back(attempt.agent_id);
  if (!besides.any() && is_closed(*detail)) s.ended_jobs->keep(id, shown, epoch);
  co_return shown;
}

struct ShowJob {
  Path<JobId> id;
  Query<Flag, false> logs;
  Query<Flag, false> spec;
  Query<Flag, false> summary;
  Header<std::optional<std::string_view>> if_none_match;
  static constexpr std::array notes{Note{"logs", "adds the text of the log, its last MiB"},
                                    Note{"spec", "adds the job as resolved"},
                                    Note{"summary", "adds what its steps wrote to $CI_SUMMARY, as Markdown"}};
};
BOOST_DESCRIBE_STRUCT(ShowJob, (), (id, logs, spec, summary, if_none_match))

Result<Encoded<JobView>> shown_to(const Caller& caller, const ShowJob& request, const ShownJob& job) {
  const auth::Principal& who = caller.who();
  if (who.grant(Permission::job_read) == auth::Grant::own && std::ranges::count(job.agents, who.id) == 0)
    return not_found("job", request.id->str());
  const bool known = *request.if_none_match == job.tag;
  return Encoded<JobView>{.body = known ? std::string() : job.body, .tag = job.tag, .known = known};
}

std::optional<Result<Encoded<JobView>>> show_ended_job(Services& s, const Caller& caller, const ShowJob& request) {
  if (request.logs->on || request.spec->on || request.summary->on) return std::nullopt;
  const std::shared_ptr<const ShownJob> job = s.ended_jobs->find(*request.id);
  if (!job) return std::nullopt;
  return shown_to(caller, request, *job);
}

Task<Result<Encoded<JobView>>> show_job(Services& s, Caller caller, ShowJob request) {
  auto now = co_await look_at(s, *request.id,
                              {.log = request.logs->on, .spec = request.spec->on, .summary = request.summary->on});
  if (!now) co_return std::unexpected(std::move(now.error()));
  co_return shown_to(caller, request, **now);
}

struct ListJobs {
  Query<std::optional<jobs::JobState>> state;
  Query<std::optional<std::string_view>> runs_on;
  Query<std::optional<AgentWord>> agent;
  Query<Whole<1, 200>, 50> limit;
  Query<std::optional<std::string_view>> cursor;
  static constexpr std::array notes{
      Note{"runs_on", "only jobs that ask for this label"},
      Note{"agent",
           "only jobs that this agent took, by when it did: its id, or its name, which is that of the last one to "
           "register under it. attempts then has the newest attempt there"},
      Note{"cursor", "next_cursor of the page before"}};
};
BOOST_DESCRIBE_STRUCT(ListJobs, (), (state, runs_on, agent, limit, cursor))

std::unexpected<Error> wrong_cursor() {
  return invalid_fields({{"cursor", "must be the next_cursor of an answer"}});
}

// "CLAIMED_AT.JOB"
Result<jobs::TakenAt> parse_taken_at(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return wrong_cursor();
  jobs::TakenAt place;
  if (detail::read_whole(text.substr(0, dot), 0, whole_max, place.claimed_at)) return wrong_cursor();
  const auto job = JobId::parse(text.substr(dot + 1));
  if (!job) return wrong_cursor();
  place.job = *job;
  return place;
}

Task<Result<JobListView>> list_history(Services& s, ListJobs request) {
  jobs::AgentHistoryFilter filter{.state = *request.state, .limit = static_cast<int>(*request.limit)};
  if (*request.runs_on) filter.runs_on = std::string(**request.runs_on);
  if (*request.cursor) {
    auto before = parse_taken_at(**request.cursor);
    if (!before) co_return std::unexpected(std::move(before.error()));
    filter.before = *before;
  }
  const auto agent = co_await s.agents.find(std::string((*request.agent)->text));
  if (!agent) co_return std::unexpected(agent.error());
  filter.agent = *agent;
  const jobs::AgentHistory history = co_await s.jobs.history(std::move(filter));
  JobListView view;
  for (const auto& [job, attempt] : history.jobs) {
    view.jobs.push_back(view_of(job));
    view.jobs.back().attempts.emplace().push_back(view_of(attempt));
  }
  if (history.next)
    view.next_cursor = boost::json::value(fmt::format("{}.{}", history.next->claimed_at, history.next->job.str()));
  co_return view;
}

Task<Result<JobListView>> list_jobs(Services& s, Caller, ListJobs request) {
  if (*request.agent) co_return co_await list_history(s, std::move(request));
  jobs::JobFilter filter{.state = *request.state,
                         .runs_on = std::nullopt,
                         .limit = static_cast<int>(*request.limit),
                         .before_seq = std::nullopt};
  if (*request.runs_on) filter.runs_on = std::string(**request.runs_on);
  if (*request.cursor) {
    std::int64_t before = 0;
    if (detail::read_whole(**request.cursor, 1, whole_max, before)) co_return wrong_cursor();
    filter.before_seq = before;
  }
  const auto list = co_await s.jobs.list(std::move(filter));
  if (!list) co_return std::unexpected(list.error());
  JobListView view;
  for (const jobs::Job& job : list->jobs) view.jobs.push_back(view_of(job));
  if (list->next) view.next_cursor = boost::json::value(std::to_string(*list->next));
  co_return view;
}

}  // namespace

void add_job_routes(RouteRows& rows, Services& s) {
  using http::Method;
  add_route(rows, s, Method::post, "/api/v1/jobs", Permission::job_create, submit_job,
            {.id = "submitJob",
             .summary = "Submit one job, as JSON or YAML",
             .tag = "jobs",
             .refusals = {"malformed_yaml", "idempotency_mismatch", "idempotency_race", "queue_full"},
             .body_max = job_body_max,
             .links = {{"showJob", "id"}, {"putStatus", "id"}, {"readLog", "id"}, {"streamLog", "id"}}});
  add_route(rows, s, Method::get, "/api/v1/jobs", Permission::job_list, list_jobs,
            {.id = "listJobs", .summary = "List jobs, newest first", .tag = "jobs", .refusals = {"not_found"}});
  add_route(rows, s, Method::get, "/api/v1/jobs/{id}", Permission::job_read, show_job,
            {.id = "showJob", .summary = "Show one job", .tag = "jobs"}, show_ended_job);
}

}  // namespace open_cicd::api
