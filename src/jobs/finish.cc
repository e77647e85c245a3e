#include "base/crypto.h"
#include "base/json.h"
#include "jobs/errors.h"
#include "jobs/notes.h"
#include "jobs/retry.h"
#include "protocol/message_rules.h"

#include <algorithm>
#include <charconv>

namespace open_cicd::jobs {
namespace {

constexpr db::Query end_attempt_query{
    .name = "attempts.finish",
    .sql =
        "UPDATE attempts SET state = $3, open = 0, exclusive = 0, cause = $4, message = $5, exit_code = $6, steps = "
        "$7, "
        "finish_digest = $8, finish_reply = $9, log_flags = $10, ended_at = $11, renew_seq = renew_seq + 1 "
        "WHERE job_id = $1 AND attempt = $2 AND open = 1"};

constexpr db::Query output_names_query{.name = "jobs.output_names",
                                       .sql = "SELECT output_names FROM jobs WHERE id = $1"};
constexpr db::Query outputs_query{.name = "jobs.outputs", .sql = "UPDATE jobs SET outputs = $2 WHERE id = $1"};
constexpr db::Query images_query{.name = "attempts.images",
                                 .sql = "UPDATE attempts SET images = $3 WHERE job_id = $1 AND attempt = $2"};

// The finish has passed check_finish().
Result<LogClaim> read_log_claim(const protocol::StatusRequest& finish, std::size_t steps) {
  LogClaim claim{.sums = std::nullopt,
                 .incomplete = finish.log_incomplete.value_or(false),
                 .truncated = finish.log_truncated.value_or(false)};
  if (!finish.logs) return claim;
  std::vector<FieldError> errors;
  claim.sums.emplace();
  for (const auto& [key, sum] : *finish.logs) {
    int step = 0;
    const auto [end, ec] = std::from_chars(key.data(), key.data() + key.size(), step);
    if (ec != std::errc() || end != key.data() + key.size() || step < -1 || step >= static_cast<int>(steps)) {
      errors.push_back({"logs." + key, "is not a step of this job"});
      continue;
    }
    (*claim.sums)[step] = {sum.size, parse_crc32c(sum.crc32c).value_or(0)};
  }
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return claim;
}

Result<void> check_finish(const protocol::StatusRequest& finish, std::size_t steps) {
  if (Result<void> fine = json::check_rules(finish); !fine) return fine;
  std::vector<FieldError> errors;
  if (finish.steps && finish.steps->size() > steps)
    errors.push_back({"steps", fmt::format("has more than the job's {} steps", steps)});
  for (std::size_t i = 0; finish.steps && i < finish.steps->size(); ++i)
    if (const auto& reason = (*finish.steps)[i].reason;
        reason && json::write_text(reason->facts).size() > protocol::step_facts_bytes_max)
      errors.push_back({fmt::format("steps[{}].reason.facts", i),
                        fmt::format("are longer than {} bytes as JSON", protocol::step_facts_bytes_max)});
  if (finish.message && finish.message->size() > protocol::message_bytes_max)
    errors.push_back({"message", fmt::format("is longer than {} bytes", protocol::message_bytes_max)});
  check_notes(finish, errors);
  if (!errors.empty()) return invalid_fields(std::move(errors));
  return {};
}

// Keeps those that the job declares. A step may write others, for the steps after it.
Task<void> save_outputs(db::Transaction& tx, JobId job, std::map<std::string, std::string> outputs) {
  const db::Rows rows = co_await tx.run(output_names_query, {job.str()});
  if (rows.empty() || rows.is_null(0, 0)) co_return;
  const auto names = json::read_own<std::vector<std::string>>(rows.text(0, 0));
  std::erase_if(outputs, [&](const auto& output) { return std::ranges::count(names, output.first) == 0; });
  co_await tx.run(outputs_query, {job.str(), json::write_text(outputs)});
}

// The last word on each step: the finish's, else what its state implies.
void end_steps(std::vector<StepRecord>& steps, const protocol::StatusRequest& finish, JobState end,
               const LogVerdict& logs) {
  const auto say = [](StepRecord& record, const protocol::StepEndReport& report) {
    record.state = report.state;
    if (report.exit_code) record.exit_code = report.exit_code;
    if (report.duration_ms) record.duration_ms = report.duration_ms;
    record.reason = report.reason;
    record.allowed_failure = report.allowed_failure;
  };
  const bool had_setup = std::ranges::any_of(steps, [](const StepRecord& s) { return s.step == -1; });
  const bool has_setup_log = std::ranges::any_of(logs.steps, [](const LogVerdict::Step& s) { return s.step == -1; });
  if (!had_setup && (finish.setup || has_setup_log))
    steps.insert(steps.begin(), StepRecord{.step = -1, .name = "setup"});
  for (StepRecord& record : steps) {
    const auto index = static_cast<std::size_t>(record.step);
    if (record.step == -1 && finish.setup)
      say(record, *finish.setup);
    else if (record.step >= 0 && finish.steps && index < finish.steps->size())
      say(record, (*finish.steps)[index]);
    else if (end == JobState::succeeded)
      record.state = StepState::succeeded;
    else if (record.state == StepState::running)
      record.state = end_of_running_step(end);
    else if (record.state == StepState::pending)
      record.state = StepState::skipped;
    if (record.step == -1 && record.state == StepState::skipped) record.state = StepState::succeeded;
  }
  for (const LogVerdict::Step& log : logs.steps) {
    const auto record = std::ranges::find(steps, log.step, &StepRecord::step);
    if (record == steps.end()) continue;
    record->log_bytes = log.size;
    record->log_crc32c = format_crc32c(log.crc32c);
  }
}

std::optional<int> first_failing_exit(const std::vector<StepRecord>& steps) {
  for (const StepRecord& record : steps)
    if (record.step >= 0 && record.state == StepState::failed && record.exit_code.value_or(0) != 0 &&
        !record.allowed_failure.value_or(false))
      return record.exit_code;
  return std::nullopt;
}

std::optional<std::string> log_flags(const LogVerdict& logs) {
  std::string flags;
  const auto add = [&](bool set, std::string_view name) {
    if (set) flags += (flags.empty() ? "" : ",") + std::string(name);
  };
  add(logs.incomplete, "log_incomplete");
  add(logs.unverified, "log_unverified");
  add(logs.truncated, "log_truncated");
  return flags.empty() ? std::nullopt : std::optional(flags);
}

bool any_began(const std::vector<StepRecord>& steps) {
  return std::ranges::any_of(steps, [](const StepRecord& s) {
    return s.step >= 0 && s.state != StepState::pending && s.state != StepState::skipped;
  });
}

std::string end_reason(JobState end, const std::string& cause, const protocol::StatusRequest& finish, const JobRow& job,
                       const std::vector<StepRecord>& steps, std::optional<int> exit_code) {
  boost::json::object facts;
  if (cause == "agent" && job.agent_errors > 0) facts["agent_errors"] = job.agent_errors + 1;
  if (finish.message) facts["message"] = *finish.message;
  if (exit_code) facts["exit_code"] = *exit_code;
  for (const StepRecord& record : steps) {
    if (record.state != StepState::failed && record.state != StepState::timed_out) continue;
    if (record.allowed_failure.value_or(false)) continue;
    facts["step"] = record.step;
    facts["name"] = record.name;
    break;
  }
  switch (end) {
    case JobState::cancelled:
      return reason("cancelled", std::move(facts));
    case JobState::timed_out:
      return reason("timed_out", std::move(facts));
    default:
      return reason(cause == "exit" ? "step_failed" : cause == "agent" ? "agent_error" : cause, std::move(facts));
  }
}

JobState end_asked(const protocol::StatusRequest& finish) {
  return protocol::parse_job_state(finish.status).value_or(JobState::failed);
}

// Where a finish leads from the job's present state, or a refusal.
Result<JobState> end_of(JobState from, JobState asked) {
  if (from == JobState::cancelling) return JobState::cancelled;
  if (!allowed(from, asked, Caller::lease_holder)) return bad_transition(from, name_of(asked));
  return asked;
}

}  // namespace

struct Jobs::Finished {
  protocol::StatusReply reply;
  Effects effects;
  bool repeated = false;
  std::optional<NextJob> next;
};

// The transaction of a finish: everything is checked again, then attempt, log and job end together, and the agent's
// next job is claimed.
Task<Result<Jobs::Finished>> Jobs::end_attempt(db::Transaction& tx, LeaseProof lease, protocol::StatusRequest request,
                                               std::optional<NextClaim> next, std::string digest,
                                               std::shared_ptr<const LogVerdict> verdict, bool of_run,
                                               std::int64_t now) {
  Finished out;
  if (of_run) co_await runs_->lock_run_of(tx, lease.job);
  const std::optional<JobRow> job = co_await lock_job(tx, lease.job);
  std::optional<AttemptRow> attempt = co_await load_attempt(tx, lease.job, lease.attempt);
  if (!job || !attempt) co_return job_not_found(lease.job);
  if (attempt->finish_digest == digest) {
    out.reply = json::read_own<protocol::StatusReply>(*attempt->finish_reply);
    out.effects.changed.push_back({lease.job, job->run_id});
    out.effects.leases.push_back(lease.agent);
    out.repeated = true;
    co_return out;
  }
  if (!attempt->open || job->attempt != lease.attempt) co_return stale_attempt(lease.attempt, job->attempt);
  const Result<JobState> end = end_of(job->state, end_asked(request));
  if (!end) co_return std::unexpected(end.error());

  activity_.mark_begun(lease.job, lease.attempt, attempt->steps);
  end_steps(attempt->steps, request, *end, *verdict);
  const std::optional<int> exit_code = request.exit_code             ? request.exit_code
                                       : *end == JobState::succeeded ? std::optional(0)
                                                                     : first_failing_exit(attempt->steps);
  const std::string cause = request.cause.value_or(*end == JobState::timed_out ? "timeout" : "exit");
  const bool ended_badly = *end == JobState::failed || *end == JobState::timed_out;
  std::optional<Again> again;
  if (ended_badly)
    again = try_again(retry_of(*job), {.cause = cause, .exit_code = exit_code, .untouched = !any_began(attempt->steps)},
                      *job, settings_);
  out.reply.state = std::string(name_of(again ? JobState::queued : *end));

  const std::optional<std::string> flags = log_flags(*verdict);
  const db::Rows ended =
      co_await tx.run(end_attempt_query, {lease.job.str(), lease.attempt, std::string(name_of(*end)),
                                          ended_badly ? db::Value(cause) : db::Value(), db::or_null(request.message),
                                          db::or_null(exit_code), write_steps(attempt->steps), digest,
                                          json::write_text(out.reply), db::or_null(flags), now});
  if (ended.affected() != 1) co_return stale_attempt(lease.attempt, job->attempt);
  if (request.images && !request.images->empty())
    co_await tx.run(images_query, {lease.job.str(), lease.attempt, json::write_text(*request.images)});
  co_await save_notes(tx, lease.job, lease.attempt, request);
  co_await logs_->persist(tx, lease.job, lease.attempt, *verdict);
  if (again) {
    out.effects = co_await requeue(tx, *job, *again, now);
    if (again->counts == Again::Counts::agent_error)
      out.effects.avoided.emplace_back(lease.job, lease.agent, Avoid::while_others_are_there);
  } else {
    if (job->run_id && request.outputs) co_await save_outputs(tx, lease.job, *request.outputs);
    std::optional<std::string> why;
    if (*end != JobState::succeeded) why = end_reason(*end, cause, request, *job, attempt->steps, exit_code);
    out.effects =
        co_await this->end(tx, *job, {.state = *end, .exit_code = exit_code, .log_flags = flags}, std::move(why), now);
  }
  if (next && next->job) out.next = co_await take_next(tx, lease.agent, std::move(*next), now, out.effects);
  // An agent that got its next job is as busy as before: its poll goes on, and hears of the new lease.
  if (!out.next) out.effects.leases.push_back(lease.agent);
  out.effects.agents.push_back(lease.agent);
  co_return out;
}

// Perhaps its commit got no answer, so those who listen are told again, which is harmless. A retry that memory lacks
// and a slot that is free are what the sweep looks for.
FinishAnswer Jobs::finished_before(const LeaseProof& lease, const LeaseView& seen) {
  logs_->close(lease.job, lease.attempt, true);
  activity_.forget(lease.job);
  queue_->lease_changed(lease.agent);
  bus_.publish(events::JobChanged{lease.job, seen.run_id});
  if (is_terminal(seen.state)) bus_.publish(events::JobEnded{lease.job, seen.run_id});
  return {.reply = json::read_own<protocol::StatusReply>(*seen.attempt.finish_reply), .missing = {}, .repeated = true};
}

Task<Result<FinishAnswer>> Jobs::finish(LeaseProof lease, protocol::StatusRequest request,
                                        std::optional<NextClaim> next) {
  request.next.reset();
  Result<FinishAnswer> answer = co_await finish_once(lease, std::move(request), next);
  if (next && answer && answer->repeated) answer->next = co_await taken_before(lease.agent, std::move(*next));
  co_return answer;
}

Task<Result<FinishAnswer>> Jobs::finish_once(LeaseProof lease, protocol::StatusRequest request,
                                             std::optional<NextClaim> next) {
  const std::string digest = sha256_hex(json::write_text(request));
  // Who is not the holder, what was said before and what can never be accepted is answered without the writer's time.
  const db::Rows rows = co_await db_.read(lease_view_query, {lease.job.str(), lease.attempt});
  const Result<LeaseView> seen = check_proof(rows, lease, lease_key_);
  if (!seen) co_return std::unexpected(seen.error());
  if (seen->attempt.finish_digest == digest) {
    co_return finished_before(lease, *seen);
  }
  if (const Result<void> open = check_open(*seen, lease); !open) co_return std::unexpected(open.error());
  if (const Result<JobState> end = end_of(seen->state, end_asked(request)); !end)
    co_return std::unexpected(end.error());
  const std::size_t steps =
      static_cast<std::size_t>(std::ranges::count_if(seen->attempt.steps, [](const auto& s) { return s.step >= 0; }));
  if (const Result<void> good = check_finish(request, steps); !good) co_return std::unexpected(good.error());
  Result<LogClaim> claim = read_log_claim(request, steps);
  if (!claim) co_return std::unexpected(std::move(claim.error()));

  Result<LogVerdict> logs = co_await logs_->verify(lease.job, lease.attempt, std::move(*claim));
  if (!logs) co_return std::unexpected(std::move(logs.error()));
  if (!logs->next.empty()) {
    // The same finish may have come twice, and the other one ended the attempt, and its log, since we looked.
    const Result<LeaseView> now =
        check_proof(co_await db_.read(lease_view_query, {lease.job.str(), lease.attempt}), lease, lease_key_);
    if (now && now->attempt.finish_digest == digest) co_return finished_before(lease, *now);
    FinishAnswer incomplete;
    for (const auto& [step, from] : logs->next) incomplete.missing[std::to_string(step)] = from;
    co_return incomplete;
  }

  auto verdict = std::make_shared<const LogVerdict>(std::move(*logs));
  const bool of_run = seen->run_id.has_value();  // for good
  auto body = [this, lease, request, next, digest, verdict, of_run, now = clock_.unix_ms()](db::Transaction& tx) {
    return end_attempt(tx, lease, request, next, digest, verdict, of_run, now);
  };
  bool committed = false;
  struct Closer {  // also when the database throws: the log goes on
    LogLedger& logs;
    const LeaseProof& lease;
    bool& committed;
    ~Closer() { logs.close(lease.job, lease.attempt, committed); }
  };
  std::optional<Result<Finished>> outcome;
  {
    const Closer closer{*logs_, lease, committed};
    outcome.emplace(co_await write<Finished>(std::move(body)));
    committed = outcome->has_value();
  }
  if (!*outcome) co_return std::unexpected(std::move(outcome->error()));
  activity_.forget(lease.job);
  Finished& finished = **outcome;
  co_await tell_all(std::move(finished.effects));
  co_return FinishAnswer{.reply = std::move(finished.reply),
                         .missing = {},
                         .repeated = finished.repeated,
                         .next = std::move(finished.next)};
}

}  // namespace open_cicd::jobs
