#include "api/request.h"
#include "api/routes.h"
#include "api/shapes.h"
#include "base/crypto.h"
#include "base/text.h"
#include "pipelines/parse.h"

#include <boost/json/parse.hpp>

namespace open_cicd::api {
namespace {

using auth::Access;

constexpr std::size_t job_body_max = 1 << 20;
constexpr std::size_t log_text_max = 1 << 20;
constexpr std::size_t idempotency_key_max = 200;

Result<pipelines::Format> format_of(const http::Request& request) {
  if (has_media_type(request, "application/json")) return pipelines::Format::json;
  for (const std::string_view yaml : {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
    if (has_media_type(request, yaml)) return pipelines::Format::yaml;
  return fail(ErrorKind::unsupported_media, "unsupported_media",
              "Send the job with Content-Type: application/yaml or application/json.");
}

Task<http::Response> submit_job(Services& s, http::Request& request) {
  const auto format = format_of(request);
  if (!format) co_return answer(format.error(), request);
  auto spec = pipelines::parse_job(request.body, *format);
  if (!spec) co_return answer(spec.error(), request);
  const auto key = request.header("Idempotency-Key");
  if (key && (key->empty() || key->size() > idempotency_key_max))
    co_return answer(invalid_fields({{"Idempotency-Key", "must have 1 to 200 characters"}}).error(), request);
  jobs::Submission submission{.spec = std::move(*spec),
                              .owner = auth::principal_of(request).id,
                              .idempotency_key = key ? std::optional<std::string>(*key) : std::nullopt,
                              .body_digest = key ? sha256_hex(request.body) : std::string()};
  const auto submitted = co_await s.jobs.submit(std::move(submission));
  if (!submitted) co_return answer(submitted.error(), request);
  http::Response response = answer_json(201, SubmitView{submitted->id.str(), std::string(name_of(submitted->state))});
  response.headers.emplace_back("Location", "/api/v1/jobs/" + submitted->id.str());
  co_return response;
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

// As it is now, with what the query asks for besides.
Task<Result<std::shared_ptr<const ShownJob>>> look_at(Services& s, JobId id, bool with_log, bool with_spec) {
  const auto detail = co_await s.jobs.get(id);
  if (!detail) co_return std::unexpected(detail.error());
  std::map<int, std::int64_t> live;
  if (!detail->attempts.empty() && detail->attempts.back().open)
    for (const jobs::StepRecord& step : detail->attempts.back().steps)
      live[step.step] = co_await s.logs.size(id, detail->job.attempt, step.step);
  JobView view = view_of(*detail, live);
  if (with_log) co_await add_log_text(s, detail->job, view);
  if (with_spec) view.spec = json::Text{detail->job.spec};

  auto shown = std::make_shared<ShownJob>();
  shown->body = json::write_text(view);
  shown->body.shrink_to_fit();
  shown->tag = fmt::format("\"{:08x}-{:x}\"", crc32c(shown->body), shown->body.size());
  for (const jobs::Attempt& attempt : detail->attempts) shown->agents.push_back(attempt.agent_id);
  if (!with_log && !with_spec && is_closed(*detail)) s.ended_jobs->keep(id, shown);
  co_return shown;
}

Task<http::Response> show_job(Services& s, http::Request& request) {
  const auto id = path_id<JobId>(request, "job");
  if (!id) co_return answer(id.error(), request);
  const bool with_log = request.query_value("logs") == "1";
  const bool with_spec = request.query_value("spec") == "1";
  std::shared_ptr<const ShownJob> shown = with_log || with_spec ? nullptr : s.ended_jobs->find(*id);
  if (!shown) {
    auto now = co_await look_at(s, *id, with_log, with_spec);
    if (!now) co_return answer(now.error(), request);
    shown = std::move(*now);
  }
  const auth::Principal& who = auth::principal_of(request);
  if (who.kind == auth::TokenKind::agent && std::ranges::count(shown->agents, who.id) == 0)
    co_return answer(not_found("job", id->str()).error(), request);
  const bool known = request.header("If-None-Match") == shown->tag;
  http::Response response = known ? http::Response::empty(304) : http::Response::json(200, shown->body);
  response.headers.emplace_back("ETag", shown->tag);
  co_return response;
}

Task<http::Response> list_jobs(Services& s, http::Request& request) {
  const auto limit = query_integer(request, "limit", 1, 200);
  const auto cursor = query_integer(request, "cursor", 1, std::numeric_limits<std::int64_t>::max());
  for (const auto* number : {&limit, &cursor})
    if (!*number) co_return answer(number->error(), request);
  jobs::JobFilter filter{.state = std::nullopt,
                         .runs_on = std::nullopt,
                         .limit = static_cast<int>(limit->value_or(50)),
                         .before_seq = *cursor};
  if (const auto state = request.query_value("state")) {
    filter.state = jobs::parse_job_state(*state);
    if (!filter.state)
      co_return answer(
          invalid_fields({{"state",
                           "must be blocked, queued, assigned, running, cancelling, succeeded, failed, cancelled, "
                           "timed_out, lost or skipped"}})
              .error(),
          request);
  }
  if (const auto label = request.query_value("runs_on")) filter.runs_on = std::string(*label);
  const auto list = co_await s.jobs.list(std::move(filter));
  if (!list) co_return answer(list.error(), request);
  JobListView view;
  for (const jobs::Job& job : list->jobs) view.jobs.push_back(view_of(job));
  if (list->next) view.next_cursor = boost::json::value(std::to_string(*list->next));
  co_return answer_json(200, view);
}

}  // namespace

void add_job_routes(Rows& rows, Services& s) {
  add_route(rows, s, http::Method::post, "/api/v1/jobs", Access::admin, job_body_max, submit_job,
            {"submitJob", "Submit one job, as JSON or YAML", "jobs", "JobSpec", "SubmitView", {201, 415, 422, 429}});
  add_route(rows, s, http::Method::get, "/api/v1/jobs", Access::admin, 0, list_jobs,
            {"listJobs",
             "List jobs, newest first: ?state= &runs_on= &limit= &cursor=",
             "jobs",
             "",
             "JobListView",
             {200, 422}});
  add_route(rows, s, http::Method::get, "/api/v1/jobs/{id}", Access::admin_or_agent, 0, show_job,
            {"showJob",
             "Show one job; ?logs=1 adds its log, ?spec=1 the job as resolved",
             "jobs",
             "",
             "JobView",
             {200, 304, 404}});
}

}  // namespace open_cicd::api
