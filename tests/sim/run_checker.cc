#include "sim/run_checker.h"

#include "db/row.h"
#include "expressions/evaluate.h"
#include "expressions/expression.h"
#include "expressions/template.h"
#include "sim/json.h"

#include <algorithm>

namespace open_cicd::sim {
namespace {

using jobs::JobState;

constexpr db::Query run_query{
    .name = "sim.run",
    .sql =
        "SELECT number, name, state, warnings, round, cancelling_by, superseded_by, concurrency_group FROM runs WHERE "
        "id = $1"};
constexpr db::Query run_jobs_query{
    .name = "sim.run_jobs",
    .sql =
        "SELECT id, key, job, place, round, attempt, newest, spec = '{}' AS left_out, state, reason, condition, "
        "cleans_up, waits_for_slot, fail_fast, max_parallel, allow_failure, concurrency_group, late, filled, outputs, "
        "exit_code FROM jobs WHERE run_id = $1 ORDER BY place, round"};
constexpr db::Query run_states_query{.name = "sim.run_states", .sql = "SELECT id, state FROM jobs WHERE run_id = $1"};
constexpr db::Query needs_query{.name = "sim.needs",
                                .sql = "SELECT job_id, need, optional, results FROM job_needs WHERE run_id = $1"};
constexpr db::Query rounds_query{
    .name = "sim.rounds", .sql = "SELECT round, state, finished_at FROM rounds WHERE run_id = $1 ORDER BY round"};
// How many of its group are under way; how many stand before it; its own limit.
constexpr db::Query run_group_query{
    .name = "sim.run_group",
    .sql =
        "SELECT (SELECT count(*) FROM runs o WHERE o.concurrency_group = r.concurrency_group AND o.state = 'queued' "
        "AND o.id <> r.id), (SELECT count(*) FROM runs o WHERE o.concurrency_group = r.concurrency_group AND o.state = "
        "'pending' AND o.seq < r.seq), r.concurrency_limit FROM runs r WHERE r.id = $1"};
#define HOLDS " IN ('queued', 'assigned', 'running', 'cancelling')"
// First in their group, which has room.
constexpr db::Query waits_query{
    .name = "sim.waits",
    .sql =
        "SELECT w.id FROM runs w WHERE w.state = 'pending' AND w.concurrency_limit > (SELECT count(*) FROM runs o "
        "WHERE o.concurrency_group = w.concurrency_group AND o.state = 'queued') AND NOT EXISTS (SELECT 1 FROM runs o "
        "WHERE o.concurrency_group = w.concurrency_group AND o.state = 'pending' AND o.seq < w.seq) UNION ALL SELECT "
        "w.id FROM jobs w WHERE w.state = 'blocked' AND w.needs_open = 0 AND w.concurrency_group IS NOT NULL AND "
        "w.concurrency_limit > (SELECT count(*) FROM jobs o WHERE o.concurrency_group = w.concurrency_group AND "
        "o.state" HOLDS
        ") + (SELECT count(*) FROM attempts a JOIN jobs o ON o.id = a.job_id WHERE o.concurrency_group = "
        "w.concurrency_group AND a.exclusive = 1 AND a.open = 0 AND o.state NOT" HOLDS
        ") AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.concurrency_group = w.concurrency_group AND o.state = "
        "'blocked' AND o.needs_open = 0 AND o.seq < w.seq)"};

// Queued, and no agent does anything. What an agent gave back as unfit is kept from it for a while, and a wall clock
// that jumps makes a pause longer.
constexpr db::Query idle_query{
    .name = "sim.idle",
    .sql =
        "SELECT j.id FROM jobs j WHERE j.state = 'queued' AND j.release_count = 0 AND j.not_before IS NULL AND NOT "
        "EXISTS (SELECT 1 FROM attempts a "
        "WHERE a.open = 1) "
        "AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.job_id = j.id AND a.exclusive = 1) AND EXISTS (SELECT 1 FROM "
        "agents WHERE draining = 0 AND removed_at IS NULL)"};

bool under_way(JobState state) {
  return state == JobState::queued || state == JobState::assigned || state == JobState::running ||
         state == JobState::cancelling;
}

bool ended(const RunJobRow& job) {
  return jobs::is_terminal(job.state);
}

std::string_view result_of(JobState state) {
  if (state == JobState::timed_out || state == JobState::lost) return "failed";
  return jobs::name_of(state);
}

int badness(std::string_view result) {
  static constexpr std::array order{"succeeded", "skipped", "cancelled", "failed"};
  return static_cast<int>(std::ranges::find(order, result) - order.begin());
}

bool is_allowed(const RunJobRow& job) {
  if (!job.allow_failure || result_of(job.state) != "failed") return false;
  const boost::json::value allow = parse_json(*job.allow_failure);
  const auto& codes = allow.at("exit_codes").as_array();
  const bool listed = job.state == JobState::failed && job.exit_code &&
                      std::ranges::any_of(codes, [&](const auto& code) { return code == *job.exit_code; });
  return allow.at("all").as_bool() || listed;
}

bool fails_for_good(const RunJobRow& job) {
  return result_of(job.state) == "failed" && !is_allowed(job);
}

std::string code_of(const RunJobRow& job) {
  return text_of(job.reason.value_or("{}"), "code");
}

bool is_good(const RunJobRow& job) {
  const std::string_view result = result_of(job.state);
  return result == "succeeded" || (result == "failed" && is_allowed(job)) ||
         (result == "skipped" && code_of(job) != "skipped_need");
}

bool has_statement(const Commit& commit, const std::string& id, std::string_view name) {
  const auto found = commit.find(id);
  return found != commit.end() && std::ranges::count(found->second, name) > 0;
}

}  // namespace

std::set<std::string> RunChecker::touched_by(const Commit& commit) const {
  static constexpr db::Query run_of_query{.name = "sim.run_of", .sql = "SELECT run_id FROM jobs WHERE id = $1"};
  std::set<std::string> touched;
  for (const auto& [id, statements] : commit) {
    const bool moves = std::ranges::any_of(statements, [](std::string_view name) {
      return name.starts_with("runs.") || (name.starts_with("jobs.") && !name.starts_with("jobs.lock"));
    });
    if (!moves) continue;
    if (has_statement(commit, id, "runs.insert") || knows(id)) {
      touched.insert(id);
      continue;
    }
    const db::Rows rows = store_->look(run_of_query, {id});
    if (!rows.empty() && !rows.is_null(0, 0)) touched.insert(rows.text(0, 0));
  }
  return touched;
}

std::vector<std::string> RunChecker::changed_jobs(const std::string& run) {
  const auto known = runs_.find(run);
  std::vector<std::string> changed;
  const db::Rows rows = store_->look(run_states_query, {run});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string id = rows.text(i, 0);
    const RunJobRow* before = nullptr;
    if (known != runs_.end())
      if (const auto job = known->second.jobs.find(id); job != known->second.jobs.end()) before = &job->second;
    if (before == nullptr || jobs::name_of(before->state) != rows.text(i, 1)) changed.push_back(id);
  }
  return changed;
}

