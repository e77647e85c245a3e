// open-cicd-init: owns the processes of a job and ends with its agent. A static program without the C++ library,
// embedded in the agent.
//
//   open-cicd-init                    PID 1 of a container: commands on stdin, events on stdout
//
//   open-cicd-init --socket           the supervisor of shell and sandbox: both on descriptor 0, a socket
//
//   open-cicd-init --exec CMD…        PID 1 of a service: runs CMD, forwards signals, reaps, ends when stdin ends
//
//   open-cicd-init --enter FILE…      becomes what follows "--", in the control groups of these cgroup.procs files
//
//   open-cicd-init --probe IP PORT [PATH]    whether something answers there, see probe.h
//
//   open-cicd-init --give PATH FROM UID GID  makes what user FROM owns below PATH that user's and group's, see give.h
//
//   open-cicd-init --print MAX PATH…  prints what files have, see print_files.h
//
//   open-cicd-init --list ROOT LEFT_OUT ENTRIES DEPTH, --digest ROOT LIST BYTES    see hash_files.h
//
// Before --exec and --socket: --uid N --gid N change the user first; --restrict takes capabilities, new privileges and
// dangerous system calls away.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#include "supervisor/give.h"
#include "supervisor/hash_files.h"
#include "supervisor/init_loop.h"
#include "supervisor/print_files.h"
#include "supervisor/probe.h"
#include "supervisor/restrict.h"
#include "supervisor/service.h"

namespace {

using namespace open_cicd::supervisor;

constexpr int exit_usage = 125;

[[noreturn]] void fail(const char* text) {
  const ssize_t ignored = write(2, text, strlen(text));
  _exit(ignored < 0 ? exit_usage + 1 : exit_usage);
}

uint32_t number(const char* text) {
  return static_cast<uint32_t>(strtoul(text, nullptr, 10));
}

// Here and not in the agent between vfork and exec: the kernel takes milliseconds for it, and the agent would wait as
// long.
[[noreturn]] void enter_groups(char** argv) {
  for (; argv[0] != nullptr && argv[1] != nullptr && strcmp(argv[0], "--enter") == 0; argv += 2) {
    const int file = open(argv[1], O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "0", 1) != 1) fail("open-cicd-init: cannot enter the job's control group\n");
    close(file);
  }
  if (argv[0] == nullptr || strcmp(argv[0], "--") != 0 || argv[1] == nullptr)
    fail("open-cicd-init: nothing to become\n");
  execv(argv[1], argv + 1);
  fail("open-cicd-init: cannot execute the wrapper\n");
}

}  // namespace

int main(int argc, char** argv) {
  User user{.uid = keep_id, .gid = keep_id};
  bool restricted = false;
  bool socket_mode = false;
  char** service = nullptr;
  if (argc > 1 && strcmp(argv[1], "--enter") == 0) enter_groups(argv + 1);
  if ((argc == 4 || argc == 5) && strcmp(argv[1], "--probe") == 0) return probe(argv[2], argv[3], argv[4]);
  if (argc == 6 && strcmp(argv[1], "--give") == 0)
    return give(argv[2], number(argv[3]), {.uid = number(argv[4]), .gid = number(argv[5])});
  if (argc > 3 && strcmp(argv[1], "--print") == 0) return print_files(number(argv[2]), argv + 3);
  if (argc == 6 && strcmp(argv[1], "--list") == 0)
    return list_files(argv[2], argv[3], number(argv[4]), number(argv[5]));
  if (argc == 5 && strcmp(argv[1], "--digest") == 0)
    return digest_files(argv[2], argv[3], strtoull(argv[4], nullptr, 10));
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--socket") == 0) {
      socket_mode = true;
    } else if (strcmp(argv[i], "--restrict") == 0) {
      restricted = true;
    } else if (strcmp(argv[i], "--uid") == 0 && i + 1 < argc) {
      user.uid = number(argv[++i]);
    } else if (strcmp(argv[i], "--gid") == 0 && i + 1 < argc) {
      user.gid = number(argv[++i]);
    } else if (strcmp(argv[i], "--exec") == 0 && i + 1 < argc) {
      service = argv + i + 1;
      break;
    } else {
      fail("usage: open-cicd-init [--socket] [--uid N --gid N] [--restrict] [--exec COMMAND...]\n");
    }
  }
  if (user.uid != keep_id && !become(user)) fail("open-cicd-init: cannot change to the job's user\n");
  if (restricted && !restrict_for_good()) fail("open-cicd-init: the kernel refuses the restrictions of a sandbox\n");
  prctl(PR_SET_DUMPABLE, 0);  // a step of the same user must not read the memory or the environment of its supervisor
  if (getpid() != 1) prctl(PR_SET_CHILD_SUBREAPER, 1);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (service != nullptr) run_service(service);
  // Descriptors 0 and 1 must not reach the steps.
  const int in = fcntl(0, F_DUPFD_CLOEXEC, 3);
  const int out = socket_mode ? in : fcntl(1, F_DUPFD_CLOEXEC, 3);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (in < 0 || out < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
    fail("open-cicd-init: no standard streams\n");
  InitLoop(in, out, socket_mode).run();
}
