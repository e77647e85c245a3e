#include "adapters/docker/init_session.h"

#include "adapters/docker/attach_stream.h"
#include "base/one_line.h"

#include <fmt/format.h>

#include <exception>
#include <map>

namespace open_cicd::docker {
namespace {

constexpr std::size_t read_bytes_max = 256 << 10;
constexpr std::size_t complaint_bytes_max = 4096;
constexpr std::chrono::seconds write_timeout{30};

struct Run {
  InitSession::OutputHandler output;
  std::optional<CommandExit> exit;
  std::optional<std::string> failure;  // of its start
  std::exception_ptr broken;           // what its output handler threw
  bool stop_asked = false;
  int key = 0;
};

}  // namespace

struct InitSession::State {
  State(asio::any_io_executor executor, TaskGroup& tasks, std::unique_ptr<http::ResponseStream> attached)
      : group(tasks),
        stream(std::move(attached)),
        changed(std::move(executor), asio::steady_timer::time_point::max()) {}

  TaskGroup& group;
  std::unique_ptr<http::ResponseStream> stream;
  AttachDecoder frames;
  supervisor::EventReader events;
  std::map<std::uint32_t, Run*> runs;  // owned by the coroutines that wait for them
  std::uint32_t last_id = 0;
  std::string outbox;
  std::string complaint;  // what the helper, or the runtime before it, wrote to standard error
  bool writing = false;
  bool said_hello = false;
  bool closing = false;
  bool ended = false;
  asio::steady_timer changed;  // never expires: cancelled to wake whoever waits

  Task<void> wait_for_change(asio::steady_timer::time_point until) {
    error_code ignored;
    if (until == asio::steady_timer::time_point::max()) {
      co_await changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    } else {
      using namespace asio::experimental::awaitable_operators;
      asio::steady_timer limit(changed.get_executor(), until);
      co_await (changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored)) ||
                limit.async_wait(asio::use_awaitable));
    }
  }
  std::unexpected<Error> gone() const {
    return fail(ErrorKind::internal, "agent",
                complaint.empty() ? "The job's container ended unexpectedly, and with it what ran there."
                                  : fmt::format("The job's container ended unexpectedly: {}", to_one_line(complaint)));
  }
};

InitSession::InitSession(asio::any_io_executor executor, TaskGroup& group, std::unique_ptr<http::ResponseStream> stream)
    : state_(std::make_shared<State>(std::move(executor), group, std::move(stream))) {
  group.spawn("docker output", read_events(state_));
}

InitSession::~InitSession() {
  close();
}

Task<void> InitSession::read_events(std::shared_ptr<State> state) {
  for (bool good = true; good;) {
    const Result<std::string> bytes = co_await state->stream->read(read_bytes_max, std::chrono::milliseconds::zero());
    if (!bytes || bytes->empty()) break;
    std::string_view input = *bytes;
    while (good && !input.empty()) {
      const Result<AttachDecoder::Piece> piece = state->frames.next(input);
      good = piece.has_value();
      if (!good || piece->bytes.empty()) break;
      if (piece->stream == Stream::stderr_) {
        state->complaint.append(
            piece->bytes.substr(0, complaint_bytes_max - std::min(complaint_bytes_max, state->complaint.size())));
        continue;
      }
      state->events.feed(piece->bytes);
      for (;;) {
        const Result<std::optional<supervisor::Event>> event = state->events.next();
        good = event.has_value();
        if (!good || !*event) break;
        co_await handle(state, **event);
      }
    }
  }
  state->ended = true;
  state->changed.cancel();
}

Task<void> InitSession::handle(std::shared_ptr<State> state, supervisor::Event event) {
  using Type = supervisor::Event::Type;
  if (event.type == Type::hello) state->said_hello = true;
  const auto found = state->runs.find(event.id);
  if (event.type != Type::hello && found != state->runs.end()) {
    Run* const run = found->second;
    if (event.type == Type::output) {
      if (run->broken) co_return;
      std::exception_ptr broken;
      try {
        co_await run->output(event.bytes);
      } catch (...) {
        broken = std::current_exception();
      }
      if (!broken) co_return;
      // A coroutine that was cancelled leaves as such; a handler's own trouble is its caller's.
      if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
        std::rethrow_exception(broken);
      if (state->runs.contains(event.id)) run->broken = broken;
      co_return;
    }
    if (event.type == Type::error) run->failure = std::string(event.bytes);
    if (event.type == Type::exit)
      run->exit =
          CommandExit{.code = event.code, .by_deadline = event.by_deadline, .out_of_memory = event.out_of_memory};
  }
  state->changed.cancel();
}

