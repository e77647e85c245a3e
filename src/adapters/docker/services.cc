#include "adapters/docker/services.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::docker {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t tail_bytes_max = 64 << 10;
constexpr std::size_t last_lines_max = 50;
constexpr milliseconds probe_limit{5000};  // of one attempt
constexpr milliseconds probe_pause_first{10};
constexpr milliseconds probe_pause_max{250};
constexpr milliseconds watch_unprobed{100};  // for an end at once, of a service that has nothing to be probed

Task<void> ignore(std::string_view) {
  co_return;
}

}  // namespace

void ServiceLog::add(std::string_view bytes) {
  const std::size_t from = tail_.size() - std::min(tail_.size(), awaited_.size());
  tail_ += bytes;
  if (!awaited_.empty() && !found_) found_ = tail_.find(awaited_, from) != std::string::npos;
  if (tail_.size() > 2 * tail_bytes_max) tail_.erase(0, tail_.size() - tail_bytes_max);
}

std::string ServiceLog::last_lines(std::string_view name) const {
  std::string_view text = tail_;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.empty()) return {};
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < last_lines_max && begin != std::string_view::npos && begin > 0; ++lines)
    begin = text.rfind('\n', begin - 1);
  text.remove_prefix(begin == std::string_view::npos || begin == 0 ? 0 : begin + 1);
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += fmt::format("{} | {}\n", name, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Service::Service(pipelines::Service spec, Image image, std::unique_ptr<Container> container, std::string address)
    : spec_(std::move(spec)),
      image_(std::move(image)),
      container_(std::move(container)),
      address_(std::move(address)),
      state_(std::make_shared<State>()) {
  if (spec_.ready && spec_.ready->log) state_->log = ServiceLog(*spec_.ready->log);
  for (const auto& [name, value] : spec_.env) container_->env[name] = value;
}

Result<void> Service::start(TaskGroup& group) {
  supervisor::Command command{
      .argv = image_.entrypoint, .env = container_->env, .cwd = image_.directory.empty() ? "/" : image_.directory};
  const auto& arguments = spec_.command.empty() ? image_.command : spec_.command;
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  if (command.argv.empty()) {
    return fail(
        ErrorKind::invalid, "exit",
        fmt::format("The service {} has no command, and its image {} has none either.", spec_.name, spec_.image));
  }
  group.spawn("docker service", run(state_, *container_->session, std::move(command)));
  return {};
}

// The session is not destroyed before the group's tasks have ended.
Task<void> Service::run(std::shared_ptr<State> state, InitSession& session, supervisor::Command command) {
  auto keep = [state](std::string_view bytes) -> Task<void> {
    state->log.add(bytes);
    return ignore(bytes);
  };
  const Result<CommandExit> exit = co_await session.run(std::move(command), keep);
  state->ended = true;
  state->lost = !exit;
  if (!exit) {
    state->how = fmt::format("ended: {}", exit.error().message());
  } else if (!exit->not_started.empty()) {
    state->how = fmt::format("could not be started: {}", exit->not_started);
  } else {
    state->succeeded = exit->code == 0;
    state->how =
        fmt::format("ended with exit code {}{}.", exit->code, exit->out_of_memory ? ": it ran out of memory" : "");
  }
}

Task<Result<void>> Service::until_ready(runner::OutputSink& output) {
  if (!is_probed()) co_return co_await stays_up(output);
  const auto started = steady_clock::now();
  const milliseconds patience(spec_.ready.value_or(pipelines::Ready{}).timeout_ms);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::string trouble;
  for (milliseconds pause = probe_pause_first;; pause = std::min(2 * pause, probe_pause_max)) {
    const bool ready = !state_->ended && co_await is_ready();
    if (ready) break;
    if (state_->ended)
      trouble = epitaph();
    else if (steady_clock::now() - started > patience)
      trouble = fmt::format("The service {} was not ready within {} s.\n{}", name(), patience.count() / 1000.0,
                            state_->log.last_lines(name()));
    if (!trouble.empty()) co_return co_await fail_job(std::move(trouble), output);
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - started);
  const std::string line = fmt::format("service {} is ready after {} ms\n", name(), took.count());
  co_await output.write(runner::setup_step, line);
  co_return Result<void>{};
}

// A program that cannot be started, or ends at once, is told from one that serves.
Task<Result<void>> Service::stays_up(runner::OutputSink& output) {
  // The helper answers in order: with the answer to a later command, a failure to start the first one has come.
  (void)co_await succeeds({std::string(init_path), "--probe", address_, "0"});
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto until = steady_clock::now() + watch_unprobed;
  while (!state_->ended && steady_clock::now() < until) {
    timer.expires_after(probe_pause_first);
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (!state_->ended) {
    const std::string line = fmt::format("service {} is started\n", name());
    co_await output.write(runner::setup_step, line);
  }
  co_return co_await still_serves(output);
}

Task<Result<void>> Service::still_serves(runner::OutputSink& output) {
  if (!state_->ended) co_return Result<void>{};
  if (!state_->succeeded) co_return co_await fail_job(epitaph(), output);
  if (take_news()) {
    const std::string text = epitaph();
    co_await output.write(runner::setup_step, text);
  }
  co_return Result<void>{};
}

Task<Result<void>> Service::fail_job(std::string trouble, runner::OutputSink& output) {
  co_await output.write(runner::setup_step, trouble);
  co_return fail(ErrorKind::unavailable, state_->lost ? "agent" : "exit", trouble.substr(0, trouble.find('\n')));
}

bool Service::take_news() {
  return state_->ended && !std::exchange(told_, true);
}

// The probes run inside the service's container, by the helper: an agent in a container of its own does not reach the
// job's network. They go to the address that the steps will use, so that a service which listens on its loopback only
// does not count as ready.
Task<bool> Service::is_ready() {
  if (!spec_.ready) co_return co_await ports_accept();
  const pipelines::Ready& ready = *spec_.ready;
  const std::string helper(init_path);
  if (ready.tcp) co_return co_await succeeds({helper, "--probe", address_, fmt::format("{}", *ready.tcp)});
  if (ready.http) {
    const std::string_view url = *ready.http;  // ":8080/health"
    const auto slash = std::min(url.find('/'), url.size());
    const std::string_view port = url.substr(0, slash);
    const std::string path = slash == url.size() ? "/" : std::string(url.substr(slash));
    co_return co_await succeeds({helper, "--probe", address_, std::string(port.substr(port.find(':') + 1)), path});
  }
  if (!ready.cmd.empty()) co_return co_await succeeds(ready.cmd);
  co_return !ready.log || state_->log.has_awaited_text();
}

Task<bool> Service::ports_accept() {
  for (const int port : spec_.ports)
    if (!co_await succeeds({std::string(init_path), "--probe", address_, fmt::format("{}", port)})) co_return false;
  co_return true;
}

Task<bool> Service::succeeds(std::vector<std::string> argv) {
  supervisor::Command command{.argv = std::move(argv), .env = container_->env, .cwd = "/"};
  const Result<CommandExit> exit =
      co_await container_->session->run(std::move(command), ignore, {.limit = probe_limit});
  co_return exit && exit->code == 0 && exit->not_started.empty();
}

std::string Service::epitaph() const {
  return fmt::format("The service {} {}\n{}", spec_.name, state_->how, state_->log.last_lines(spec_.name));
}

}  // namespace open_cicd::docker