RunChecker::View RunChecker::load(const std::string& run, const View* before) {
  View view;
  view.run = db::read_first<RunRowView>(store_->look(run_query, {run})).value();
  for (RunJobRow& job : db::read_all<RunJobRow>(store_->look(run_jobs_query, {run}))) {
    std::string id = job.id;
    view.jobs.emplace(std::move(id), std::move(job));
  }
  if (before != nullptr && before->jobs.size() == view.jobs.size()) {
    view.needs = before->needs;
  } else {
    for (NeedRow& need : db::read_all<NeedRow>(store_->look(needs_query, {run})))
      view.needs[need.job_id].push_back(need);
  }
  view.rounds = db::read_all<RoundRow>(store_->look(rounds_query, {run}));
  return view;
}

void RunChecker::look_at(const std::string& run, const Commit& commit) {
  const auto known = runs_.find(run);
  const View* before = known == runs_.end() ? nullptr : &known->second;
  View view = load(run, before);
  if (before == nullptr) {
    for (const auto& [id, other] : runs_)
      if (other.run.name == view.run.name)
        world_.stop(fmt::format("{} was stored twice: its Idempotency-Key did not count", view.run.name));
    world_.name(run, view.run.name);
  }
  if (before == nullptr || before->run.state != view.run.state || before->run.round != view.run.round)
    world_.trace("  {}: round {} is {}", view.run.name, view.run.round, view.run.state);
  for (const auto& [id, job] : view.jobs) {
    const RunJobRow* was = nullptr;
    if (before != nullptr)
      if (const auto found = before->jobs.find(id); found != before->jobs.end()) was = &found->second;
    check_job(view, was, job, commit, run);
    check_matrix(view, job);
    check_wait(view, job);
  }
  if (before != nullptr)
    for (const auto& [id, job] : before->jobs)
      if (!view.jobs.contains(id)) world_.stop(fmt::format("{} is gone", named(*before, job)));
  check_roll_up(view);
  check_group(run, before, view);
  if (before != nullptr) check_rounds(*before, view);
  runs_.insert_or_assign(run, std::move(view));
}

