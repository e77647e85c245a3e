// Finds and signals what a command left running, however it hid: new sessions, double forks, daemons.
//
// Works because the helper is PID 1 of a pid namespace or a child subreaper: an orphan below it becomes its child and
// never leaves the tree.
#pragma once

#include <sys/types.h>

namespace open_cicd::supervisor {

// All processes below the caller, or below `root` and in root's session when `root` is not 0.
class ProcessTree {
 public:
  explicit ProcessTree(bool is_pid_1) : is_pid_1_(is_pid_1) {}

  void signal(pid_t root, int number) const;
  // SIGKILL until nothing unkilled is found. The dead still have to be reaped.
  void kill(pid_t root) const;
  // SIGKILL to everything below the caller and reaps it, until nothing is left or ten seconds are over (a process in
  // the kernel's hands).
  void end_all() const;
  // Whether anything that is not a zombie runs there.
  bool alive(pid_t root) const;

 private:
  bool is_pid_1_;
};

}  // namespace open_cicd::supervisor