Task<Result<void>> InitSession::ready(std::chrono::milliseconds patience) {
  const auto state = state_;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!state->said_hello && !state->ended && std::chrono::steady_clock::now() < until)
    co_await state->wait_for_change(until);
  if (state->said_hello) co_return Result<void>{};
  if (state->ended) co_return state->gone();
  co_return fail(ErrorKind::unavailable, "agent",
                 fmt::format("The job's container did not answer within {} s.", patience.count() / 1000));
}

Task<Result<CommandExit>> InitSession::run(supervisor::Command command, OutputHandler output) {
  return run(std::move(command), std::move(output), Options());
}

Task<Result<CommandExit>> InitSession::run(supervisor::Command command, OutputHandler output, Options options) {
  const auto state = state_;
  if (state->ended || state->closing) co_return state->gone();
  const std::uint32_t id = ++state->last_id;
  Result<std::string> start = supervisor::encode_start(id, command, supervisor::OutputMode::frames);
  if (!start) co_return fail(start.error().kind(), "agent", start.error().message());
  Run run{.output = std::move(output), .key = options.key};
  struct Registration {
    std::map<std::uint32_t, Run*>& runs;
    std::uint32_t id;
    ~Registration() { runs.erase(id); }
  } const registration{state->runs, id};
  state->runs[id] = &run;
  send(std::move(*start));
  auto until = asio::steady_timer::time_point::max();
  if (options.limit) until = std::chrono::steady_clock::now() + *options.limit;
  while (!run.exit && !run.failure && !state->ended) {
    co_await state->wait_for_change(until);
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
    if (std::chrono::steady_clock::now() < until) continue;
    until = asio::steady_timer::time_point::max();
    run.stop_asked = true;
    send(supervisor::encode_stop(id, std::chrono::milliseconds::zero()));
  }
  if (run.broken) std::rethrow_exception(run.broken);
  if (run.failure) {
    if (auto own = supervisor::own_start_failure(*run.failure, command.cwd, command.argv[0]))
      co_return CommandExit{.code = 127, .not_started = std::move(*own)};
    co_return fail(ErrorKind::internal, "agent", fmt::format("{} did not start: {}", command.argv[0], *run.failure));
  }
  if (!run.exit) co_return state->gone();
  run.exit->stopped = run.stop_asked;
  co_return *run.exit;
}

void InitSession::stop(int key, std::chrono::milliseconds grace) {
  for (const auto& [id, run] : state_->runs) {
    if (run->key != key) continue;
    run->stop_asked = true;
    send(supervisor::encode_stop(id, grace));
  }
}

void InitSession::set_deadline(std::chrono::nanoseconds boottime) {
  send(supervisor::encode_deadline(boottime));
}

bool InitSession::is_open() const {
  return !state_->ended && !state_->closing;
}

void InitSession::close() {
  if (state_->closing || state_->ended) return;
  state_->closing = true;
  state_->group.spawn("docker input", end_input(state_));
}

void InitSession::send(std::string bytes) {
  if (state_->ended || state_->closing) return;
  state_->outbox += bytes;
  if (std::exchange(state_->writing, true)) return;
  state_->group.spawn("docker commands", write_commands(state_));
}

Task<void> InitSession::write_commands(std::shared_ptr<State> state) {
  while (!state->outbox.empty()) {
    const std::string bytes = std::exchange(state->outbox, {});
    if (!co_await state->stream->write(bytes, write_timeout)) break;  // the reader notices the end
  }
  state->writing = false;
}

Task<void> InitSession::end_input(std::shared_ptr<State> state) {
  co_await state->stream->close_write();
}

}  // namespace open_cicd::docker