std::string RunChecker::named(const View& view, const RunJobRow& job) const {
  return fmt::format("{}/{} of round {}", view.run.name, job.key, job.round);
}

std::vector<const RunJobRow*> RunChecker::legs(const View& view, const std::string& job) const {
  std::vector<const RunJobRow*> found;
  for (const auto& [id, one] : view.jobs)
    if (one.job == job && one.newest) found.push_back(&one);
  std::ranges::sort(found, {}, &RunJobRow::place);
  return found;
}

// A job that failed for good stands before it, in any distance.
bool RunChecker::fails(const View& view, const RunJobRow& job) const {
  const auto needs = view.needs.find(job.id);
  if (needs == view.needs.end() || job.left_out) return false;
  return std::ranges::any_of(needs->second, [&](const NeedRow& need) {
    return std::ranges::any_of(legs(view, need.need),
                               [&](const RunJobRow* leg) { return fails_for_good(*leg) || fails(view, *leg); });
  });
}

RunChecker::Needs RunChecker::needs_of(const View& view, const RunJobRow& job) const {
  Needs all;
  const auto needs = view.needs.find(job.id);
  if (needs == view.needs.end()) return all;
  for (const NeedRow& need : needs->second) {
    const auto of_need = legs(view, need.need);
    all.open = all.open || !std::ranges::all_of(of_need, [](const RunJobRow* leg) { return ended(*leg); });
    if (of_need.empty()) {
      all.success = all.success && need.optional;
    } else if (need.results.empty()) {
      all.success = all.success && std::ranges::all_of(of_need, [](const RunJobRow* leg) { return is_good(*leg); });
    } else {
      const auto* worst =
          *std::ranges::max_element(of_need, {}, [](const RunJobRow* leg) { return badness(result_of(leg->state)); });
      all.success = all.success && std::ranges::count(need.results, result_of(worst->state)) > 0;
    }
  }
  all.failure = fails(view, job);
  return all;
}

// Of the last leg that succeeded, by what its machine wrote; nothing when it wrote none.
std::optional<std::string> RunChecker::output_of(const View& view, const std::string& need) const {
  std::optional<std::string> value;
  for (const RunJobRow* leg : legs(view, need)) {
    if (leg->state != JobState::succeeded) continue;
    const Outputs outputs = written_(leg->id, leg->attempt);
    const auto found = outputs.find("v");
    value = found == outputs.end() ? std::nullopt : std::optional(found->second);
  }
  return value;
}

// An expression that asks for an output that was not written.
bool RunChecker::must_break(const View& view, const RunJobRow& job) const {
  if (!job.late) return false;
  const boost::json::value late = parse_json(*job.late);
  return std::ranges::any_of(late.as_array(), [&](const auto& one) {
    const std::string path = text_of(one, "path");
    constexpr std::string_view must = "env.MUST_";
    return path.starts_with(must) && !output_of(view, path.substr(must.size()));
  });
}

