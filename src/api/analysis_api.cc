// Why a run failed, whose fault it is, and where its time went.
#include "api/routes.h"
#include "base/clock.h"

namespace open_cicd::api {

struct ErrorLineView {
  int step = 0;  // −1 is the set-up
  std::int64_t line = 1;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(ErrorLineView, (), (step, line, text))

struct RunMarkView {
  std::string id;
  std::int64_t number = 0;
  std::optional<std::string> sha;
};
BOOST_DESCRIBE_STRUCT(RunMarkView, (), (id, number, sha))

struct VerdictView {
  std::string kind;
  std::optional<RunMarkView> since_run;     // the last run without this failure
  std::optional<RunMarkView> first_failed;  // since when it failed so without a gap: this run, or an earlier one
  std::optional<RunMarkView> on_default_branch_since;
  std::optional<RunMarkView> passed_on_default_branch;
  std::optional<RunMarkView> passed_in;  // of a flaky one: with the same commit; this run itself: in an earlier round
};
BOOST_DESCRIBE_STRUCT(VerdictView, (),
                      (kind, since_run, first_failed, on_default_branch_since, passed_on_default_branch, passed_in))

struct FailureView {
  std::string job_id, key, name, state;
  std::optional<int> step;
  std::optional<std::string> step_name;
  std::optional<int> exit_code;
  std::optional<ErrorLineView> error_line;
  std::vector<std::string> excerpt;
  VerdictView verdict;
  bool allowed = false;  // its failure is a warning
};
BOOST_DESCRIBE_STRUCT(FailureView, (),
                      (job_id, key, name, state, step, step_name, exit_code, error_line, excerpt, verdict, allowed))

struct CauseView {
  std::string key;
  std::string kind;                      // waited, ran
  std::optional<std::int64_t> usual_ms;  // absent: the job is new
  std::int64_t actual_ms = 0;
};
BOOST_DESCRIBE_STRUCT(CauseView, (), (key, kind, usual_ms, actual_ms))

struct SlowerView {
  std::int64_t usual_ms = 0, actual_ms = 0;
  std::vector<CauseView> because;
};
BOOST_DESCRIBE_STRUCT(SlowerView, (), (usual_ms, actual_ms, because))

struct PathJobView {
  std::string job_id, key;
  std::int64_t waited_ms = 0, ran_ms = 0;
};
BOOST_DESCRIBE_STRUCT(PathJobView, (), (job_id, key, waited_ms, ran_ms))

struct AnalysisView {
  std::vector<FailureView> failures;
  std::int64_t failures_total = 0;
  std::optional<std::int64_t> usual_ms;  // how long such a run takes; absent: there were less than three
  std::optional<SlowerView> slower;
  std::vector<PathJobView> critical_path;  // of a run that has ended
};
BOOST_DESCRIBE_STRUCT(AnalysisView, (), (failures, failures_total, usual_ms, slower, critical_path))

namespace {

struct AnalyseRun {
  Path<RunId> id;
};
BOOST_DESCRIBE_STRUCT(AnalyseRun, (), (id))

std::string_view name_of_verdict(analysis::VerdictKind kind) {
  using enum analysis::VerdictKind;
  return kind == new_failure ? "new" : kind == known ? "known" : kind == flaky ? "flaky" : "unknown";
}

std::optional<RunMarkView> mark_view(const std::optional<analysis::RunMark>& mark) {
  if (!mark) return std::nullopt;
  return RunMarkView{.id = mark->id.str(), .number = mark->number, .sha = mark->sha};
}

FailureView failure_view(const analysis::Failure& failure) {
  const analysis::Verdict& verdict = failure.verdict;
  FailureView view{.job_id = failure.job.id.str(),
                   .key = failure.job.key,
                   .name = failure.job.name,
                   .state = std::string(name_of(failure.job.state)),
                   .step = failure.step,
                   .step_name = {},
                   .exit_code = failure.job.exit_code,
                   .error_line = {},
                   .excerpt = failure.excerpt.lines,
                   .verdict = {.kind = std::string(name_of_verdict(verdict.kind)),
                               .since_run = mark_view(verdict.since_run),
                               .first_failed = mark_view(verdict.first_failed),
                               .on_default_branch_since = mark_view(verdict.on_default_branch_since),
                               .passed_on_default_branch = mark_view(verdict.passed_on_default_branch),
                               .passed_in = mark_view(verdict.passed_in)},
                   .allowed = failure.job.allowed};
  if (!failure.step_name.empty()) view.step_name = failure.step_name;
  if (failure.step && failure.excerpt.line > 0)
    view.error_line = ErrorLineView{.step = *failure.step, .line = failure.excerpt.line, .text = failure.excerpt.text};
  return view;
}

SlowerView slower_view(const analysis::Slower& slower) {
  SlowerView view{.usual_ms = slower.usual_ms, .actual_ms = slower.actual_ms, .because = {}};
  for (const analysis::Cause& cause : slower.because)
    view.because.push_back({.key = cause.key,
                            .kind = cause.waited ? "waited" : "ran",
                            .usual_ms = cause.usual_ms,
                            .actual_ms = cause.actual_ms});
  return view;
}

Task<Result<AnalysisView>> analyse_run(Services& s, Caller, AnalyseRun request) {
  const auto report = co_await s.analysis.of_run(*request.id);
  if (!report) co_return std::unexpected(report.error());
  AnalysisView view{.failures = {},
                    .failures_total = report->failures_total,
                    .usual_ms = report->usual_ms,
                    .slower = {},
                    .critical_path = {}};
  for (const analysis::Failure& failure : report->failures) view.failures.push_back(failure_view(failure));
  if (report->slower) view.slower = slower_view(*report->slower);
  for (const analysis::PathJob& job : report->critical_path)
    view.critical_path.push_back(
        {.job_id = job.id.str(), .key = job.key, .waited_ms = job.waited_ms, .ran_ms = job.ran_ms});
  co_return view;
}

}  // namespace

void add_analysis_routes(RouteRows& rows, Services& s) {
  // The lines of a log are of those who may read logs: both permissions are the administrator's.
  add_route(rows, s, http::Method::get, "/api/v1/runs/{id}/analysis", auth::Permission::log_read, analyse_run,
            {.id = "analyseRun",
             .summary = "Why a run failed and since when, what took longer than usual, and its critical path",
             .tag = "runs"});
}

}  // namespace open_cicd::api
