#include "cli/follow.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/job_view.h"
#include "cli/output.h"
#include "cli/reason.h"
#include "cli/waiting.h"
#include "protocol/states.h"

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <ostream>
#include <vector>

namespace open_cicd::cli {
namespace {

namespace bj = boost::json;
using namespace asio::experimental::awaitable_operators;

constexpr std::size_t read_bytes_max = 64 * 1024;
constexpr std::string_view replacement = "\xef\xbf\xbd";  // what stands for bytes that are no UTF-8

std::string text_in(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::int64_t> number_of(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

int attempt_of_id(std::string_view id) {
  int attempt = 0;
  std::from_chars(id.data(), id.data() + id.size(), attempt);
  return attempt;
}

// Nothing better will come of asking again.
bool is_final(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::too_many:
    case ErrorKind::internal:
      return false;
    default:
      return true;
  }
}

bool is_end(std::string_view state) {
  const auto known = protocol::parse_job_state(state);
  return known && *known >= protocol::JobState::succeeded;
}

}  // namespace

Follower::Follower(Api& api, const Context& context, FollowOptions options)
    : api_(api),
      context_(context),
      options_(std::move(options)),
      filter_(context.colours(context.io.out_is_terminal)),
      marks_([this](std::string mark) { say(mark); }),
      next_pause_(options_.pause_min) {}

Task<Result<FollowEnd>> Follower::run() {
  if (!options_.leave_on_signal) {
    auto outcome = co_await (follow() || watch_wait());
    co_return std::move(std::get<0>(outcome));
  }
  auto outcome = co_await (watch_signals() || follow() || watch_wait());
  context_.io.out << filter_.reset();
  if (outcome.index() != 1) co_return FollowEnd{};
  co_return std::move(std::get<1>(outcome));
}

Task<Result<FollowEnd>> Follower::follow() {
  last_answer_ = std::chrono::steady_clock::now();
  while (true) {
    const Result<void> read = co_await read_stream();
    if (end_) co_return *end_;
    if (!read && connected_once_ && read.error().kind() == ErrorKind::not_found) {
      co_return fail(
          ErrorKind::not_found, read.error().code(),
          "The job was deleted meanwhile, by retention: what was printed of its log is not the whole of it.");
    }
    if (!read && is_final(read.error())) co_return std::unexpected(read.error());
    Error why = read ? Error(ErrorKind::unavailable, "connection_lost", "The server closed the stream.") : read.error();
    if (!connected_once_ && !options_.retry_first_connection) co_return std::unexpected(std::move(why));
    if (const auto waited = co_await pause(std::move(why)); !waited) co_return std::unexpected(waited.error());
  }
}

Task<Result<void>> Follower::read_stream() {
  Headers headers = {{"Accept", "text/event-stream"}};
  if (!last_id_.empty()) headers.emplace_back("Last-Event-ID", last_id_);
  auto stream = co_await api_.open(job_target(options_.job_id, "/logs/stream"), std::move(headers));
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  connected_once_ = true;
  http::SseReader reader;
  while (!end_) {
    const auto bytes = co_await (*stream)->read(read_bytes_max, options_.silence_max);
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->empty()) co_return Result<void>();
    last_answer_ = std::chrono::steady_clock::now();
    next_pause_ = options_.pause_min;
    if (std::exchange(lost_, false)) say("connected again");
    std::vector<http::SseEvent> events;
    if (!reader.feed(*bytes, [&events](http::SseEvent event) { events.push_back(std::move(event)); }))
      co_return fail(ErrorKind::unavailable, "bad_stream", "The server sent an event that is too large.");
    for (http::SseEvent& event : events) {
      if (end_) break;
      co_await handle(std::move(event));
    }
    context_.io.out.flush();
  }
  co_return Result<void>();
}

Task<Result<void>> Follower::pause(Error why) {
  if (std::chrono::steady_clock::now() - last_answer_ > options_.give_up) co_return std::unexpected(std::move(why));
  // Its end is told after the log, so nothing is known of a job that has told no state yet.
  const bool goes_on = !state_.empty() && !is_end(state_);
  if (!std::exchange(lost_, true))
    say(fmt::format("connection lost, trying again{}", goes_on ? "; the job goes on" : ""));
  asio::steady_timer timer(co_await asio::this_coro::executor, next_pause_);
  next_pause_ = std::min(next_pause_ * 2, options_.pause_max);
  co_await timer.async_wait(asio::use_awaitable);
  co_return Result<void>();
}

Task<void> Follower::handle(http::SseEvent event) {
  if (!event.id.empty()) last_id_ = event.id;
  const Result<bj::value> parsed = json::parse(event.data);
  if (!parsed || !parsed->is_object()) co_return;
  const bj::object& data = parsed->get_object();
  if (event.event == "log") {
    const int attempt = attempt_of_id(event.id);
    co_await print_log(attempt > 0 ? attempt : attempt_, data);
  } else if (event.event == "attempt") {
    on_attempt(data);
  } else if (event.event == "step") {
    on_step(data);
  } else if (event.event == "status") {
    on_status(data);
  } else if (event.event == "end") {
    on_end(data);
  }
}

Task<void> Follower::print_log(int attempt, const bj::object& data) {
  const int step = static_cast<int>(number_of(data, "step").value_or(0));
  if (quiet_due_ != never) quiet_due_ = std::chrono::steady_clock::now() + options_.quiet;
  const bool cuts_in = marks_.on_log(step);
  if (!options_.log || (options_.step && *options_.step != step)) co_return;
  std::string text = text_in(data, "data");
  const std::int64_t offset = number_of(data, "offset").value_or(0);
  const std::int64_t end = offset + number_of(data, "size").value_or(static_cast<std::int64_t>(text.size()));
  std::int64_t& printed = printed_[{attempt, step}];
  if (end <= printed) co_return;
  const std::int64_t begin = std::max(offset, std::min(printed, end));
  printed = end;
  // A file or a program gets the bytes as they are; the event holds text only.
  const bool is_exact = begin == offset && (context_.io.out_is_terminal || !text.contains(replacement));
  if (!is_exact) {
    auto raw = co_await read_raw(attempt, step, begin, end - begin);
    if (raw && context_.io.out_is_terminal)
      text = to_valid_utf8(*raw);
    else if (raw)
      text = std::move(*raw);
    else if (begin != offset)
      co_return;
  }
  if (cuts_in && line_open_ && !context_.io.out_is_terminal) write_out("\n");
  write_out(context_.io.out_is_terminal ? filter_.feed(text) : text);
}

Task<Result<std::string>> Follower::read_raw(int attempt, int step, std::int64_t offset, std::int64_t size) {
  const std::string range = fmt::format("bytes={}-{}", offset, offset + size - 1);
  auto stream = co_await api_.open(job_target(options_.job_id, fmt::format("/logs?step={}&attempt={}", step, attempt)),
                                   {{"Range", range}});
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  std::string bytes;
  while (true) {
    auto piece = co_await (*stream)->read(read_bytes_max, options_.silence_max);
    if (!piece) co_return std::unexpected(std::move(piece.error()));
    if (piece->empty()) break;
    bytes += *piece;
  }
  if (std::ssize(bytes) != size) co_return fail(ErrorKind::unavailable, "short_read", "The log ended early.");
  co_return bytes;
}

void Follower::on_attempt(const bj::object& data) {
  const int attempt = static_cast<int>(number_of(data, "attempt").value_or(0));
  if (attempt == 0 || attempt == attempt_) return;
  end_attempt();
  const bool again = attempt_ != 0;
  attempt_ = attempt;
  const std::string agent = text_in(data, "agent");
  say(fmt::format("attempt {}{}{}", attempt, agent.empty() ? "" : " on " + agent,
                  again ? ": the job begins again" : ""));
}

void Follower::on_step(const bj::object& data) {
  const auto code = number_of(data, "exit_code");
  marks_.on_state(static_cast<int>(number_of(data, "step").value_or(0)), text_in(data, "name"), text_in(data, "state"),
                  code ? std::optional(static_cast<int>(*code)) : std::nullopt, data.contains("background"));
  if (text_in(data, "state") != "running") return;
  quiet_due_ = std::chrono::steady_clock::now() + options_.quiet;
  if (wait_timer_) wait_timer_->cancel();
}

// A wait is explained when it lasts, an end by its own event; an attempt says that the job has an agent.
void Follower::on_status(const bj::object& data) {
  const std::string state = text_in(data, "state");
  const bj::value* reason = data.if_contains("reason");
  const std::string clause = reason == nullptr ? "" : clause_of_reason(*reason);
  if (state == "queued" && attempt_ != 0 && clause.starts_with("queued again")) again_ = clause;
  if (std::exchange(state_, state) == state) return;
  if (state == "cancelling" && !std::exchange(cancel_is_known_, true)) say("the job is being cancelled");
  const bool waits = state == "queued" || state == "blocked";
  wait_due_ = waits ? std::chrono::steady_clock::now() + options_.wait_first : never;
  if (waits) wait_told_.clear();
  if (wait_timer_) wait_timer_->cancel();
}

void Follower::on_end(const bj::object& data) {
  const auto number = number_of(data, "exit_code");
  const auto code = number ? std::optional(static_cast<int>(*number)) : std::nullopt;
  end_ = FollowEnd{text_in(data, "state"), code};
  end_attempt();
  const bj::value* reason = data.if_contains("reason");
  say(sentence_of_end(end_->state, reason == nullptr ? bj::value() : *reason, code));
}

void Follower::end_attempt() {
  marks_.end_attempt();
  if (!again_.empty()) say("job " + std::exchange(again_, ""));
}

void Follower::write_out(const std::string& bytes) {
  if (bytes.empty()) return;
  context_.io.out << bytes;
  line_open_ = bytes.back() != '\n';
}

// On standard error, on a line of its own where both are one terminal.
void Follower::say(std::string_view sentence) {
  context_.io.out << filter_.reset();
  if (context_.io.out_is_terminal && std::exchange(line_open_, false)) context_.io.out << "\n";
  context_.io.out.flush();
  const std::string safe = TerminalFilter(false).feed(to_valid_utf8(sentence));
  context_.io.err << paint("» " + safe, Colour::dim, context_.colours(context_.io.err_is_terminal)) << "\n";
  context_.io.err.flush();
}

Task<void> Follower::watch_signals() {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  if (!options_.cancel_on_interrupt) co_return;
  cancel_is_known_ = true;
  say("cancelling the job; Ctrl-C again leaves at once");
  auto first = co_await (cancel_job() || signals.async_wait(asio::use_awaitable));
  if (first.index() == 0) co_await signals.async_wait(asio::use_awaitable);
}

Task<void> Follower::watch_wait() {
  wait_timer_.emplace(co_await asio::this_coro::executor);
  while (true) {
    wait_timer_->expires_at(std::min(wait_due_, quiet_due_));
    boost::system::error_code moved;  // a cancelled wait has a new time
    co_await wait_timer_->async_wait(asio::redirect_error(asio::use_awaitable, moved));
    const auto now = std::chrono::steady_clock::now();
    if (now >= quiet_due_) {
      quiet_due_ = never;
      marks_.on_quiet();
    }
    if (now < wait_due_) continue;
    wait_due_ += options_.wait_again;
    co_await explain_wait();
  }
}

// What cannot be read now may be next time; the stream says when the server is away.
Task<void> Follower::explain_wait() {
  const auto document = co_await api_.call(http::Method::get, job_target(options_.job_id));
  if (!document) co_return;
  const auto job = json::read<JobView>(*document, json::Unknown::ignore);
  if (!job) co_return;
  const std::string sentence = co_await waiting_sentence(api_, *job);
  if (sentence.empty() || (state_ != "queued" && state_ != "blocked")) co_return;
  const bool is_again = !again_.empty() && sentence == fmt::format("waiting: {}.", again_);
  end_attempt();  // which says why the job is queued again
  if (std::exchange(wait_told_, sentence) != sentence && !is_again) say(sentence);
}

// A job that has ended already is no failure: its end is on the way.
Task<void> Follower::cancel_job() {
  constexpr int tries = 5;
  for (int i = 0; i < tries; ++i) {
    const auto answer =
        co_await api_.call(http::Method::put, job_target(options_.job_id, "/status"), R"({"status":"cancelled"})");
    if (answer || answer.error().code() == "already_terminal") co_return;
    if (is_final(answer.error()) || i + 1 == tries) {
      say(fmt::format("the job could not be cancelled: {}", answer.error().message()));
      co_return;
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, options_.pause_max);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace open_cicd::cli
