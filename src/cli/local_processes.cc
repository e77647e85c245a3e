#include "cli/local_processes.h"

#include "base/log.h"

#include <cerrno>
#include <csignal>
#include <ranges>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

constexpr Milliseconds restart_pause{1000};

}  // namespace

LocalProcesses::~LocalProcesses() {
  stop();
}

void LocalProcesses::start(std::string name, std::vector<std::string> argv) {
  children_.push_back({.name = std::move(name), .argv = std::move(argv)});
  spawn(children_.back());
}

void LocalProcesses::spawn(Child& child) {
  std::vector<char*> argv;
  for (std::string& argument : child.argv) argv.push_back(argument.data());
  argv.push_back(nullptr);
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
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

std::optional<int> LocalProcesses::look_after(Milliseconds early) {
  const Milliseconds now = clock_.monotonic();
  for (Child& child : children_) {
    if (child.pid < 0) {
      if (now - child.started >= restart_pause) spawn(child);
      continue;
    }
    int status = 0;
    const pid_t ended = ::waitpid(child.pid, &status, WNOHANG);
    if (ended == 0) {
      child.proven = child.proven || now - child.started >= early;
      continue;
    }
    child.pid = -1;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (!child.proven && WIFEXITED(status)) return code;
    log_warn("a local process ended; it is started again", {{"process", child.name}, {"code", code}});
  }
  return std::nullopt;
}

void LocalProcesses::stop() {
  for (Child& child : children_ | std::views::reverse) {
    if (child.pid > 0) ::kill(child.pid, SIGTERM);
    if (child.pid > 0) ::waitpid(child.pid, nullptr, 0);
    child.pid = -1;
  }
  children_.clear();
}

}  // namespace open_cicd::cli
