// Finds and signals what a command left running, however it hid: new sessions, double forks, daemons.
//
// Works because the helper is PID 1 of a pid namespace or a child subreaper: an orphan below it becomes its child and
// never leaves the tree.
#pragma once

#include <sys/types.h>

namespace open_cicd::supervisor {

// A part of the processes below the caller.
struct TreeScope {
  // 0: all of them; else those below it, itself, and what is in its session.
  pid_t root = 0;
  bool is_guard = false;  // `root` is left alone: it outlives its tree and ends by itself
  // Roots whose trees do not belong to it, when `root` is 0.
  const pid_t* except = nullptr;
  int except_count = 0;
};

class ProcessTree {
 public:
  explicit ProcessTree(bool is_pid_1) : is_pid_1_(is_pid_1) {}

  void signal(const TreeScope& scope, int number) const;
  // SIGKILL until nothing unkilled is found. The dead still have to be reaped.
  void kill(const TreeScope& scope) const;
  // SIGKILL to everything below the caller and reaps it, until nothing is left or ten seconds are over (a process in
  // the kernel's hands).
  void end_all() const;
  // Whether anything that is not a zombie runs there.
  bool alive(const TreeScope& scope) const;

 private:
  bool is_pid_1_;
};

}  // namespace open_cicd::supervisor
