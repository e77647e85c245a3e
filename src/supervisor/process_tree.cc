#include "supervisor/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace open_cicd::supervisor {
namespace {

constexpr int processes_max = 65536;
constexpr int kill_rounds_max = 50;
constexpr int end_rounds_max = 10'000;  // of a millisecond

struct Process {
  pid_t pid;
  pid_t parent;
  pid_t session;
  char state;
  bool inside;
};

struct Snapshot {
  Process* processes = nullptr;
  int count = 0;

  Snapshot() : processes(static_cast<Process*>(malloc(sizeof(Process) * processes_max))) {}
  ~Snapshot() { free(processes); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
};

// "pid (name) state ppid pgrp session …": the name may hold spaces and parentheses, so the fields are counted from the
// last one.
bool read_process(pid_t pid, Process* process) {
  char path[32] = "/proc/";
  char digits[16];
  int length = 0;
  for (pid_t rest = pid; rest > 0; rest /= 10) digits[length++] = static_cast<char>('0' + rest % 10);
  char* end = path + 6;
  while (length > 0) *end++ = digits[--length];
  memcpy(end, "/stat", 6);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[512];
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return false;
  text[size] = 0;
  char* fields = strrchr(text, ')');
  if (fields == nullptr || fields[1] == 0) return false;
  process->pid = pid;
  process->state = fields[2];
  char* next = fields + 3;
  process->parent = static_cast<pid_t>(strtol(next, &next, 10));
  strtol(next, &next, 10);
  process->session = static_cast<pid_t>(strtol(next, &next, 10));
  process->inside = false;
  return true;
}

int by_pid(const void* a, const void* b) {
  return static_cast<const Process*>(a)->pid - static_cast<const Process*>(b)->pid;
}

const Process* find(const Snapshot& snapshot, pid_t pid) {
  const Process key{.pid = pid, .parent = 0, .session = 0, .state = 0, .inside = false};
  return static_cast<const Process*>(
      bsearch(&key, snapshot.processes, static_cast<size_t>(snapshot.count), sizeof(Process), by_pid));
}

bool is_except(const TreeScope& scope, pid_t pid) {
  for (int i = 0; i < scope.except_count; ++i)
    if (scope.except[i] == pid) return true;
  return false;
}

void take(Snapshot* snapshot, const TreeScope& scope) {
  snapshot->count = 0;
  DIR* proc = opendir("/proc");
  if (proc == nullptr || snapshot->processes == nullptr) return;
  while (const dirent* entry = readdir(proc)) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || snapshot->count == processes_max) continue;
    if (read_process(atoi(entry->d_name), &snapshot->processes[snapshot->count])) ++snapshot->count;
  }
  closedir(proc);
  qsort(snapshot->processes, static_cast<size_t>(snapshot->count), sizeof(Process), by_pid);
  const pid_t top = scope.root != 0 ? scope.root : getpid();
  const pid_t member = scope.is_guard ? 0 : scope.root;
  for (bool changed = true; changed;) {
    changed = false;
    for (int i = 0; i < snapshot->count; ++i) {
      Process& process = snapshot->processes[i];
      if (process.inside || is_except(scope, process.pid)) continue;
      const Process* parent = find(*snapshot, process.parent);
      process.inside = process.parent == top || (parent != nullptr && parent->inside) ||
                       (member != 0 && (process.pid == member || process.session == member));
      changed |= process.inside;
    }
  }
}

bool runs(const Process& process) {
  return process.inside && process.state != 'Z' && process.state != 'X';
}

}  // namespace

void ProcessTree::signal(const TreeScope& scope, int number) const {
  if (is_pid_1_ && scope.root == 0 && scope.except_count == 0) {
    ::kill(-1, number);
    return;
  }
  Snapshot snapshot;
  take(&snapshot, scope);
  for (int i = 0; i < snapshot.count; ++i)
    if (runs(snapshot.processes[i])) ::kill(snapshot.processes[i].pid, number);
}

void ProcessTree::kill(const TreeScope& scope) const {
  if (is_pid_1_ && scope.root == 0 && scope.except_count == 0) {
    ::kill(-1, SIGKILL);  // atomic against fork: the kernel restarts a fork that has a signal pending
    return;
  }
  // A process with SIGKILL pending can't fork, so only what was born during the last round is new in the next one.
  Snapshot before;
  Snapshot now;
  for (int round = 0; round < kill_rounds_max; ++round) {
    take(&now, scope);
    bool found_new = false;
    for (int i = 0; i < now.count; ++i) {
      const Process& process = now.processes[i];
      if (!runs(process)) continue;
      const Process* known = find(before, process.pid);
      if (known != nullptr && known->inside) continue;
      found_new = true;
      ::kill(process.pid, SIGKILL);
    }
    if (!found_new) return;
    Process* const spare = before.processes;
    before.processes = now.processes;
    before.count = now.count;
    now.processes = spare;
  }
}

void ProcessTree::end_all() const {
  for (int round = 0; round < end_rounds_max; ++round) {
    pid_t reaped = 0;
    do {
      reaped = waitpid(-1, nullptr, WNOHANG);
    } while (reaped > 0);
    if (reaped < 0 && errno == ECHILD) return;  // no child is no descendant: orphans become ours
    kill({});
    const timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
    nanosleep(&pause, nullptr);
  }
}

bool ProcessTree::alive(const TreeScope& scope) const {
  Snapshot snapshot;
  take(&snapshot, scope);
  for (int i = 0; i < snapshot.count; ++i)
    if (runs(snapshot.processes[i])) return true;
  return false;
}

}  // namespace open_cicd::supervisor
