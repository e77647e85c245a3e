#include "repositories/reporter.h"

#include "base/cancellation.h"
#include "base/json.h"
#include "base/log.h"
#include "base/units.h"
#include "db/row.h"
#include "repositories/limits.h"
#include "scm/status.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>

namespace open_cicd::repositories {
namespace {

constexpr Milliseconds report_look{150};

// Repositories first, so that the many runs of one hide none of another.
constexpr db::Query due_repositories_query{
    .name = "run_reports.repositories",
    .sql =
        "SELECT DISTINCT coalesce(r.repository_id, '') AS repository FROM run_reports o LEFT JOIN runs r ON r.id = "
        "o.run_id WHERE o.not_before <= $1 LIMIT 1000"};
constexpr db::Query due_reports_query{
    .name = "run_reports.due",
    .sql =
        "SELECT o.run_id, o.rev, o.tries FROM run_reports o LEFT JOIN runs r ON r.id = o.run_id WHERE o.not_before <= "
        "$1 "
        "AND coalesce(r.repository_id, '') = $2 ORDER BY CASE WHEN r.trust = 'fork' THEN 1 ELSE 0 END, o.not_before, "
        "r.seq LIMIT 20"};
constexpr db::Query status_error_query{
    .name = "repositories.status_error",
    .sql =
        "UPDATE repositories SET status_error = $2 WHERE id = $1 AND coalesce(status_error, '') <> coalesce($2, '')"};
constexpr db::Query done_query{.name = "run_reports.done",
                               .sql = "DELETE FROM run_reports WHERE run_id = $1 AND rev = $2"};
constexpr db::Query later_query{
    .name = "run_reports.later",
    .sql = "UPDATE run_reports SET not_before = $2, tries = tries + 1, last_error = $3 WHERE run_id = $1"};
constexpr db::Query left_query{.name = "run_reports.left", .sql = "SELECT run_id FROM run_reports LIMIT 10000"};
constexpr db::Query doubt_query{.name = "commit_statuses.doubt",
                                .sql = "UPDATE commit_statuses SET state = '' WHERE run_id = $1"};
constexpr db::Query again_query{.name = "run_reports.again",
                                .sql = "UPDATE run_reports SET not_before = $3 WHERE run_id = $1 AND rev = $2"};
constexpr db::Query told_query{.name = "commit_statuses.told",
                               .sql =
                                   "SELECT context, state, description, run_id, number, round FROM commit_statuses "
                                   "WHERE repository_id = $1 AND sha = $2"};
constexpr db::Query keep_query{
    .name = "commit_statuses.keep",
    .sql =
        "INSERT INTO commit_statuses (repository_id, sha, context, state, description, run_id, number, round, sent_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (repository_id, sha, context) DO UPDATE SET state = "
        "excluded.state, description = excluded.description, run_id = excluded.run_id, number = excluded.number, round "
        "= excluded.round, sent_at = excluded.sent_at"};

scm::CommitState commit_state(std::string_view run_or_job) {
  if (run_or_job == "succeeded" || run_or_job == "skipped") return scm::CommitState::success;
  if (run_or_job == "failed" || run_or_job == "timed_out") return scm::CommitState::failure;
  if (run_or_job == "cancelled" || run_or_job == "lost") return scm::CommitState::error;
  return scm::CommitState::pending;
}

std::string code_of(const std::optional<std::string>& reason) {
  if (!reason) return {};
  boost::system::error_code bad;
  const boost::json::value value = boost::json::parse(*reason, bad);
  const auto* code = bad || !value.is_object() ? nullptr : value.get_object().if_contains("code");
  return code != nullptr && code->is_string() ? std::string(code->get_string()) : std::string();
}

std::string took(const std::optional<std::int64_t>& from, const std::optional<std::int64_t>& to) {
  if (!from || !to || *to < *from) return {};
  const std::int64_t seconds = (*to - *from + 999) / 1000;
  return fmt::format(" in {}", format_duration(seconds * 1000));
}

std::string describe(const runs::Run& run) {
  const std::string code = code_of(run.reason);
  if (code == "waiting_for_approval") return "waits for an approval";
  if (code == "invalid_pipeline") return "the pipeline file is not valid";
  if (run.state == "skipped" && code == "skipped_filter") return "skipped: no file that it looks at was changed";
  if (run.state == "succeeded" && run.warnings)
    return "succeeded, with warnings" + took(run.started_at, run.finished_at);
  if (run.state == "pending") return "waits";
  if (run.state == "queued" || run.state == "running") return "runs";
  return run.state + took(run.started_at, run.finished_at);
}

std::string describe(const runs::RunJob& job) {
  const std::string state(name_of(job.state));
  if (!jobs::is_terminal(job.state)) return "waits or runs";
  if (job.state == jobs::JobState::skipped) {
    const std::string code = code_of(job.reason);
    return code == "skipped_need" ? "skipped: a job that it needs did not succeed"
                                  : "skipped: its condition or a filter left it out";
  }
  if (job.allowed) return "failed, and that is allowed";
  return state + took(job.started_at, job.finished_at);
}

scm::CommitState state_of(const runs::RunJob& job) {
  if (job.allowed) return scm::CommitState::success;
  // A job that a failure left out is not what a required check waits for to be green.
  if (job.state == jobs::JobState::skipped && code_of(job.reason) == "skipped_need") return scm::CommitState::error;
  return commit_state(name_of(job.state));
}

std::string name_of_state(scm::CommitState state) {
  return std::string(scm::commit_state_names[static_cast<std::size_t>(state)]);
}

}  // namespace

std::vector<ToldStatus> statuses_of(const runs::RunDetail& detail) {
  const runs::Run& run = detail.run;
  const auto told = [&](std::optional<std::string_view> job, scm::CommitState state, const std::string& description) {
    return ToldStatus{.context = scm::status_context(
                          {.pipeline = run.name, .event = run.event, .job = job, .modified = run.modified}),
                      .state = name_of_state(state),
                      .description = scm::status_description(description),
                      .run_id = run.id.str(),
                      .number = run.number,
                      .round = run.round};
  };
  std::vector<ToldStatus> all{told(std::nullopt, commit_state(run.state), describe(run))};
  // Of what a stranger asks for, the forge is told no more than that it waits.
  if (run.state == "pending" && code_of(run.reason) == "waiting_for_approval") return all;
  for (const runs::RunJob& job : detail.jobs) all.push_back(told(job.key, state_of(job), describe(job)));
  return all;
}

struct Reporter::Due {
  std::string run_id;
  std::int64_t rev = 0, tries = 0;
  BOOST_DESCRIBE_CLASS(Due, (), (run_id, rev, tries), (), ())
};

Milliseconds Reporter::pause_after(std::int64_t tries) const {
  Milliseconds pause = repositories_.settings().report_retry;
  for (std::int64_t i = 0; i < tries && pause < limits::retry_max; ++i) pause *= 2;
  return std::min(pause, limits::retry_max);
}

Task<void> Reporter::run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup workers(executor);
  asio::steady_timer timer(executor);
  busy_.clear();
  bool has_looked_back = false;
  std::exception_ptr ended;
  while (!ended) {
    try {
      try {
        if (!has_looked_back) co_await look_back();
        has_looked_back = true;
        const db::Rows due = co_await db_.read(due_repositories_query, {clock_.unix_ms()});
        for (std::size_t i = 0; i < due.size(); ++i) {
          const std::string& repository = due.text(i, 0);
          if (const auto paused = paused_.find(repository); paused != paused_.end()) {
            if (paused->second > clock_.unix_ms()) continue;
            paused_.erase(paused);
          }
          if (busy_.insert(repository).second) workers.spawn("statuses", report_all(repository));
        }
      } catch (const db::DatabaseError& e) {
        log_warn("what forges are to be told cannot be read; trying again", {{"error", e.what()}});
      }
      timer.expires_after(report_look);
      co_await timer.async_wait(asio::use_awaitable);
    } catch (const std::exception& e) {
      if (is_cancellation(e)) break;
      ended = std::current_exception();
    }
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await workers.stop();
  if (ended) std::rethrow_exception(ended);
}

Task<void> Reporter::report_all(std::string id) {
  std::vector<Due> due;
  std::string failed;
  Milliseconds pause{0};
  try {
    due = db::read_all<Due>(co_await db_.read(due_reports_query, {clock_.unix_ms(), id}));
    const Result<void> told = co_await report_some(id, due);
    if (!told) {
      failed = told.error().message();
      if (const auto after = told.error().retry_after()) pause = *after;
    }
  } catch (const std::exception& e) {
    if (is_cancellation(e)) throw;
    failed = e.what();
  }
  try {
    if (!failed.empty() && !due.empty()) {
      pause = std::max(pause, pause_after(due.front().tries));
      paused_[id] = clock_.unix_ms() + pause.count();  // also for what is added meanwhile
      log_warn("a forge could not be told how a run stands; it is tried again",
               {{"repository", id}, {"why", failed}, {"after_ms", pause.count()}});
      co_await later(due, pause, failed);
    }
    if (!due.empty() || failed.empty()) co_await show_error(id, failed);
  } catch (const db::DatabaseError& e) {
    log_warn("what a forge was told cannot be kept; it is told again", {{"error", e.what()}});
  }
  busy_.erase(id);
}

// Takes from `due` what is done.
Task<Result<void>> Reporter::report_some(const std::string& id, std::vector<Due>& due) {
  const auto repository_id = RepositoryId::parse(id);
  std::optional<Repository> repository;
  if (repository_id) repository = co_await repositories_.get(*repository_id);
  const ForgeKind* kind = repository ? repositories_.forges().find(repository->forge) : nullptr;
  std::unique_ptr<scm::Forge> forge;
  if (kind != nullptr && kind->has_api()) {  // else nobody is there to be told
    Result<std::unique_ptr<scm::Forge>> made = co_await repositories_.forge_of(*repository);
    if (!made) co_return std::unexpected(std::move(made.error()));
    forge = std::move(*made);
  }
  while (!due.empty()) {
    Result<void> told;
    if (forge) told = co_await report(*repository, *forge, due.front());
    if (!told && told.error().code() == "forge_away") in_doubt_[due.front().run_id] = end_of_doubt();
    if (!told && due.front().tries < limits::report_tries_max) co_return told;
    if (!told)
      log_error("a forge was not told how a run ended, and is not asked any more",
                {{"run", due.front().run_id}, {"why", told.error().message()}});
    const auto doubt = in_doubt_.find(due.front().run_id);
    if (told && forge && doubt != in_doubt_.end() && doubt->second > clock_.unix_ms()) {
      co_await again(due.front(), doubt->second);
    } else {
      co_await done(due.front());
      in_doubt_.erase(due.front().run_id);
    }
    due.erase(due.begin());
  }
  co_return Result<void>();
}

Task<void> Reporter::show_error(std::string id, std::string error) {
  auto body = [id = std::move(id), error = std::move(error)](db::Transaction& tx) -> Task<void> {
    co_await tx.run(status_error_query, {id, error.empty() ? db::Value() : db::Value(error)});
  };
  co_await db_.transact(std::move(body));
}

// Of a run that goes on with an edited file under contexts of its own: how the rounds before ended, where the forge
// does not know it, or it would wait for them without end.
Task<std::vector<ToldStatus>> Reporter::left_waiting(const runs::Run& run, const std::vector<runs::Round>& rounds,
                                                     const std::map<std::string, ToldStatus>& told) {
  std::vector<ToldStatus> left;
  const auto edited = std::ranges::find(rounds, true, &runs::Round::edited);
  if (edited == rounds.begin() || edited == rounds.end()) co_return left;
  const runs::Round& last = *std::prev(edited);
  auto before = co_await runs_.get(run.id, last.round);
  if (!before) co_return left;
  before->run.modified = false;
  before->run.state = last.state;
  before->run.reason.reset();
  before->run.finished_at = last.finished_at;
  for (ToldStatus& status : statuses_of(*before)) {
    const auto known = told.find(status.context);
    const bool is_known = known != told.end() && !known->second.state.empty() &&
                          known->second.state != name_of_state(scm::CommitState::pending);
    if (!is_known) left.push_back(std::move(status));
  }
  co_return left;
}

// One request at a time, so that none overtakes another.
Task<Result<void>> Reporter::report(const Repository& repository, scm::Forge& forge, const Due& due) {
  const auto detail = co_await runs_.get(RunId::parse(due.run_id).value());
  if (!detail || !detail->run.sha) co_return Result<void>();
  const std::string sha = *detail->run.sha;
  std::map<std::string, ToldStatus> before;
  for (ToldStatus& told : db::read_all<ToldStatus>(co_await db_.read(told_query, {repository.id.str(), sha})))
    before[told.context] = std::move(told);
  std::vector<ToldStatus> all = co_await left_waiting(detail->run, detail->rounds, before);
  std::ranges::move(statuses_of(*detail), std::back_inserter(all));
  for (const ToldStatus& wanted : all) {
    if (const auto known = before.find(wanted.context); known != before.end()) {
      if (known->second == wanted) continue;
      if (std::pair(known->second.number, known->second.round) > std::pair(wanted.number, wanted.round)) continue;
    }
    scm::CommitState state{};
    for (std::size_t i = 0; i < scm::commit_state_names.size(); ++i)
      if (scm::commit_state_names[i] == wanted.state) state = static_cast<scm::CommitState>(i);
    Result<void> sent = co_await forge.set_status(
        repository.full_name,
        {.sha = sha,
         .state = state,
         .context = wanted.context,
         .description = wanted.description,
         .target_url = fmt::format("{}/runs/{}", repositories_.settings().public_url, wanted.run_id),
         .ref = detail->run.ref.value_or("")});
    // What can never be taken is not asked for again and again.
    if (!sent && sent.error().kind() != ErrorKind::invalid) co_return sent;
    if (!sent)
      log_warn("a forge refuses a status",
               {{"repository", repository.full_name}, {"context", wanted.context}, {"why", sent.error().message()}});
    auto body = [id = repository.id.str(), sha, wanted, now = clock_.unix_ms()](db::Transaction& tx) -> Task<void> {
      co_await tx.run(keep_query, {id, sha, wanted.context, wanted.state, wanted.description, wanted.run_id,
                                   wanted.number, wanted.round, now});
    };
    co_await db_.transact(std::move(body));
  }
  co_return Result<void>();
}

// Unix milliseconds.
std::int64_t Reporter::end_of_doubt() const {
  return clock_.unix_ms() + (repositories_.settings().report_retry * limits::doubt_factor).count();
}

Task<void> Reporter::look_back() {
  const db::Rows left = co_await db_.read(left_query, {});
  for (std::size_t i = 0; i < left.size(); ++i) in_doubt_[left.text(i, 0)] = end_of_doubt();
}

// A request that nobody answered may still be read by the forge, and would then be the last word.
Task<void> Reporter::again(const Due& due, std::int64_t at) {
  auto body = [run = due.run_id, rev = due.rev, at](db::Transaction& tx) -> Task<void> {
    co_await tx.run(doubt_query, {run});
    co_await tx.run(again_query, {run, rev, at});
  };
  co_await db_.transact(std::move(body));
}

Task<void> Reporter::done(const Due& due) {
  auto body = [run = due.run_id, rev = due.rev](db::Transaction& tx) -> Task<void> {
    co_await tx.run(done_query, {run, rev});
  };
  co_await db_.transact(std::move(body));
}

Task<void> Reporter::later(std::vector<Due> due, Milliseconds pause, std::string why) {
  auto body = [due = std::move(due), at = clock_.unix_ms() + pause.count(), why](db::Transaction& tx) -> Task<void> {
    for (const Due& one : due) co_await tx.run(later_query, {one.run_id, at, why});
  };
  co_await db_.transact(std::move(body));
}

}  // namespace open_cicd::repositories
