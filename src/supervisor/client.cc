#include "supervisor/client.h"

#include "base/log.h"
#include "supervisor/connection.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

constexpr int pipe_bytes = 1 << 20;  // the default limit of an unprivileged user; less where that is lower
constexpr std::size_t read_bytes = 256 << 10;

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() = default;
  Pipe(const Pipe&) = delete;
  ~Pipe() {
    if (read_end >= 0) ::close(read_end);
    if (write_end >= 0) ::close(write_end);
  }
  bool make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    ::fcntl(read_end, F_SETFL, O_NONBLOCK);
    ::fcntl(read_end, F_SETPIPE_SZ, pipe_bytes);
    return true;
  }
};

struct RunningCommand {
  RunKey key = 0;
  bool stop_asked = false;
  std::optional<Exit> exit;
  std::optional<std::string> failure;  // of its start
  std::function<void()> wake;          // the coroutine that waits for an event
};

std::unexpected<Error> gone() {
  return fail(ErrorKind::internal, "agent", "The job's supervisor ended unexpectedly, and with it the step.");
}

}  // namespace

struct Supervisor::State {
  asio::any_io_executor executor;
  pid_t pid = -1;
  std::shared_ptr<Connection> connection;
  std::optional<asio::posix::stream_descriptor> process;  // a pidfd: readable when the helper has ended
  bool said_hello = false;
  bool reaped = false;

  std::uint32_t last_id = 0;
  std::map<std::uint32_t, RunningCommand*> runs;  // by id; owned by the coroutines that wait for them
  bool spotless = false;                          // the helper said so of all commands so far
  std::string before_start;                       // what it must know before the next command starts
  std::function<void()> wake_ready;               // the coroutine that waits for the hello

  void on_event(const Event* event) {
    if (event == nullptr) {
      for (const auto& [id, run] : runs)
        if (run->wake) run->wake();
    } else if (event->type == Event::Type::hello) {
      said_hello = true;
    } else if (const auto found = runs.find(event->id); found != runs.end()) {
      RunningCommand& run = *found->second;
      spotless = event->type == Event::Type::exit && event->spotless;
      if (event->type == Event::Type::exit)
        run.exit = Exit{.code = event->code, .by_deadline = event->by_deadline, .out_of_memory = event->out_of_memory};
      if (event->type == Event::Type::error) run.failure = std::string(event->bytes);
      if (run.wake) run.wake();
    }
    if (wake_ready) wake_ready();
  }
  bool ended(const RunningCommand& run) const { return run.exit || run.failure || !connection->open(); }
  void stop(std::uint32_t id, RunningCommand& run, std::chrono::milliseconds grace) {
    run.stop_asked = true;
    connection->send(encode_stop(id, grace));
  }

  void reap() {
    if (!reaped && ::waitpid(pid, nullptr, WNOHANG) == pid) reaped = true;
  }
};

Supervisor::Supervisor(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Supervisor>> Supervisor::spawn(asio::any_io_executor executor, const SpawnOptions& options) {
  const auto spawned = spawn_init(options);
  if (!spawned) return std::unexpected(spawned.error());
  return adopt(std::move(executor), *spawned);
}

std::unique_ptr<Supervisor> Supervisor::adopt(asio::any_io_executor executor, const Spawned& spawned) {
  auto state = std::make_shared<State>();
  state->executor = executor;
  state->pid = spawned.pid;
  state->before_start = encode_deadline(std::chrono::nanoseconds(0));
  state->connection = std::make_shared<Connection>(executor, spawned.socket);
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0));
  if (pidfd >= 0) state->process.emplace(executor, pidfd);
  state->connection->start([weak = std::weak_ptr(state)](const Event* event) {
    if (const auto alive = weak.lock()) alive->on_event(event);
  });
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(state)));
}

// The helper ends when the connection closes; whoever still runs the executor reaps it.
Supervisor::~Supervisor() {
  state_->connection->close();
  state_->reap();
  if (state_->reaped || !state_->process) return;
  state_->process->async_wait(state_->process->wait_read, [state = state_](error_code) { state->reap(); });
}

pid_t Supervisor::pid() const {
  return state_->pid;
}

