#include "sim/checker.h"

#include "sim/json.h"

#include <algorithm>

namespace open_cicd::sim {
namespace {

using jobs::JobState;

constexpr db::Query job_query{
    .name = "sim.job",
    .sql =
        "SELECT coalesce((SELECT r.name || '/' || j.key || ' ' || j.round FROM runs r WHERE r.id = j.run_id), j.name), "
        "j.state, j.attempt, j.priority, j.release_count, coalesce(j.concurrency_group, ''), j.executor || j.runs_on, "
        "j.concurrency_limit, j.run_id IS NOT NULL FROM jobs j WHERE j.id = $1"};
constexpr db::Query holders_query{
    .name = "sim.holders",
    .sql =
        "SELECT count(*) FROM jobs WHERE concurrency_group = $1 AND state IN ('queued', 'assigned', 'running', "
        "'cancelling')"};
constexpr db::Query attempts_query{
    .name = "sim.attempts",
    .sql =
        "SELECT attempt, state, agent_id, boot_id, claim_id, steps, coalesce(finish_digest, ''), "
        "coalesce(log_flags, ''), open FROM attempts WHERE job_id = $1"};
constexpr db::Query drains_query{.name = "sim.drains",
                                 .sql = "SELECT draining FROM agents WHERE boot_id = $1 AND removed_at IS NULL"};
constexpr db::Query all_query{.name = "sim.all", .sql = "SELECT id FROM jobs"};

bool has(const std::vector<std::string_view>& statements, std::string_view name) {
  return std::ranges::find(statements, name) != statements.end();
}

// Whose request it was that these statements come from.
jobs::Caller caller_of(const std::vector<std::string_view>& statements, JobState to) {
  using jobs::Caller;
  if (has(statements, "jobs.assign")) return Caller::agent;
  if (has(statements, "jobs.start") || has(statements, "attempts.finish")) return Caller::lease_holder;
  if (has(statements, "attempts.release")) return to == JobState::failed ? Caller::server : Caller::lease_holder;
  if (has(statements, "attempts.close")) return to == JobState::timed_out ? Caller::server : Caller::reaper;
  if (has(statements, "jobs.unblock")) return Caller::server;
  // Otherwise something else of its run or its group ended it.
  return has(statements, "runs.lock_of_job") ? Caller::user : Caller::server;
}

bool renews_only(const std::vector<std::string_view>& statements) {
  return std::ranges::all_of(statements, [](std::string_view name) {
    return name.starts_with("agents.") || name.starts_with("server.") || name == "attempts.renew" ||
           name == "attempts.lease_state" || name.starts_with("groups.") || name.starts_with("log_");
  });
}

}  // namespace

void Checker::watch(Store& store) {
  store_ = &store;
  runs_.watch(store);
  store.committed = [this](const Commit& commit) { on_commit(commit); };
}

std::optional<Checker::JobView> Checker::load(const std::string& job) {
  const db::Rows rows = store_->look(job_query, {job});
  if (rows.empty()) return std::nullopt;
  JobView view{.name = rows.text(0, 0),
               .group = rows.text(0, 5),
               .wants = rows.text(0, 6),
               .state = jobs::parse_job_state(rows.text(0, 1)).value(),
               .attempt = static_cast<int>(rows.integer(0, 2)),
               .priority = static_cast<int>(rows.integer(0, 3)),
               .release_count = static_cast<int>(rows.integer(0, 4)),
               .limit = static_cast<int>(rows.integer(0, 7)),
               .of_run = rows.integer(0, 8) == 1,
               .attempts = {}};
  const db::Rows attempts = store_->look(attempts_query, {job});
  for (std::size_t i = 0; i < attempts.size(); ++i)
    view.attempts[static_cast<int>(attempts.integer(i, 0))] = {.state = attempts.text(i, 1),
                                                               .agent = attempts.text(i, 2),
                                                               .boot = attempts.text(i, 3),
                                                               .claim = attempts.text(i, 4),
                                                               .steps = attempts.text(i, 5),
                                                               .finish_digest = attempts.text(i, 6),
                                                               .log_flags = attempts.text(i, 7),
                                                               .open = attempts.integer(i, 8) == 1};
  return view;
}

void Checker::on_commit(const Commit& commit) {
  Commit changes;
  for (const auto& [id, statements] : commit)
    if (!renews_only(statements) && !runs_.knows(id)) changes.emplace(id, statements);
  const std::set<std::string> touched = runs_.touched_by(commit);
  for (const std::string& run : touched)
    for (const std::string& job : runs_.changed_jobs(run)) changes.try_emplace(job);
  for (const auto& [id, statements] : changes) look_at(id, statements);
  for (const std::string& run : touched) runs_.look_at(run, commit);
}

void Checker::look_at(const std::string& id, const std::vector<std::string_view>& statements) {
  std::optional<JobView> now = load(id);
  if (!now) return;
  const auto known = jobs_.find(id);
  if (known == jobs_.end()) {
    world_.name(id, now->name);
    if (!now->of_run && std::ranges::any_of(jobs_, [&](const auto& other) { return other.second.name == now->name; }))
      world_.stop(fmt::format("{} was stored twice: its Idempotency-Key did not count", now->name));
    ++transitions_[fmt::format("new → {} (user)", jobs::name_of(now->state))];
    world_.trace("  {} is {}", now->name, jobs::name_of(now->state));
    now->queued_since = world_.now();
    jobs_.emplace(id, std::move(*now));
    return;
  }
  check_change(id, known->second, *now, statements);
  now->queued_since = known->second.state == now->state ? known->second.queued_since : world_.now();
  known->second = std::move(*now);
}

void Checker::look_at_everything() {
  const db::Rows rows = store_->look(all_query);
  for (std::size_t i = 0; i < rows.size(); ++i) look_at(rows.text(i, 0), {});
}

void Checker::check_change(const std::string& id, const JobView& before, const JobView& now,
                           const std::vector<std::string_view>& statements) {
  check_attempts(before, now);
  if (before.attempt > now.attempt) world_.stop(fmt::format("{}: its attempt number went back", now.name));
  if (before.state == now.state) return;
  const jobs::Caller caller = caller_of(statements, now.state);
  const std::string change =
      fmt::format("{} → {} ({})", jobs::name_of(before.state), jobs::name_of(now.state), jobs::name_of(caller));
  world_.trace("  {}#{}: {}", now.name, now.attempt, change);
  ++transitions_[change];
  if (jobs::is_terminal(before.state)) return world_.stop(fmt::format("{} ended twice: {}", now.name, change));
  if (!jobs::allowed(before.state, now.state, caller))
    return world_.stop(fmt::format("{}: {} is not in the table", now.name, change));
  if (has(statements, "attempts.close") && settings_.nothing_expires)
    world_.stop(fmt::format("{}: {} although its agent did everything right", now.name, change));
  // A claim may start its job in the same write.
  if (before.state == JobState::blocked && now.state == JobState::queued) check_group(now);
  const bool claimed =
      before.state == JobState::queued && (now.state == JobState::assigned || now.state == JobState::running);
  if (claimed && settings_.priorities) check_priority(now);
  if (claimed) offered_at_.erase(id);
}

void Checker::check_group(const JobView& queued) {
  if (queued.group.empty()) return;
  const std::int64_t holders = store_->look(holders_query, {queued.group}).integer(0, 0);
  if (holders > queued.limit) world_.stop(fmt::format("{} is one job too many in its group", queued.name));
}

// What has ended does not change any more, and one attempt at most is open.
void Checker::check_attempts(const JobView& before, const JobView& now) {
  for (const auto& [number, was] : before.attempts) {
    const auto is = now.attempts.find(number);
    if (is == now.attempts.end()) return world_.stop(fmt::format("{}: attempt {} is gone", now.name, number));
    if (!was.open && is->second != was)
      return world_.stop(fmt::format("{}: attempt {} had ended as {} and was changed", now.name, number, was.state));
  }
  for (const auto& [number, attempt] : now.attempts)
    if (attempt.open && number != now.attempt)
      return world_.stop(fmt::format("{}: attempt {} is open beside {}", now.name, number, now.attempt));
}

void Checker::check_priority(const JobView& claimed) {
  for (const auto& [id, other] : jobs_) {
    if (other.state != JobState::queued || other.priority <= claimed.priority || other.wants != claimed.wants) continue;
    const auto offered = offered_at_.find(id);
    const bool just_offered = offered != offered_at_.end() && world_.now() - offered->second < 10s;
    if (other.attempt > 0 || just_offered || world_.now() - other.queued_since < 5s) continue;
    world_.stop(fmt::format("{} was taken before {}, which has a higher priority", claimed.name, other.name));
  }
}

const Checker::AttemptView* Checker::attempt_of(const std::string& job, int attempt) const {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return nullptr;
  const auto view = found->second.attempts.find(attempt);
  return view == found->second.attempts.end() ? nullptr : &view->second;
}

std::shared_ptr<Arrival> Checker::arrived(const Request& request) {
  auto arrival = std::make_shared<Arrival>(Arrival{.request = request, .kind = {}, .job = {}});
  constexpr std::string_view of_job = "/api/v1/jobs/";
  if (request.path.starts_with(of_job)) arrival->job = request.path.substr(of_job.size(), 36);
  if (request.path.ends_with("/status")) arrival->kind = text_of(request.body, "status");
  if (request.path.ends_with("/logs") && request.method == http::Method::post) arrival->kind = "append";
  if (request.path == "/api/v1/jobs" && request.method == http::Method::post) arrival->kind = "submit";
  if (request.path == "/api/v1/runs" && request.method == http::Method::post) arrival->kind = "run";
  if (request.path.ends_with("/jobs") && request.path.contains("/agents/")) arrival->kind = "poll";
  if (arrival->kind == "assigned") {
    const std::string claim = text_of(request.body, "claim_id");
    const auto job = jobs_.find(arrival->job);
    arrival->repeated = job != jobs_.end() && std::ranges::any_of(job->second.attempts, [&](const auto& item) {
                          return item.second.claim == claim && item.second.open;
                        });
  } else if (request.attempt > 0) {
    const AttemptView* attempt = attempt_of(arrival->job, request.attempt);
    arrival->closed = attempt == nullptr || !attempt->open;
    arrival->repeated = truth_[{arrival->job, request.attempt}].accepted.contains(request.body);
  }
  look_at_claim(*arrival);
  return arrival;
}

void Checker::look_at_claim(Arrival& arrival) const {
  if (!arrival.request.path.ends_with("/status")) return;
  const boost::json::value body = parse_json(arrival.request.body);
  const boost::json::value* next = body.is_object() ? body.as_object().if_contains("next") : nullptr;
  if (next == nullptr && arrival.kind != "assigned") return;
  arrival.claim = text_of(next != nullptr ? *next : body, "claim_id");
  arrival.boot = text_of(next != nullptr ? *next : body, "boot_id");
  arrival.claimed = claimed_with(arrival.claim);
  arrival.drains = drains(arrival.boot).value_or(false);
}

// The job whose attempt is open by this claim.
std::string Checker::claimed_with(const std::string& claim) const {
  for (const auto& [id, job] : jobs_)
    for (const auto& [number, attempt] : job.attempts)
      if (attempt.claim == claim && attempt.open) return id;
  const auto given = given_.find(claim);
  if (given == given_.end()) return {};
  const AttemptView* attempt = attempt_of(given->second.first, given->second.second);
  return attempt != nullptr && attempt->open ? given->second.first : std::string();
}

// Nothing when a newer process of the agent has registered, or nobody has.
std::optional<bool> Checker::drains(const std::string& boot) const {
  const db::Rows rows = store_->look(drains_query, {boot});
  return rows.empty() ? std::nullopt : std::optional(rows.integer(0, 0) != 0);
}

// A claim by itself and one that comes with a finish: none for an agent that drains, and what was claimed before is
// answered again.
void Checker::check_claim(const Arrival& arrival, const Reply& reply) {
  if (arrival.claim.empty() || reply.status != 200) return;
  const boost::json::value body = parse_json(reply.body);
  const boost::json::value* next = body.as_object().if_contains("next");
  const bool with_finish = arrival.kind != "assigned";
  const std::string got = !with_finish ? arrival.job : next != nullptr ? text_of(*next, "job_id") : std::string();
  const std::optional<bool> drains_now = drains(arrival.boot);
  const std::string who = fmt::format("{} of {}", arrival.kind, world_.name_of(arrival.job));
  if (with_finish && drains_now && !arrival.claimed.empty() && got != arrival.claimed &&
      claimed_with(arrival.claim) == arrival.claimed)
    world_.stop(fmt::format("a repeated {} lacks the job that was claimed with it", who));
  if (got.empty()) return;
  const boost::json::value& claimed = with_finish ? next->at("claim") : body;
  if (claimed_with(arrival.claim) == got) runs_.check_claim(got, claimed);
  given_.insert_or_assign(arrival.claim, std::pair(got, claimed.at("attempt").to_number<int>()));
  if (!arrival.claimed.empty()) return;
  if (with_finish && arrival.closed) world_.stop(fmt::format("a repeated {} claimed a job", who));
  if (arrival.drains && drains_now.value_or(false))
    world_.stop(fmt::format("{} was claimed for an agent that drains", world_.name_of(got)));
}

void Checker::answered(const Arrival& arrival, const Reply& reply) {
  const Request& request = arrival.request;
  const std::string what = fmt::format("{} of {}#{}", arrival.kind, world_.name_of(arrival.job), request.attempt);
  if (!arrival.kind.empty() && (arrival.kind != "poll" || reply.status == 200))
    world_.trace("  server: {} → {} {}", what, reply.status, reply.status >= 300 ? text_of(reply.body, "code") : "");
  const bool accepted = reply.status >= 200 && reply.status < 300;
  if (arrival.kind == "poll" && reply.status == 200)
    for (const std::string& job : offers_of(reply.body)) offered_at_[job] = world_.now();
  if ((arrival.kind == "submit" || arrival.kind == "run") && accepted) {
    const auto [entry, fresh] = by_key_.try_emplace(request.idempotency_key, text_of(reply.body, "id"));
    if (entry->second != text_of(reply.body, "id")) world_.stop("one Idempotency-Key, two jobs or runs");
    if (!jobs_.contains(entry->second) && !runs_.knows(entry->second))
      world_.stop("a job or run was accepted that the database does not have");
  }
  if (arrival.kind == "assigned" && arrival.repeated && reply.status == 409) {
    const std::string claim = text_of(request.body, "claim_id");
    for (const auto& [number, attempt] : jobs_[arrival.job].attempts)
      if (attempt.claim == claim && attempt.open && text_of(reply.body, "code") != "superseded")
        world_.stop(fmt::format("a repeated claim of {} was refused: {}", world_.name_of(arrival.job), reply.body));
  }
  check_claim(arrival, reply);
  if (request.attempt == 0) return;
  const bool is_last_word = arrival.kind != "append" && arrival.kind != "running";
  if (accepted && arrival.closed && !(is_last_word && arrival.repeated) &&
      attempt_of(arrival.job, request.attempt)->finish_digest.empty() &&
      attempt_of(arrival.job, request.attempt)->state != "released")
    world_.stop(fmt::format("stale write accepted: {}", what));
  if (arrival.closed && arrival.kind == "append" && accepted)
    world_.stop(fmt::format("stale bytes accepted: {}", what));
  if (is_last_word && arrival.repeated && (reply.status == 409 || reply.status == 403))
    world_.stop(fmt::format("a repeated {} was refused: {}", what, reply.body));
  if (is_last_word && reply.status == 200) ++truth_[{arrival.job, request.attempt}].accepted[request.body];
}

void Checker::printed(const std::string& job, int attempt, int step, std::string_view bytes) {
  truth_[{job, attempt}].printed[step].append(bytes);
}

void Checker::ran(const std::string& job, int attempt, const Group& group, bool begins) {
  if (group.name.empty()) return;
  std::set<std::string>& running = running_in_group_[group.name];
  const std::string who = fmt::format("{}#{}", world_.name_of(job), attempt);
  if (!begins) {
    running.erase(who);
    return;
  }
  if (running.size() >= group.limit)
    world_.stop(fmt::format("{} and {} ran at the same time in {}", *running.begin(), who, group.name));
  running.insert(who);
}

bool Checker::all_ended() const {
  return runs_.all_ended() &&
         std::ranges::all_of(jobs_, [](const auto& job) { return jobs::is_terminal(job.second.state); });
}

std::string Checker::unfinished() const {
  std::string text;
  for (const auto& [id, job] : jobs_)
    if (!jobs::is_terminal(job.state)) text += fmt::format("{} is {}; ", job.name, jobs::name_of(job.state));
  return text + runs_.unfinished();
}

void Checker::check_jobs() {
  for (const auto& [key, id] : by_key_)
    if (!load(id) && !runs_.knows(id)) world_.stop(fmt::format("an accepted job is gone: {}", world_.name_of(id)));
  runs_.check_end();
  for (const auto& [id, job] : jobs_) {
    if (!jobs::is_terminal(job.state)) world_.stop(fmt::format("never ended: {}", unfinished()));
    for (const auto& [number, attempt] : job.attempts) {
      if (attempt.open) world_.stop(fmt::format("{}: attempt {} is still open", job.name, number));
      const bool finished = !attempt.finish_digest.empty();
      if (finished && attempt.log_flags.contains("log_incomplete") && !truth_[{id, number}].says_incomplete)
        world_.stop(fmt::format("{}#{}: its log is marked incomplete although the agent had it", job.name, number));
      if (finished && attempt.log_flags.contains("log_unverified"))
        world_.stop(fmt::format("{}#{}: its log was not verified", job.name, number));
      if (attempt.log_flags.contains("log_incomplete")) world_.count("log: marked incomplete");
    }
  }
}

Task<void> Checker::check_logs(ReadLog read) {
  const auto all = jobs_;  // late commits go on meanwhile
  for (const auto& [id, job] : all) {
    for (const auto& [number, attempt] : job.attempts) {
      const auto steps = static_cast<int>(parse_json(attempt.steps).as_array().size());  // none has a setup
      for (int step = 0; step < steps; ++step) {
        const Reply reply = co_await read(id, number, step);
        if (reply.status != 200)
          co_return world_.stop(fmt::format("{}#{}: its log cannot be read: {}", job.name, number, reply.body));
        check_bytes(id, job, number, step, reply.body);
      }
    }
  }
}

void Checker::check_bytes(const std::string& id, const JobView& job, int attempt, int step, const std::string& stored) {
  const std::string& printed = truth_[{id, attempt}].printed[step];
  const AttemptView& view = job.attempts.at(attempt);
  const bool incomplete = view.log_flags.contains("log_incomplete");
  if (stored == printed) return world_.count("log: compared, equal");
  if (incomplete && printed.starts_with(stored)) return world_.count("log: compared, a part");
  world_.stop(fmt::format("{}#{} step {}: {} bytes are stored, {} were printed, flags \"{}\"", job.name, attempt, step,
                          stored.size(), printed.size(), view.log_flags));
}

}  // namespace open_cicd::sim
