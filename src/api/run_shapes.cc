#include "api/run_shapes.h"

#include "api/shapes.h"
#include "base/clock.h"

namespace open_cicd::api {
namespace {

// Tokens keep their row, and so their name, when they are revoked; a database that was put together by hand may lack
// it.
std::string name_of_token(const std::optional<std::string>& name) {
  return name.value_or("a token that was removed");
}

// A login of a forge may look like the id of a token, so it is never looked up as one.
std::string asker_of(const runs::Run& run) {
  return run.made_by == "api" || run.made_by == "manual" ? name_of_token(run.asker) : run.triggered_by;
}

}  // namespace

RunJobView run_job_view(const runs::RunJob& job) {
  return {.id = job.id.str(),
          .version = job.version,
          .key = job.key,
          .name = job.name,
          .needs = job.needs,
          .round = job.round,
          .state = std::string(name_of(job.state)),
          .reason = json::Text{job.reason.value_or("null")},
          .warning = job.allowed,
          .attempts = job.attempt,
          .exit_code = job.exit_code,
          .created_at = format_rfc3339(job.created_at),
          .queued_at = time_or_nothing(job.queued_at),
          .started_at = time_or_nothing(job.started_at),
          .finished_at = time_or_nothing(job.finished_at)};
}

RunView run_view(const runs::Run& run) {
  return {.id = run.id.str(),
          .version = run.version,
          .number = run.number,
          .pipeline = run.pipeline,
          .name = run.name,
          .event = run.event,
          .branch = run.branch,
          .tag = run.tag,
          .repository_id = run.repository_id ? std::optional(run.repository_id->str()) : std::nullopt,
          .repository = run.repository,
          .ref = run.ref,
          .sha = run.sha,
          .title = run.title,
          .author = run.author,
          .change = run.change,
          .trust = run.trust,
          .approved_by = run.approved_by,
          .approved_by_name = run.approved_by ? std::optional(name_of_token(run.approver)) : std::nullopt,
          .triggered_by = run.triggered_by,
          .triggered_by_name = asker_of(run),
          .state = run.state,
          .reason = json::Text{run.reason.value_or("null")},
          .warnings = run.warnings,
          .round = run.round,
          .modified = run.modified,
          .created_at = format_rfc3339(run.created_at),
          .started_at = time_or_nothing(run.started_at),
          .finished_at = time_or_nothing(run.finished_at),
          .jobs = {},
          .rounds = {}};
}

RunListView run_list_view(const runs::RunList& list) {
  RunListView view;
  for (const runs::Run& run : list.runs) view.runs.push_back(run_view(run));
  if (list.next) view.next_cursor = boost::json::value(std::to_string(*list.next));
  return view;
}

RunView run_view(const runs::RunDetail& detail, const queue::Forecast& outlooks) {
  RunView view = run_view(detail.run);
  view.rounds.emplace();
  for (const runs::Round& round : detail.rounds)
    view.rounds->push_back({.round = round.round,
                            .edited = round.edited,
                            .triggered_by = round.asked_by,
                            .state = round.state,
                            .created_at = format_rfc3339(round.created_at),
                            .finished_at = time_or_nothing(round.finished_at)});
  view.jobs.emplace();
  for (const runs::RunJob& job : detail.jobs) {
    RunJobView& shown = view.jobs->emplace_back(run_job_view(job));
    const auto outlook = outlooks.find(job.id);
    if (outlook == outlooks.end() || !jobs::is_waiting(job.state)) continue;
    shown.estimate = estimate_view(outlook->second);
    if (auto told = queue::told_reason(job.reason, &outlook->second)) shown.reason.text = std::move(*told);
  }
  return view;
}

}  // namespace open_cicd::api
