// The loop of open-cicd-init: takes commands, starts and ends process trees, tells how they ended. One thread, nothing
// blocks.
#pragma once

#include "supervisor/launch.h"
#include "supervisor/process_tree.h"
#include "supervisor/protocol.h"
#include "supervisor/traits.h"

#include <stdint.h>
#include <sys/types.h>

namespace open_cicd::supervisor {

// One command from `start` to `exit`.
struct Run {
  enum class State : uint8_t { free, running, ending, draining };
  State state = State::free;
  uint32_t id = 0;
  pid_t root = 0;
  bool own_tree = false;  // `root` is the guard of its processes
  int output = -1;        // framed mode: what the command prints
  int code = 0;
  uint32_t flags = 0;
  int64_t kill_at = 0;  // CLOCK_BOOTTIME nanoseconds; 0: no stop asked
  uint64_t oom_kills = 0;
};

class InitLoop {
 public:
  // Socket mode: one descriptor both ways. Framed mode: commands from `in`, events to `out`.
  InitLoop(int in, int out, bool socket_mode);
  // Until the agent's end of the stream closes, `shutdown`, SIGTERM, or a malformed frame; every process below is dead
  // then.
  [[noreturn]] void run();

 private:
  void wait_for_events();
  void read_commands();
  void handle_frames();
  void handle(const FrameHeader& header, const char* payload);
  void start(uint32_t id, const char* payload, uint32_t length);
  void begin_stop(Run& run, int64_t grace_ms);
  void reap();
  void end_runs();
  void check_times();
  void arm_timer();
  void read_output(Run& run);
  void finish(Run& run);
  void event(uint32_t type, uint32_t id, const void* payload, uint32_t length);
  void flush();
  bool spotless() const;
  [[noreturn]] void end();

  Run* find(uint32_t id);
  int active() const;
  bool is_pid_1() const;
  // What of the processes below belongs to it: everything when nothing else runs, else without the trees of others that
  // have their own.
  TreeScope scope(const Run& run);

  int in_;
  int out_;
  bool socket_mode_;
  int signals_ = -1;
  int timer_ = -1;
  int64_t deadline_ = 0;
  bool no_children_ = true;
  bool may_serve_many_;   // jobs, one after another; a container and a sandbox end with theirs
  bool unusual_ = false;  // something happened that only the end of this helper surely undoes
  Traits traits_;         // at the start
  ProcessTree tree_;
  Run runs_[runs_max];
  pid_t guards_[runs_max];  // of the other runs, for scope()

  char* input_ = nullptr;  // grows to one frame
  uint32_t input_size_ = 0;
  uint32_t input_capacity_ = 0;
  int received_[runs_max];  // descriptors that came before their `start`
  int received_count_ = 0;

  char* outbox_;
  uint32_t outbox_begin_ = 0;
  uint32_t outbox_end_ = 0;
};

}  // namespace open_cicd::supervisor