void RunChecker::check_job(const View& view, const RunJobRow* before, const RunJobRow& job, const Commit& commit,
                           const std::string& run) {
  const std::string name = named(view, job);
  if (before != nullptr && ended(*before)) {
    const bool same = before->state == job.state && before->outputs == job.outputs && before->reason == job.reason &&
                      before->exit_code == job.exit_code && before->filled == job.filled;
    if (!same) world_.stop(fmt::format("{} had ended and was changed", name));
    if (!before->newest && job.newest) world_.stop(fmt::format("{} counts again", name));
    return;
  }
  if (before == nullptr)
    for (const NeedRow& need : view.needs.contains(job.id) ? view.needs.at(job.id) : std::vector<NeedRow>())
      if (!need.optional && legs(view, need.need).empty())
        world_.stop(fmt::format("{} needs {}, which is not there", name, need.need));
  if (under_way(job.state) && job.state != JobState::cancelling && job.newest && needs_of(view, job).open)
    world_.stop(fmt::format("{} is {} before what it needs has ended", name, jobs::name_of(job.state)));
  if (under_way(job.state) && view.run.state == "pending" && job.newest && job.state == JobState::queued)
    world_.stop(fmt::format("{} is queued, and its run waits for its group", name));
  if (under_way(job.state))
    for (const auto& [id, other] : view.jobs)
      if (other.key == job.key && other.id != job.id && under_way(other.state))
        world_.stop(fmt::format("{} runs beside round {}", name, other.round));
  const bool was_blocked = before == nullptr || before->state == JobState::blocked;
  if (job.newest && !job.left_out && was_blocked && !entered_.contains(job.id)) check_decision(view, job);
  const bool stops = job.state == JobState::cancelled || job.state == JobState::cancelling;
  if (before != nullptr && before->state != job.state && stops && before->state != JobState::cancelling)
    check_clean_up(view, job, commit, run);
}

// What became of a job, when what it waited for has ended: by its condition and its late expressions.
void RunChecker::check_decision(const View& view, const RunJobRow& job) {
  const Needs needs = needs_of(view, job);
  if (job.state == JobState::cancelled) return;
  if (needs.open || job.state == JobState::blocked) {
    if (job.state != JobState::blocked)
      return world_.stop(
          fmt::format("{} is {} before what it needs has ended", named(view, job), jobs::name_of(job.state)));
    if (needs.open || !job.concurrency_group || job.waits_for_slot || view.run.state == "pending") return;
    if (std::ranges::any_of(view.jobs, [&](const auto& item) {
          return item.second.key == job.key && item.second.id != job.id && !ended(item.second);
        }))
      return;
    entered_.insert(job.id);
  }
  expressions::Context context;
  const expressions::Value event(boost::json::object{{"name", "api"}});
  context.set("event", event);
  context.set_status(
      {.success = needs.success, .failure = needs.failure, .cancelled = view.run.cancelling_by.has_value()});
  const bool holds =
      expressions::evaluate_condition(expressions::parse_condition(job.condition).value(), context).value();
  const bool stopped = view.run.cancelling_by.has_value() && !job.cleans_up;
  const std::string_view due = stopped                 ? "cancelled"
                               : !holds                ? "skipped"
                               : must_break(view, job) ? "failed"
                               : job.concurrency_group ? jobs::name_of(job.state)
                                                       : "queued";
  const bool let_go = job.state == JobState::queued || job.state == JobState::blocked;
  if (due != jobs::name_of(job.state) || (job.concurrency_group && holds && !must_break(view, job) && !let_go))
    world_.stop(fmt::format("{} is {} and not {}, by its condition {} (success {}, failure {})", named(view, job),
                            jobs::name_of(job.state), due, job.condition, needs.success, needs.failure));
  if (let_go) check_filled(view, job);
}

void RunChecker::check_filled(const View& view, const RunJobRow& job) {
  if (!job.late) return;
  const boost::json::value late = parse_json(*job.late);
  const boost::json::value filled = parse_json(job.filled.value_or("{}"));
  for (const auto& one : late.as_array()) {
    const std::string path = text_of(one, "path");
    const std::string need = path.substr(path.find('_') + 1);
    const std::string due = output_of(view, need).value_or("nothing");
    if (text_of(filled, path) != due)
      world_.stop(fmt::format("{}: {} is \"{}\", and {} wrote \"{}\"", named(view, job), path, text_of(filled, path),
                              need, due));
    world_.count("run: an output was handed on");
  }
}

