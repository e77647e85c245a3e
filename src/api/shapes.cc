#include "api/shapes.h"

#include "base/clock.h"

namespace open_cicd::api {
namespace {

std::vector<std::string> split_flags(const std::optional<std::string>& flags) {
  std::vector<std::string> list;
  if (!flags) return list;
  std::size_t from = 0;
  while (from < flags->size()) {
    const std::size_t comma = std::min(flags->find(',', from), flags->size());
    list.push_back(flags->substr(from, comma - from));
    from = comma + 1;
  }
  return list;
}

StepView view_of(const jobs::StepRecord& record, const std::map<int, std::int64_t>& live_bytes) {
  const auto live = live_bytes.find(record.step);
  return {.step = record.step,
          .name = record.name,
          .state = std::string(name_of(record.state)),
          .exit_code = record.exit_code,
          .duration_ms = record.duration_ms,
          .log_bytes = live == live_bytes.end() ? record.log_bytes : live->second,
          .reason = record.reason,
          .allowed_failure = record.allowed_failure,
          .background = record.background};
}

}  // namespace

AttemptView view_of(const jobs::Attempt& attempt) {
  return {.attempt = attempt.attempt,
          .agent_id = attempt.agent_id,
          .agent = attempt.agent_name,
          .state = attempt.state,
          .cause = attempt.cause,
          .message = attempt.message,
          .exit_code = attempt.exit_code,
          .log_flags = split_flags(attempt.log_flags),
          .images = attempt.images,
          .claimed_at = format_rfc3339(attempt.claimed_at),
          .started_at = time_or_nothing(attempt.started_at),
          .ended_at = time_or_nothing(attempt.ended_at)};
}

std::optional<std::string> time_or_nothing(std::optional<std::int64_t> ms) {
  return ms ? std::optional(format_rfc3339(*ms)) : std::nullopt;
}

JobView view_of(const jobs::Job& job) {
  return {.id = job.id.str(),
          .version = job.version,
          .name = job.name,
          .state = std::string(name_of(job.state)),
          .reason = json::Text{job.reason.value_or("null")},
          .executor = job.executor,
          .runs_on = job.runs_on,
          .priority = job.priority,
          .run_id = job.run_id ? std::optional(job.run_id->str()) : std::nullopt,
          .key = job.key,
          .attempt = job.attempt,
          .exit_code = job.exit_code,
          .created_at = format_rfc3339(job.created_at),
          .queued_at = time_or_nothing(job.queued_at),
          .started_at = time_or_nothing(job.started_at),
          .finished_at = time_or_nothing(job.finished_at)};
}

JobView view_of(const jobs::JobDetail& detail, const std::map<int, std::int64_t>& live_bytes) {
  JobView view = view_of(detail.job);
  view.attempts.emplace();
  view.steps.emplace();
  for (const jobs::Attempt& attempt : detail.attempts) view.attempts->push_back(view_of(attempt));
  if (detail.attempts.empty()) {
    for (const jobs::StepRecord& planned : detail.planned) view.steps->push_back(view_of(planned, live_bytes));
    return view;
  }
  for (const jobs::StepRecord& record : detail.attempts.back().steps) {
    if (record.step < 0)
      view.setup = view_of(record, live_bytes);
    else
      view.steps->push_back(view_of(record, live_bytes));
  }
  view.log_flags = view.attempts->back().log_flags;
  return view;
}

std::optional<EstimateView> estimate_view(const queue::Outlook& outlook) {
  if (!outlook.starts_at) return std::nullopt;
  return EstimateView{.starts_at = time_or_nothing(outlook.starts_at), .ends_at = time_or_nothing(outlook.ends_at)};
}

QueueView view_of(const queue::QueuePage& page) {
  QueueView view;
  for (const auto& [job, outlook] : page.jobs)
    view.jobs.push_back({.id = job.id.str(),
                         .name = job.name,
                         .state = std::string(name_of(job.state)),
                         .reason = json::Text{job.reason.value_or("null")},
                         .position = outlook.position > 0 ? std::optional(outlook.position) : std::nullopt,
                         .estimate = estimate_view(outlook),
                         .executor = job.executor,
                         .runs_on = job.runs_on,
                         .priority = job.priority,
                         .run_id = job.run_id ? std::optional(job.run_id->str()) : std::nullopt,
                         .key = job.key,
                         .created_at = format_rfc3339(job.created_at),
                         .queued_at = time_or_nothing(job.queued_at)});
  if (page.next) view.next_cursor = boost::json::value(queue::text_of(*page.next));
  return view;
}

AgentView view_of(const agents::Agent& agent) {
  return {.id = agent.id.str(),
          .revision = agent.revision,
          .name = agent.name,
          .state = agent.state,
          .labels = agent.labels,
          .executors = agent.executors,
          .withdrawn = agent.withdrawn,
          .version = agent.version,
          .os = agent.os,
          .arch = agent.arch,
          .current_job = agent.current_job ? boost::json::value(*agent.current_job) : boost::json::value(),
          .registered_at = format_rfc3339(agent.registered_at),
          .last_seen_at = format_rfc3339(agent.last_seen_at)};
}

}  // namespace open_cicd::api