Task<Result<void>> Supervisor::ready(std::chrono::milliseconds patience) {
  const auto state = state_;
  asio::steady_timer timer(co_await asio::this_coro::executor, patience);
  state->wake_ready = [&timer] { timer.cancel(); };
  if (!state->said_hello && state->connection->open()) {
    error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  state->wake_ready = nullptr;
  if (!state->said_hello) co_return gone();
  co_return Result<void>();
}

Task<Result<Exit>> Supervisor::run(Command command, OutputHandler output, RunKey key) {
  const auto state = state_;
  if (!state->connection->open()) co_return gone();
  const auto id = ++state->last_id;
  const auto start = encode_start(id, command, OutputMode::descriptor);
  if (!start) co_return fail(start.error().kind(), "agent", start.error().message());
  Pipe pipe;
  if (!pipe.make())
    co_return fail(ErrorKind::internal, "agent",
                   fmt::format("No pipe for the step's output: {}.", std::strerror(errno)));
  const auto cwd = std::move(command.cwd);
  const auto program = std::move(command.argv.front());
  RunningCommand run{.key = key};
  struct Registration {
    std::map<std::uint32_t, RunningCommand*>& runs;
    std::uint32_t id;
    ~Registration() { runs.erase(id); }
  } const registration{state->runs, id};
  state->runs[id] = &run;
  state->spotless = false;
  state->connection->send(std::exchange(state->before_start, {}) + *start, pipe.write_end);
  ::close(std::exchange(pipe.write_end, -1));

  asio::posix::stream_descriptor source(state->executor, std::exchange(pipe.read_end, -1));
  const std::unique_ptr<char[]> buffer(new char[read_bytes]);
  bool at_end = false;
  while (true) {
    const bool was_over =
        state->ended(run);  // asked before reading: what is printed before the end is in the pipe by then
    const auto size = at_end ? -1 : ::read(source.native_handle(), buffer.get(), read_bytes);
    if (size > 0) {
      co_await output(std::string_view(buffer.get(), static_cast<std::size_t>(size)));
      continue;
    }
    if (size == 0) at_end = true;  // it closed its output; it may still run
    if (was_over) break;
    error_code ignored;
    if (at_end) {
      asio::steady_timer timer(state->executor, asio::steady_timer::time_point::max());
      run.wake = [&timer] { timer.cancel(); };
      if (!state->ended(run)) co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    } else {
      run.wake = [&source] { source.cancel(); };
      co_await source.async_wait(source.wait_read, asio::redirect_error(asio::use_awaitable, ignored));
    }
    run.wake = nullptr;
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (run.failure) {
    if (auto own = own_start_failure(*run.failure, cwd, program))
      co_return Exit{.code = 127, .not_started = std::move(*own)};
    co_return fail(ErrorKind::internal, "agent", fmt::format("The step did not start: {}.", *run.failure));
  }
  if (!run.exit) co_return gone();
  run.exit->stopped = run.stop_asked;
  co_return *run.exit;
}

void Supervisor::stop(std::chrono::milliseconds grace) {
  for (const auto& [id, run] : state_->runs) state_->stop(id, *run, grace);
}

void Supervisor::stop(RunKey key, std::chrono::milliseconds grace) {
  for (const auto& [id, run] : state_->runs)
    if (run->key == key) state_->stop(id, *run, grace);
}

void Supervisor::set_deadline(std::chrono::nanoseconds boottime) {
  auto message = encode_deadline(boottime);
  if (state_->runs.empty()) {
    state_->before_start = std::move(message);
  } else {
    state_->connection->send(std::move(message));
  }
}

Task<void> Supervisor::shutdown(std::chrono::milliseconds patience) {
  const auto state = state_;
  state->connection->close();
  if (state->reaped) co_return;
  if (state->process) {
    asio::steady_timer timer(state->executor, patience);
    timer.async_wait([state](error_code error) {
      if (!error) ::kill(state->pid, SIGKILL);
    });
    error_code ignored;
    co_await state->process->async_wait(state->process->wait_read, asio::redirect_error(asio::use_awaitable, ignored));
    if (timer.cancel() == 0) log_warn("a job's supervisor did not end by itself and was killed", {{"pid", state->pid}});
  }
  if (::waitpid(state->pid, nullptr, state->process ? WNOHANG : 0) == state->pid) state->reaped = true;
}

std::optional<Spawned> Supervisor::release() {
  if (!state_->spotless || !state_->runs.empty() || state_->reaped) return std::nullopt;
  const int socket = state_->connection->release();
  if (socket < 0) return std::nullopt;
  state_->process.reset();
  state_->reaped = true;  // not ours any more
  return Spawned{.pid = state_->pid, .socket = socket};
}

}  // namespace open_cicd::supervisor
