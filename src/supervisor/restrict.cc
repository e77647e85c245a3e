#include "supervisor/restrict.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

#if defined(__x86_64__)
constexpr uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#else
#error "no system call filter for this architecture"
#endif
constexpr uint32_t x32_calls = 0x40000000;  // x86-64's second table: refused, or every number below would need its twin

// Refused with EPERM whatever their arguments are.
constexpr uint32_t refused_calls[] = {
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_swapon,
    SYS_swapoff,
    SYS_reboot,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_acct,
    SYS_quotactl,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_syslog,
    SYS_io_uring_setup,
    SYS_vhangup,
    SYS_lookup_dcookie,
    SYS_sethostname,
    SYS_setdomainname,
};
constexpr uint32_t namespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

constexpr uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

constexpr size_t families_count = sizeof families / sizeof families[0];
constexpr size_t refused_count = sizeof refused_calls / sizeof refused_calls[0];
constexpr uint32_t refuse = SECCOMP_RET_ERRNO | EPERM;
constexpr uint32_t unknown_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
constexpr uint32_t unknown_call = SECCOMP_RET_ERRNO | ENOSYS;  // programs fall back to the older call

struct Filter {
  sock_filter code[refused_count + families_count + 64];
  uint16_t length = 0;

  void add(uint16_t operation, uint32_t value, uint8_t if_true = 0, uint8_t if_false = 0) {
    code[length++] = {.code = operation, .jt = if_true, .jf = if_false, .k = value};
  }
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
  void answer(uint32_t with) { add(BPF_RET | BPF_K, with); }
  void answer_if_equal(uint32_t value, uint32_t with) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(with);
  }
};

Filter make_filter() {
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, own_architecture, 1, 0);
  filter.answer(unknown_call);
  filter.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  filter.add(BPF_JMP | BPF_JGE | BPF_K, x32_calls, 0, 1);
  filter.answer(unknown_call);
#endif
  filter.answer_if_equal(SYS_clone3, unknown_call);  // its flags are behind a pointer, which a filter can't read
  // clone(flags): only without new namespaces.
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
  filter.load(offsetof(seccomp_data, args[0]));
  filter.add(BPF_JMP | BPF_JSET | BPF_K, namespaces, 0, 1);
  filter.answer(refuse);
  filter.answer(SECCOMP_RET_ALLOW);
  // prlimit(pid, resource, new_limit): of others only to look. PID 1, the agent's helper, is the same user.
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 8);
  filter.load(offsetof(seccomp_data, args[0]));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, 0, 5, 0);
  filter.load(offsetof(seccomp_data, args[2]));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
  filter.load(offsetof(seccomp_data, args[2]) + sizeof(uint32_t));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
  filter.answer(refuse);
  filter.answer(SECCOMP_RET_ALLOW);
  // socket(family), socketpair(family): vsock would reach past the network namespace to the hypervisor, and the rest is
  // kernel code that no build needs.
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0);
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 0, 3 + families_count);
  filter.load(offsetof(seccomp_data, args[0]));
  for (size_t i = 0; i < families_count; ++i)
    filter.add(BPF_JMP | BPF_JEQ | BPF_K, families[i], static_cast<uint8_t>(families_count - i), 0);
  filter.answer(unknown_family);
  filter.answer(SECCOMP_RET_ALLOW);
  // ioctl(fd, TIOCSTI): would type into a terminal.
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4);
  filter.load(offsetof(seccomp_data, args[1]));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 0, 1);
  filter.answer(refuse);
  filter.answer(SECCOMP_RET_ALLOW);
  for (size_t i = 0; i < refused_count; ++i)
    filter.add(BPF_JMP | BPF_JEQ | BPF_K, refused_calls[i], static_cast<uint8_t>(refused_count - i), 0);
  filter.answer(SECCOMP_RET_ALLOW);
  filter.answer(refuse);
  return filter;
}

bool drop_capabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const __user_cap_data_struct none[2] = {};
  return syscall(SYS_capset, &header, none) == 0;
}

}  // namespace

bool become(User user) {
  return setgroups(0, nullptr) == 0 && setresgid(user.gid, user.gid, user.gid) == 0 &&
         setresuid(user.uid, user.uid, user.uid) == 0;
}

bool restrict_for_good() {
  Filter filter = make_filter();
  const sock_fprog program{.len = filter.length, .filter = filter.code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && drop_capabilities() &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace open_cicd::supervisor
