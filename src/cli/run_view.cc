#include "cli/run_view.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/reason.h"
#include "cli/terminal_text.h"
#include "http/percent.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace open_cicd::cli {
namespace {

void print_field(const Context& context, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  context.io.out << fmt::format("{:<12}{}\n", name, TerminalFilter(false).feed(to_valid_utf8(value)));
}

std::string why(const std::optional<boost::json::value>& reason) {
  return reason ? clause_of_reason(*reason) : "";
}

// It is a guess, so it is not told to the second.
std::string start_in_words(const RunJobView& job, std::int64_t now) {
  if (!job.estimate || (job.state != "queued" && job.state != "blocked")) return "";
  const auto start = parse_rfc3339_ms(job.estimate->starts_at.value_or(""));
  if (!start) return "";
  constexpr std::int64_t minute = 60'000;
  const std::int64_t minutes = (*start - now + minute / 2) / minute;
  if (minutes < 1) return "starts within a minute";
  return minutes < 120 ? fmt::format("starts in ~{} min", minutes)
                       : fmt::format("starts in ~{} h", (minutes + 30) / 60);
}

std::string note_of(const RunView& run, const RunJobView& job, std::int64_t now) {
  std::string note = why(job.reason);
  if (const std::string start = start_in_words(job, now); !start.empty())
    note += fmt::format("{}{}", note.empty() ? "" : "; ", start);
  if (job.warning.value_or(false)) note += note.empty() ? "allowed to fail" : "; allowed to fail";
  if (run.round.value_or(1) > 1 && job.round.value_or(1) != *run.round)
    note += fmt::format("{}from round {}", note.empty() ? "" : "; ", job.round.value_or(1));
  return note;
}

}  // namespace

std::string run_target(std::string_view id, std::string_view rest) {
  return fmt::format("/api/v1/runs/{}{}", http::percent_encode(id), rest);
}

Result<RunView> read_run(const boost::json::value& document) {
  auto run = json::read<RunView>(document, json::Unknown::ignore);
  if (!run) return fail(ErrorKind::internal, "bad_response", run.error().message());
  return run;
}

bool has_ended(const RunView& run) {
  return run.state != "pending" && run.state != "queued" && run.state != "running";
}

int exit_code_of_run(const RunView& run) {
  if (run.state == "succeeded" || run.state == "skipped") return exit_fine;
  if (run.state == "cancelled") return exit_cancelled;
  for (const RunJobView& job : run.jobs.value_or(std::vector<RunJobView>()))
    if (job.state == "failed" || job.state == "timed_out" || job.state == "lost")
      if (!job.warning.value_or(false)) return exit_code_of_job(job.state, job.exit_code);
  return exit_failed;
}

std::string time_between(const std::optional<std::string>& from, const std::optional<std::string>& to,
                         std::int64_t now_unix_ms) {
  const auto started = parse_rfc3339_ms(from.value_or(""));
  if (!started) return "";
  const auto finished = parse_rfc3339_ms(to.value_or(""));
  return short_duration(std::max<std::int64_t>(0, finished.value_or(now_unix_ms) - *started));
}

void print_run(const Context& context, const RunView& run) {
  const bool colours = context.colours(context.io.out_is_terminal);
  const std::int64_t now = SystemClock().unix_ms();
  print_field(context, "run", fmt::format("{} (number {})", run.id, run.number));
  print_field(context, "name", run.name);
  context.io.out << fmt::format("{:<12}{}{}\n", "state", paint(run.state, colour_of_state(run.state), colours),
                                run.warnings.value_or(false) ? " (with warnings)" : "");
  print_field(context, "reason", why(run.reason));
  print_field(context, "repository", run.repository.value_or(""));
  print_field(context, "commit", run.sha.value_or(""));
  print_field(context, "title", run.title.value_or(""));
  print_field(context, "author", run.author.value_or(""));
  print_field(context, "file", run.repository ? run.pipeline.value_or("") : "");
  print_field(context, "event",
              run.change ? fmt::format("{} {}", run.event.value_or(""), *run.change) : run.event.value_or(""));
  print_field(context, "by", asker_of(run));
  print_field(context, "approved by", run.approved_by_name.value_or(run.approved_by.value_or("")));
  print_field(context, "branch", run.branch.value_or(""));
  if (run.trust == "fork") print_field(context, "trust", "a fork: no secrets");
  if (run.round.value_or(1) > 1) print_field(context, "round", fmt::to_string(*run.round));
  print_field(context, "created", run.created_at.value_or(""));
  print_field(context, "time", time_between(run.started_at, run.finished_at, now));
  if (!run.jobs) return;
  context.io.out << "\n";
  print_jobs(context, run, JobIds::shown);
}

void print_jobs(const Context& context, const RunView& run, JobIds ids) {
  const std::int64_t now = SystemClock().unix_ms();
  std::vector<Table::Column> columns{{"JOB", true}, {"STATE", false, true}, {"TIME"}, {"TRIES"}, {"NOTE", true}};
  if (ids == JobIds::shown) columns.push_back({"ID"});
  Table table(std::move(columns));
  for (const RunJobView& job : run.jobs.value_or(std::vector<RunJobView>())) {
    std::vector<std::string> cells{job.key, job.state, time_between(job.started_at, job.finished_at, now),
                                   job.attempts.value_or(0) > 1 ? fmt::to_string(*job.attempts) : "",
                                   note_of(run, job, now)};
    if (ids == JobIds::shown) cells.push_back(job.id);
    table.add(std::move(cells));
  }
  table.print(context);
}

std::string asker_of(const RunView& run) {
  return run.triggered_by_name.value_or(run.triggered_by.value_or(""));
}

std::string state_of(const RunView& run) {
  return run.warnings.value_or(false) ? run.state + " with warnings" : run.state;
}

}  // namespace open_cicd::cli
