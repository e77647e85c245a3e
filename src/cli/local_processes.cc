#include "cli/local_processes.h"

#include "base/log.h"
#include "http/client.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace open_cicd::cli {
namespace {

constexpr Milliseconds restart_pause{1000};
constexpr Milliseconds look_interval{20};

void tell_of_end(const std::string& name, int status) {
  log_warn("a local process ended; it is started again",
           {{"process", name}, {"code", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)}});
}

std::vector<char*> environment_without(const std::vector<std::string>& names) {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (std::ranges::find(names, text.substr(0, text.find('='))) == names.end()) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

std::filesystem::path own_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

Task<bool> is_ready(std::string url) {
  const auto client = http::Client::make(co_await asio::this_coro::executor, url);
  if (!client) co_return false;
  const auto response = co_await (*client)->send({.target = "/readyz", .timeout = std::chrono::seconds(2)});
  co_return response && response->status == 200;
}

LocalProcesses::LocalProcesses(Milliseconds kill_after) : kill_after_(kill_after) {
  sigemptyset(&signals_);
  // The last one comes when nobody reads what is printed any more.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&signals_, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
}

LocalProcesses::~LocalProcesses() {
  stop();
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void LocalProcesses::start(std::string name, std::vector<std::string> argv, std::vector<std::string> withheld) {
  children_.push_back({.name = std::move(name), .argv = std::move(argv), .withheld = std::move(withheld)});
  spawn(children_.back());
}

void LocalProcesses::spawn(Child& child) {
  std::vector<char*> argv;
  for (std::string& argument : child.argv) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> environment = environment_without(child.withheld);
  const pid_t parent = ::getpid();
  child.started = clock_.monotonic();
  child.pid = ::fork();
  if (child.pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child.pid > 0) return;
  ::setpgid(0, 0);  // Ctrl-C is ours to pass on
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(argv[0], argv.data(), environment.data());
  ::_exit(127);
}

std::optional<int> LocalProcesses::look_after(Milliseconds early) {
  const Milliseconds now = clock_.monotonic();
  for (Child& child : children_) {
    if (child.pid < 0) {
      revive(child);
      continue;
    }
    const std::optional<int> status = reap(child);
    if (!status)
      child.proven = child.proven || now - child.started >= early;
    else if (!child.proven && WIFEXITED(*status))
      return WEXITSTATUS(*status);
    else
      tell_of_end(child.name, *status);
  }
  return std::nullopt;
}

std::optional<int> LocalProcesses::reap(Child& child) {
  int status = 0;
  if (child.pid <= 0 || ::waitpid(child.pid, &status, WNOHANG) == 0) return std::nullopt;
  child.pid = -1;
  return status;
}

void LocalProcesses::revive(Child& child) {
  if (child.pid < 0 && clock_.monotonic() - child.started >= restart_pause) spawn(child);
}

bool LocalProcesses::asked_to_stop(Milliseconds within) {
  const timespec limit{.tv_sec = within.count() / 1000, .tv_nsec = within.count() % 1000 * 1'000'000};
  return ::sigtimedwait(&signals_, nullptr, &limit) > 0;
}

void LocalProcesses::stop() {
  if (children_.empty()) return;
  bool hurry = false;
  const std::span<Child> all(children_);
  end(all.subspan(1), hurry, &all.front());
  end(all.first(1), hurry);
  children_.clear();
}

// All at once: one that is told late would still take work.
void LocalProcesses::end(std::span<Child> children, bool& hurry, Child* server) {
  const auto tell = [children](int signal) {
    for (const Child& child : children)
      if (child.pid > 0) ::kill(child.pid, signal);
  };
  const auto ended = [](Child& child) {
    reap(child);
    return child.pid < 0;
  };
  tell(SIGTERM);
  Milliseconds kill_at = clock_.monotonic() + kill_after_;
  while (std::ranges::count_if(children, std::not_fn(ended)) > 0) {
    if (asked_to_stop(look_interval)) {
      tell(SIGTERM);
      if (!std::exchange(hurry, true)) kill_at = clock_.monotonic() + kill_after_;
    }
    if (hurry && clock_.monotonic() >= kill_at) tell(SIGKILL);
    if (server == nullptr) continue;
    if (const auto status = reap(*server)) tell_of_end(server->name, *status);
    revive(*server);
  }
}

}  // namespace open_cicd::cli
