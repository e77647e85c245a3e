#include "supervisor/service.h"

#include "supervisor/launch.h"
#include "supervisor/process_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <initializer_list>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

[[noreturn]] void exec_service(char** argv) {
  reset_signals();
  setsid();
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) dup2(null, 0);
  execvp(argv[0], argv);
  const int failure = errno;
  const char* const parts[] = {"open-cicd-init: ", argv[0], ": ", strerror(failure), "\n"};
  for (const char* part : parts)
    if (write(2, part, strlen(part)) < 0) break;
  _exit(failure == ENOENT ? 127 : 126);
}

bool stdin_ended() {
  char ignored[4096];
  const ssize_t size = read(0, ignored, sizeof ignored);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}

[[noreturn]] void end(const ProcessTree& tree, int code) {
  tree.end_all();
  _exit(code);
}

// The service's exit code, or -1 while it runs.
int reap(pid_t service) {
  int code = -1;
  int status = 0;
  for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG))
    if (pid == service) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code;
}

}  // namespace

void run_service(char** argv) {
  const ProcessTree tree(getpid() == 1);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  const int signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  const pid_t service = fork();
  if (service == 0) exec_service(argv);
  if (service < 0 || signals < 0) end(tree, 125);
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  pollfd polled[2] = {{.fd = 0, .events = POLLIN, .revents = 0}, {.fd = signals, .events = POLLIN, .revents = 0}};
  for (;;) {
    if (poll(polled, 2, -1) < 0) continue;
    if (polled[0].revents != 0 && stdin_ended()) end(tree, 128 + SIGKILL);
    signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info)
      if (info.ssi_signo != SIGCHLD) kill(service, static_cast<int>(info.ssi_signo));
    const int code = reap(service);
    if (code >= 0) end(tree, code);
  }
}

}  // namespace open_cicd::supervisor
