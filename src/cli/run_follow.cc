#include "cli/run_follow.h"

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/follow.h"
#include "cli/line_stream.h"
#include "cli/output.h"
#include "cli/reason.h"
#include "cli/terminal_text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace open_cicd::cli {
namespace {

using namespace asio::experimental::awaitable_operators;

constexpr std::size_t prefix_columns_max = 32;
constexpr std::size_t followed_max = 16;  // at once; a server has a limit of streams for each address
constexpr std::chrono::milliseconds interrupt_look{50};
constexpr std::chrono::milliseconds frame_pause{80};  // between two pictures

bool has_begun(const RunJobView& job) {
  return job.attempts.value_or(0) > 0 || job.state == "running" || job.state == "cancelling";
}

bool never_begins(const RunJobView& job) {
  return !has_begun(job) && job.state != "blocked" && job.state != "queued" && job.state != "assigned";
}

std::string clause_of(const RunJobView& job) {
  return job.reason ? clause_of_reason(*job.reason) : "";
}

std::string safe(std::string_view text) {
  return TerminalFilter(false).feed(to_valid_utf8(text));
}

}  // namespace

void add_plain(CLI::App& verb, bool& plain) {
  verb.add_flag("--plain", plain, "Print the lines of the jobs on a terminal, too, instead of drawing the jobs");
}

bool can_be_live(const Context& context) {
  const auto terminal = context.variable("TERM");
  return context.io.out_is_terminal && context.io.err_is_terminal && terminal && terminal != "dumb";
}

RunFollower::RunFollower(Api& api, const Context& context, RunFollowOptions options)
    : api_(api), context_(context), options_(std::move(options)) {
  if (options_.live) view_.emplace(context_.io.out, context_.colours(true));
}

Task<Result<std::optional<RunView>>> RunFollower::run() {
  auto outcome = co_await (watch_signals() || follow() || draw());
  if (view_) view_->clear();
  if (outcome.index() == 0) co_return std::nullopt;
  Result<RunView>& end = std::get<1>(outcome);
  if (!end) co_return std::unexpected(std::move(end.error()));
  if (view_) co_await print_failed(*end);
  co_return std::move(*end);
}

Task<Result<RunView>> RunFollower::look() {
  const auto document = co_await api_.call(http::Method::get, run_target(options_.run_id));
  if (!document) co_return std::unexpected(document.error());
  co_return read_run(*document);
}

// The jobs' followers end by themselves when their jobs have.
Task<Result<RunView>> RunFollower::follow() {
  TaskGroup jobs(co_await asio::this_coro::executor);
  std::chrono::milliseconds pause = options_.look_min;
  auto last_answer = std::chrono::steady_clock::now();
  std::optional<Result<RunView>> end;
  try {
    while (!end) {
      const Result<void> fine = options_.on_look ? options_.on_look() : Result<void>();
      Result<RunView> run = fine ? co_await look() : std::unexpected(fine.error());
      const auto now = std::chrono::steady_clock::now();
      const bool may_come_back =
          fine && !run && (run.error().kind() == ErrorKind::unavailable || run.error().kind() == ErrorKind::internal);
      if (run) last_answer = now;
      const bool all_followed = !run || take(*run, jobs);
      if (run ? has_ended(*run) && all_followed : !may_come_back || now - last_answer > options_.give_up) {
        end.emplace(std::move(run));
        break;
      }
      pause = std::exchange(news_, false) ? options_.look_min : std::min(pause * 2, options_.look_max);
      asio::steady_timer timer(co_await asio::this_coro::executor, pause);
      co_await timer.async_wait(asio::use_awaitable);
    }
  } catch (const boost::system::system_error& e) {
    if (!is_cancellation(e)) end.emplace(fail(ErrorKind::internal, "follow", e.what()));
    jobs.cancel();  // the user leaves
  }
  co_await asio::this_coro::reset_cancellation_state();
  if (end && !*end) jobs.cancel();
  co_await jobs.join();
  if (!end) throw boost::system::system_error(asio::error::operation_aborted);
  co_return std::move(*end);
}

