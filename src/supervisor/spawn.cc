#include "supervisor/spawn.h"

#include "supervisor/program.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

// All that the child needs, prepared before vfork: it must not allocate.
struct Plan {
  std::vector<char*> argv;
  std::vector<int> descriptors;  // kept open
  int socket = -1;               // becomes descriptor 0
  int program = -1;              // executed when there is no wrapper
  const char* wrapper = nullptr;
};

char path_variable[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
char* helper_environment[] = {path_variable, nullptr};

// After vfork: shares our memory, so only system calls, and its errno is told through `failure`.
[[noreturn]] void child(const Plan& plan, int& failure) {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  for (const int descriptor : plan.descriptors) ::fcntl(descriptor, F_SETFD, 0);
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0 && ::dup2(null, 1) == 1 && ::dup2(plan.socket, 0) == 0) {
    if (plan.wrapper != nullptr) {
      ::execve(plan.wrapper, plan.argv.data(), helper_environment);
    } else {
      ::fexecve(plan.program, plan.argv.data(), helper_environment);
    }
  }
  failure = errno;
  ::_exit(127);
}

// In a function of its own: the frame that calls vfork must not return before the child has executed.
[[gnu::noinline]] pid_t start_child(const Plan& plan, int& failure) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);  // no handler of ours runs in the child
  const pid_t pid = ::vfork();
  if (pid == 0) child(plan, failure);
  if (pid < 0) failure = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

std::unexpected<Error> cannot_start(int number) {
  return fail(ErrorKind::internal, "agent",
              fmt::format("The job's supervisor could not be started: {}.", std::strerror(number)));
}

}  // namespace

Result<Spawned> spawn_init(const SpawnOptions& options) {
  const auto program = init_program_descriptor(options.fallback_directory);
  if (!program) return std::unexpected(program.error());
  const bool enters_groups = !options.wrapper.empty() && !options.groups.empty();
  std::vector<std::string> arguments;
  if (enters_groups) {
    arguments.emplace_back("open-cicd-init");
    for (const auto& group : options.groups) arguments.insert(arguments.end(), {"--enter", group.string()});
    arguments.emplace_back("--");
  }
  arguments.insert(arguments.end(), options.wrapper.begin(), options.wrapper.end());
  arguments.push_back(options.wrapper.empty() ? "open-cicd-init" : fmt::format("/proc/self/fd/{}", *program));
  arguments.emplace_back("--socket");
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  Plan plan;
  for (auto& argument : arguments) plan.argv.push_back(argument.data());
  plan.argv.push_back(nullptr);
  plan.descriptors = options.descriptors;
  plan.program = *program;
  if (!options.wrapper.empty()) plan.descriptors.push_back(*program);
  if (!options.wrapper.empty() && !enters_groups) plan.wrapper = arguments.front().c_str();
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return cannot_start(errno);
  plan.socket = pair[1];
  int failure = 0;
  const pid_t pid = start_child(plan, failure);
  ::close(pair[1]);
  if (pid > 0 && failure == 0) return Spawned{.pid = pid, .socket = pair[0]};
  ::close(pair[0]);
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  return cannot_start(failure);
}

}  // namespace open_cicd::supervisor