// The first cancel leaves those that clean up alone.
void RunChecker::check_clean_up(const View& view, const RunJobRow& job, const Commit& commit, const std::string& run) {
  if (!job.cleans_up || code_of(job) != "cancelled") return;
  if (has_statement(commit, run, "runs.cancelling"))
    world_.stop(fmt::format("{} cleans up, and the first cancel ended it", named(view, job)));
}

void RunChecker::check_matrix(const View& view, const RunJobRow& job) {
  if (job.max_parallel && under_way(job.state)) {
    const auto all = std::ranges::count_if(
        view.jobs, [&](const auto& item) { return item.second.job == job.job && under_way(item.second.state); });
    if (all > *job.max_parallel)
      world_.stop(fmt::format("{}: {} legs at once, and max_parallel is {}", named(view, job), all, *job.max_parallel));
  }
  if (!job.fail_fast || !job.newest || !ended(job) || !fails_for_good(job)) return;
  for (const RunJobRow* leg : legs(view, job.job))
    if (!ended(*leg) && leg->state != JobState::cancelling && leg->round <= job.round)
      world_.stop(fmt::format("{} goes on although {} failed", named(view, *leg), named(view, job)));
}

// Each job that waits has something to wait for, after every commit.
void RunChecker::check_wait(const View& view, const RunJobRow& job) {
  if (job.state != JobState::blocked) return;
  if (!job.newest) return world_.stop(fmt::format("{} waits although it was repeated", named(view, job)));
  if (view.run.state == "pending" || job.concurrency_group || needs_of(view, job).open) return;
  std::int64_t slots = 0;
  for (const auto& [id, other] : view.jobs) {
    if (ended(other) || other.id == job.id) continue;
    if (other.key == job.key) return;
    slots += other.job == job.job && !other.waits_for_slot ? 1 : 0;
  }
  if (job.max_parallel && job.waits_for_slot && slots >= *job.max_parallel) return;
  world_.stop(fmt::format("{} waits for nothing", named(view, job)));
}

void RunChecker::check_roll_up(const View& view) {
  bool open = false, failed = false, cancelled = false, succeeded = false, warnings = false, any = false;
  for (const auto& [id, job] : view.jobs) {
    open = open || !ended(job);
    if (!job.newest) continue;
    any = true;
    failed = failed || fails_for_good(job);
    warnings = warnings || is_allowed(job);
    cancelled = cancelled || job.state == JobState::cancelled;
    succeeded = succeeded || job.state == JobState::succeeded || is_allowed(job);
  }
  const std::string& state = view.run.state;
  const std::string_view due = failed || !any ? "failed"
                               : cancelled    ? "cancelled"
                               : succeeded    ? "succeeded"
                                              : "skipped";
  const bool is_open = state == "pending" || state == "queued";
  if (open != is_open || (!open && state != due))
    world_.stop(fmt::format("{} is {}, and its jobs make it {}", view.run.name, state, open ? "open" : due));
  if (!open && due == "succeeded" && view.run.warnings != warnings)
    world_.stop(fmt::format("{}: its warnings are not those of its jobs", view.run.name));
}

void RunChecker::check_group(const std::string& run, const View* before, const View& view) {
  if (!view.run.concurrency_group) return;
  if (view.run.superseded_by && (before == nullptr || !before->run.superseded_by)) {
    world_.count("run: superseded");
    if (runs_.at(*view.run.superseded_by).run.number <= view.run.number)
      world_.stop(fmt::format("{} was superseded by a run that is older", view.run.name));
  }
  const bool enters = view.run.state == "queued" && (before == nullptr || before->run.state != "queued");
  if (!enters) return;
  const db::Rows rows = store_->look(run_group_query, {run});
  if (rows.integer(0, 0) >= rows.integer(0, 2))
    world_.stop(fmt::format("{} is one run too many in its group", view.run.name));
  if (rows.integer(0, 1) > 0) world_.stop(fmt::format("{} went before an older run of its group", view.run.name));
}