// False while there are jobs that have begun and whose turn to be followed has not come.
bool RunFollower::take(const RunView& run, TaskGroup& jobs) {
  if (!run.jobs) return true;
  if (view_) view_->take(run);
  bool all = true;
  for (const RunJobView& job : *run.jobs)
    width_ = std::max(width_, std::min(prefix_columns_max, display_width(safe(job.name))));
  for (const RunJobView& job : *run.jobs) {
    if (has_begun(job) && !followed_.contains(job.id)) {
      if (view_ && job.finished_at) continue;  // only the last line of what runs is shown
      if (jobs.size() >= followed_max) {
        all = false;
        continue;
      }
      followed_.insert(job.id);
      news_ = true;
      jobs.spawn("job " + job.id, view_ ? follow_unseen(job.id) : follow_job(job.id, job.name));
    } else if (!view_ && never_begins(job) && !followed_.contains(job.id) &&
               std::exchange(said_[job.id], job.state) != job.state) {
      news_ = true;
      const std::string why = clause_of(job);
      say(fmt::format("{}: {}", job.name, why.empty() ? job.state : why));
    }
  }
  return all;
}

// Its output is a file to the follower of one job, so lines of several jobs can stand between each other.
Task<void> RunFollower::follow_job(std::string id, std::string name) {
  const bool colours = context_.colours(context_.io.out_is_terminal);
  const std::string prefix = paint(fit(safe(name), width_) + " │ ", Colour::blue, colours);
  PrefixedStream out(context_.io.out, prefix), err(context_.io.err, prefix);
  const Context its{
      .io = {out, err, false, false, context_.io.columns}, .environment = context_.environment, .json = context_.json};
  Follower follower(api_, its, {.job_id = std::move(id), .leave_on_signal = false, .retry_first_connection = true});
  const auto end = co_await follower.run();
  if (!end) err << "» its log cannot be read: " << end.error().message() << "\n";
  news_ = true;
}

// Only its last line is shown.
Task<void> RunFollower::follow_unseen(std::string id) {
  LineStream out([this, id](std::string_view line) { view_->line(id, line); }), err([](std::string_view) {});
  const Context its{
      .io = {out, err, false, false, context_.io.columns}, .environment = context_.environment, .json = context_.json};
  Follower follower(api_, its, {.job_id = std::move(id), .leave_on_signal = false, .retry_first_connection = true});
  co_await follower.run();
  news_ = true;
}

Task<void> RunFollower::draw() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    if (view_) view_->draw(SystemClock().unix_ms());
    timer.expires_at(view_ ? std::chrono::steady_clock::now() + frame_pause
                           : std::chrono::steady_clock::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// Whole, now that nothing else is printed.
Task<void> RunFollower::print_failed(const RunView& run) {
  for (const RunJobView& job : run.jobs.value_or(std::vector<RunJobView>())) {
    if (job.state != "failed" && job.state != "timed_out" && job.state != "lost") continue;
    if (!has_begun(job)) continue;
    context_.io.out << paint(safe(job.key), Colour::bold, context_.colours(true)) << "\n";
    Follower follower(api_, context_, {.job_id = job.id, .leave_on_signal = false});
    if (const auto end = co_await follower.run(); !end)
      say(fmt::format("the log of {} cannot be read: {}", job.key, end.error().message()));
    context_.io.out << "\n";
  }
}

Task<void> RunFollower::next_interrupt(asio::signal_set& signals) {
  if (!options_.interrupted) {
    co_await signals.async_wait(asio::use_awaitable);
    co_return;
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!options_.interrupted()) {
    timer.expires_after(interrupt_look);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<void> RunFollower::watch_signals() {
  asio::signal_set signals(co_await asio::this_coro::executor);
  if (!options_.interrupted)
    for (const int signal : {SIGINT, SIGTERM}) signals.add(signal);
  co_await next_interrupt(signals);
  if (!options_.cancel_on_interrupt) co_return;
  for (const char* what : {"cancelling the run; Ctrl-C again ends its clean-up jobs too",
                           "cancelling the clean-up too; Ctrl-C again leaves at once"}) {
    say(what);
    co_await (cancel() && next_interrupt(signals));
  }
}

Task<void> RunFollower::cancel() {
  const auto answer = co_await api_.call(http::Method::post, run_target(options_.run_id, "/cancel"));
  if (!answer && answer.error().code() != "already_terminal")
    say(fmt::format("the run could not be cancelled: {}", answer.error().message()));
  news_ = true;
}

void RunFollower::say(std::string_view sentence) {
  if (view_) return view_->say(sentence);
  context_.io.out.flush();
  context_.io.err << paint("» " + safe(sentence), Colour::dim, context_.colours(context_.io.err_is_terminal)) << "\n"
                  << std::flush;
}

}  // namespace open_cicd::cli
