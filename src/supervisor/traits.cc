#include "supervisor/traits.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

// <linux/keyctl.h> is not part of every C library's headers.
constexpr int keyring_id = 0;              // KEYCTL_GET_KEYRING_ID
constexpr long session_keyring = -3;       // KEY_SPEC_SESSION_KEYRING
constexpr int io_priority_of_process = 1;  // IOPRIO_WHO_PROCESS: no header of the C library has it

void read_text(const char* path, char* text, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  if (read(file, text, size) < 0) memset(text, 0, size);
  close(file);
}

}  // namespace

void read_traits(Traits* traits) {
  memset(traits, 0, sizeof *traits);
  for (int i = 0; i < RLIM_NLIMITS; ++i) getrlimit(static_cast<__rlimit_resource>(i), &traits->limits[i]);
  syscall(SYS_sched_getattr, 0, traits->scheduling, sizeof traits->scheduling, 0);
  syscall(SYS_sched_getaffinity, 0, sizeof traits->processors, traits->processors);
  traits->io_priority = syscall(SYS_ioprio_get, io_priority_of_process, 0);
  traits->session_keyring = syscall(SYS_keyctl, keyring_id, session_keyring, 0);
  read_text("/proc/self/oom_score_adj", traits->oom_score, sizeof traits->oom_score);
  read_text("/proc/self/cgroup", traits->groups, sizeof traits->groups);
}

bool same_traits(const Traits& a, const Traits& b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace open_cicd::supervisor
