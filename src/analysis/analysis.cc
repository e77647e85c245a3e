#include "analysis/analysis.h"

#include "analysis/fingerprint.h"
#include "base/json.h"
#include "db/row.h"

#include <boost/json/object.hpp>

#include <algorithm>

namespace open_cicd::analysis {
namespace {

constexpr db::Query find_fingerprint_query{.name = "failure_lines.find",
                                           .sql = "SELECT fingerprint FROM failure_lines WHERE job_id = $1"};
// Retention may have been quicker.
constexpr db::Query insert_fingerprint_query{
    .name = "failure_lines.insert",
    .sql =
        "INSERT INTO failure_lines (job_id, fingerprint) SELECT id, $2 FROM jobs WHERE id = $1 ON CONFLICT DO NOTHING",
    .postgres_sql =
        "INSERT INTO failure_lines (job_id, fingerprint) SELECT id, $2::text FROM jobs WHERE id = $1 ON CONFLICT DO "
        "NOTHING"};

constexpr int no_step = -2;

struct FailedStep {
  int number = no_step;
  std::string name;
};
FailedStep step_of(const std::optional<std::string>& reason) {
  FailedStep step;
  const auto parsed = json::parse(reason.value_or("null"));
  const boost::json::object* object = parsed ? parsed->if_object() : nullptr;
  const boost::json::value* facts = object != nullptr ? object->if_contains("facts") : nullptr;
  if (facts == nullptr || !facts->is_object()) return step;
  if (const auto* number = facts->get_object().if_contains("step"); number != nullptr && number->is_int64())
    step.number = static_cast<int>(number->get_int64());
  if (const auto* name = facts->get_object().if_contains("name"); name != nullptr && name->is_string())
    step.name = name->get_string();
  return step;
}

Ending ending_of(const PastEnd& past) {
  return {.run = {.id = past.run_id, .number = past.number, .sha = past.sha},
          .passed = past.state == "succeeded",
          .step = step_of(past.reason).number,
          .fingerprint = {}};
}

}  // namespace

Task<std::optional<std::string>> Analysis::fingerprint(JobId job) {
  const db::Rows rows = co_await db_.read(find_fingerprint_query, {job.str()});
  if (rows.empty()) co_return std::nullopt;
  co_return rows.text(0, 0);
}

// A database that takes no writes now costs another look at the log later.
Task<void> Analysis::keep(JobId job, std::string fingerprint) {
  try {
    co_await db_.transact([job, fingerprint = std::move(fingerprint)](db::Transaction& tx) -> Task<void> {
      co_await tx.run(insert_fingerprint_query, {job.str(), fingerprint});
    });
  } catch (const db::DatabaseError&) {
  }
}

// As far as they are looked at: up to the first that is not this failure.
Task<std::vector<Ending>> Analysis::endings(const Ending& failure, std::vector<PastEnd> past, int& past_logs) {
  std::vector<Ending> all;
  for (const PastEnd& one : past) {
    Ending& ending = all.emplace_back(ending_of(one));
    if (!ending.passed && ending.step != no_step && is_same(failure, ending) && !failure.fingerprint.empty()) {
      std::optional<std::string> known = co_await fingerprint(one.job_id);
      if (!known && past_logs-- > 0) {
        const Excerpt excerpt = co_await read_excerpt(logs_, one.job_id, one.attempt, ending.step);
        known = fingerprint_of(excerpt.text);
        co_await keep(one.job_id, *known);
      }
      ending.fingerprint = known.value_or("");
    }
    if (!is_same(failure, ending)) break;
  }
  co_return all;
}

Task<void> Analysis::explain(Failure& failure, const runs::Run& run, const Lanes& lanes, int& past_logs) {
  Ending ending{.run = {.id = run.id, .number = run.number, .sha = run.sha},
                .passed = false,
                .step = failure.step.value_or(no_step),
                .fingerprint = {}};
  if (failure.step) {
    failure.excerpt = co_await read_excerpt(logs_, failure.job.id, failure.job.attempt, *failure.step);
    ending.fingerprint = fingerprint_of(failure.excerpt.text);
    if (!co_await fingerprint(failure.job.id)) co_await keep(failure.job.id, ending.fingerprint);
  }
  if (failure.job.state == jobs::JobState::lost) co_return;  // the machine's fault, of which no job's history tells
  const std::string& key = failure.job.key;
  History history{
      .here = co_await endings(ending, co_await archive_.ends_of(lanes.here, key), past_logs),
      .on_default_branch = co_await endings(ending, co_await archive_.ends_of(lanes.on_default_branch, key), past_logs),
      .is_default_branch = lanes.is_default_branch,
      .of_commit = {}};
  for (const PastEnd& past : co_await archive_.rounds_of(run.id, key)) history.of_commit.push_back(ending_of(past));
  for (const PastEnd& past : co_await archive_.ends_of(lanes.of_commit, key))
    history.of_commit.push_back(ending_of(past));
  failure.verdict = judge(ending, history);
}

Task<Result<Report>> Analysis::of_run(RunId id) {
  const auto detail = co_await runs_.get(id);
  if (!detail) co_return std::unexpected(detail.error());
  Report report;
  for (const bool allowed : {false, true})
    for (const runs::RunJob& job : detail->jobs) {
      if (!jobs::is_failure(job.state) || job.allowed != allowed) continue;
      ++report.failures_total;
      if (report.failures.size() == failures_max) continue;
      FailedStep step = step_of(job.reason);
      report.failures.push_back({.job = job,
                                 .step = step.number == no_step ? std::nullopt : std::optional(step.number),
                                 .step_name = std::move(step.name),
                                 .excerpt = {},
                                 .verdict = {}});
    }
  if (!report.failures.empty()) {
    const Lanes lanes = co_await archive_.lanes_of(detail->run);
    int past_logs = past_logs_max;
    for (std::size_t i = 0; i < std::min(report.failures.size(), explained_max); ++i)
      co_await explain(report.failures[i], detail->run, lanes, past_logs);
  }
  const Past past = co_await archive_.past_of(detail->run);
  report.usual_ms = past.run_ms;
  report.critical_path = critical_path(*detail);
  report.slower = slower(*detail, report.critical_path, past);
  co_return report;
}

}  // namespace open_cicd::analysis