void RunChecker::check_rounds(const View& before, const View& view) {
  for (std::size_t i = 0; i < before.rounds.size(); ++i)
    if (before.rounds[i].finished_at && (i >= view.rounds.size() || before.rounds[i] != view.rounds[i]))
      world_.stop(fmt::format("{}: its round {} had ended and was changed", view.run.name, before.rounds[i].round));
  if (view.rounds.size() == before.rounds.size()) return;
  world_.count("run: a new round");
  if (view.run.round != static_cast<int>(view.rounds.size()))
    world_.stop(fmt::format("{}: it has {} rounds, and says {}", view.run.name, view.rounds.size(), view.run.round));
}

// What the claim hands over is what was evaluated.
void RunChecker::check_claim(const std::string& job, const boost::json::value& claimed) {
  for (const auto& [id, view] : runs_) {
    const auto found = view.jobs.find(job);
    if (found == view.jobs.end()) continue;
    const boost::json::value* filled = claimed.as_object().if_contains("filled");
    const boost::json::value stored = parse_json(found->second.filled.value_or("null"));
    if ((filled == nullptr ? boost::json::value() : *filled) != stored)
      world_.stop(fmt::format("{}: the claim lacks values of what it needs", named(view, found->second)));
  }
}

void RunChecker::look_for_waits(Time longest) {
  std::map<std::string, Time> held;
  const auto look = [&](const db::Query& query, Time most, std::string_view how) {
    const db::Rows rows = store_->look(query);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string id = rows.text(i, 0);
      const auto known = held_since_.find(id);
      const Time since = known == held_since_.end() ? world_.now() : known->second;
      if (world_.now() - since > most) world_.stop(fmt::format("{} waits beside {}", world_.name_of(id), how));
      held.emplace(id, since);
    }
  };
  look(waits_query, longest, "a free slot of its group");
  look(idle_query, longest + 35s, "agents that do nothing");  // which may be in their longest pause
  held_since_ = std::move(held);
}

// By key, of the jobs as they stood in that round.
std::map<std::string, std::string> RunChecker::states_in(const View& view, int round) const {
  std::map<std::string, const RunJobRow*> last;
  for (const auto& [id, job] : view.jobs) {
    const RunJobRow*& of_key = last[job.key];
    if (job.round <= round && (of_key == nullptr || of_key->round < job.round)) of_key = &job;
  }
  std::map<std::string, std::string> states;
  for (const auto& [key, job] : last)
    if (job != nullptr) states.emplace(key, jobs::name_of(job->state));
  return states;
}

Task<void> RunChecker::check_shown(ReadRun read) {
  for (const auto& [id, view] : runs_) {
    for (int round = 1; round <= view.run.round; ++round) {
      const boost::json::value shown = parse_json(co_await read(id, round));
      std::map<std::string, std::string> states;
      for (const auto& job : shown.at("jobs").as_array()) states.emplace(text_of(job, "key"), text_of(job, "state"));
      if (states != states_in(view, round))
        world_.stop(fmt::format("{}: its round {} is not shown as it was", view.run.name, round));
    }
  }
}

bool RunChecker::all_ended() const {
  return std::ranges::none_of(
      runs_, [](const auto& item) { return item.second.run.state == "pending" || item.second.run.state == "queued"; });
}

std::string RunChecker::unfinished() const {
  std::string text;
  for (const auto& [id, view] : runs_)
    if (view.run.state == "pending" || view.run.state == "queued")
      text += fmt::format("{} is {}; ", view.run.name, view.run.state);
  return text;
}

void RunChecker::check_end() {
  std::set<std::int64_t> numbers;
  for (const auto& [id, view] : runs_) {
    numbers.insert(view.run.number);
    world_.count(fmt::format("run: {}", view.run.state));
  }
  if (!numbers.empty() && (numbers.size() != runs_.size() || *numbers.rbegin() != std::ssize(runs_)))
    world_.stop("the numbers of runs have a gap or a double");
}

}  // namespace open_cicd::sim
