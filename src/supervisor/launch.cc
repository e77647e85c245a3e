#include "supervisor/launch.h"

#include "supervisor/process_tree.h"
#include "supervisor/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

constexpr uint32_t strings_max = 100'000;  // of argv or env
constexpr rlim_t open_files_max = 65536;   // a step's soft limit; thousands of tools close every descriptor up to it
constexpr char oom_score[] = "500";        // the kernel takes a step before the agent

class Reader {
 public:
  Reader(const char* data, uint32_t length) : at_(data), end_(data + length) {}

  bool number(uint32_t* value) {
    if (end_ - at_ < 4) return false;
    memcpy(value, at_, 4);
    at_ += 4;
    return true;
  }

  bool string(const char** value, uint32_t* length) {
    if (!number(length) || static_cast<uint64_t>(end_ - at_) < uint64_t{*length} + 1 || at_[*length] != 0) return false;
    *value = at_;
    at_ += *length + 1;
    return true;
  }

  bool strings(char*** list) {
    uint32_t count = 0;
    if (!number(&count) || count > strings_max) return false;
    *list = static_cast<char**>(calloc(count + 1, sizeof(char*)));
    if (*list == nullptr) return false;
    uint32_t length = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const char* text = nullptr;
      if (!string(&text, &length)) return false;
      (*list)[i] = const_cast<char*>(text);
    }
    return true;
  }

  bool at_end() const { return at_ == end_; }

 private:
  const char* at_;
  const char* end_;
};

bool write_script(const LaunchRequest& request) {
  if (request.script_path[0] == 0) return true;
  unlink(request.script_path);
  const int file = open(request.script_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const char* at = request.script;
  uint32_t left = request.script_length;
  while (left > 0) {
    const ssize_t n = write(file, at, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    at += n;
    left -= static_cast<uint32_t>(n);
  }
  if (left == 0 && request.uid != keep_id && fchown(file, request.uid, request.gid) != 0) left = 1;
  const int failure = errno;
  close(file);
  errno = failure;
  return left == 0;
}

void set_limits() {
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &no_core);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max < open_files_max ? files.rlim_max : open_files_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    if (write(file, oom_score, sizeof oom_score - 1) < 0)
      errno = 0;  // a hardened kernel may refuse; the step runs all the same
    close(file);
  }
}

bool change_user(const LaunchRequest& request) {
  if (request.uid == keep_id) return true;
  const gid_t gid = request.gid == keep_id ? request.uid : request.gid;
  return setgroups(0, nullptr) == 0 && setresgid(gid, gid, gid) == 0 &&
         setresuid(request.uid, request.uid, request.uid) == 0;
}

// Where the child failed, sent to the parent over a pipe that execve closes.
struct Failure {
  uint32_t where;
  int error;
};
constexpr const char* places[] = {"standard streams", "user", "working directory", "program", "process"};
constexpr uint32_t process_place = 4;

// What no job does to its own files: full disks, exhausted tables.
bool is_of_the_machine(int error) {
  return error == ENOSPC || error == EDQUOT || error == EIO || error == ENOMEM || error == EAGAIN || error == EMFILE ||
         error == ENFILE;
}

[[noreturn]] void child(const LaunchRequest& request, int output, int report) {
  reset_signals();
  setsid();
  set_limits();
  umask(022);
  uint32_t where = 0;
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0 && dup2(null, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2) {
    where = 1;
    if (change_user(request)) {
      where = 2;
      if (request.cwd[0] == 0 || chdir(request.cwd) == 0) {
        where = 3;
        environ = request.env;
        execvpe(request.argv[0], request.argv, request.env);
      }
    }
  }
  const Failure failure{.where = where, .error = errno};
  if (write(report, &failure, sizeof failure) < 0) _exit(126);
  _exit(127);
}

// The code of `command` once it is over, -1 before.
int reap_until(pid_t command) {
  int code = -1;
  int status = 0;
  for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG))
    if (pid == command) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code;
}

[[noreturn]] void guard(const LaunchRequest& request, int output, int report, pid_t parent) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (getppid() != parent) _exit(126);
  const pid_t command = fork();
  if (command == 0) child(request, output, report);
  if (command < 0) {
    const Failure failure{.where = process_place, .error = errno};
    if (write(report, &failure, sizeof failure) < 0) _exit(126);
    _exit(127);
  }
  // The agent's socket must close with the helper, and the step's output with the step.
  close_range(0, ~0U, 0);
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGHUP);
  int code = -1;
  while (code < 0) {
    const int number = sigwaitinfo(&awaited, nullptr);
    code = number == SIGHUP ? 128 + SIGKILL : reap_until(command);
  }
  ProcessTree(false).end_all();
  _exit(code);
}

}  // namespace

LaunchRequest::~LaunchRequest() {
  free(argv);
  free(env);
}

bool parse_launch(const char* payload, uint32_t length, LaunchRequest* request) {
  Reader reader(payload, length);
  uint32_t ignored = 0;
  return reader.number(&request->flags) && reader.number(&request->uid) && reader.number(&request->gid) &&
         reader.string(&request->cwd, &ignored) && reader.string(&request->script_path, &ignored) &&
         reader.string(&request->script, &request->script_length) && reader.strings(&request->argv) &&
         reader.strings(&request->env) && reader.at_end() && request->argv[0] != nullptr;
}

void reset_signals() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

pid_t launch(const LaunchRequest& request, int output, const char** what) {
  if (!write_script(request)) {
    *what = is_of_the_machine(errno) ? "machine" : "script";
    return -1;
  }
  *what = "process";
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -1;
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0 && (request.flags & start_own_tree) != 0) guard(request, output, report[1], parent);
  if (pid == 0) child(request, output, report[1]);
  const int fork_failure = errno;
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    errno = fork_failure;
    return -1;
  }
  Failure failure{};
  ssize_t size = 0;
  do {
    size = read(report[0], &failure, sizeof failure);
  } while (size < 0 && errno == EINTR);
  close(report[0]);
  if (size != sizeof failure) return pid;
  waitpid(pid, nullptr, 0);
  *what = failure.where < sizeof places / sizeof places[0] ? places[failure.where] : "program";
  if (is_of_the_machine(failure.error)) *what = "machine";
  errno = failure.error;
  return -1;
}

}  // namespace open_cicd::supervisor
