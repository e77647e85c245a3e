// The wire between an agent and open-cicd-init: frames over a byte stream (a socketpair, or the attached stdin and
// stdout of a container).
//
// A frame is FrameHeader, then `length` bytes. All numbers are little-endian u32. A string is its length, its bytes and
// a NUL that the length does not count, so that the helper can hand it to execve where it lies.
//
//   agent → init                                              init → agent
//   start     flags uid gid cwd script_path script argv env    hello    version            once, when it is ready
//   signal    number                                           output   bytes              framed mode only
//   stop      grace_ms                                         exit     code flags         after the last output; the
//   tree is gone deadline  u64 nanoseconds of CLOCK_BOOTTIME                error    text               the start
//   failed; nothing runs shutdown  –
//
// argv and env are a count and that many strings. `id` of the header names the command run, chosen by the agent.
// This header has no dependency: the helper is built without the C++ library.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace open_cicd::supervisor {

struct FrameHeader {
  uint32_t type;
  uint32_t id;
  uint32_t length;
};

enum CommandType : uint32_t {
  command_start = 1,
  command_signal = 2,
  command_stop = 3,
  command_deadline = 4,
  command_shutdown = 5,
};

enum EventType : uint32_t {
  event_hello = 101,
  event_output = 102,
  event_exit = 103,
  event_error = 104,
};

// Flags of `start`.
inline constexpr uint32_t start_output_fd =
    1;  // stdout and stderr are a descriptor sent along (SCM_RIGHTS): no output events

// It may run beside others: a guard of its own stands above its processes, so that what it and the others leave behind
// is told apart, however it hid.
inline constexpr uint32_t start_own_tree = 2;

// Flags of `exit`.
inline constexpr uint32_t exit_by_deadline = 1;  // the deadline passed while it ran, or before it started
inline constexpr uint32_t exit_out_of_memory =
    2;  // the memory limit killed one of its processes (known only as a container's PID 1)
// With --socket, not as PID 1: nothing is left of this command and those before it, none was stopped or failed to
// start, and the helper is what it was at its start. It may serve another job.
inline constexpr uint32_t exit_spotless = 4;

inline constexpr uint32_t protocol_version = 1;
inline constexpr uint32_t keep_id = 0xffffffff;               // uid or gid of `start`: the helper's own
inline constexpr uint32_t command_bytes_max = 16 << 20;       // a longer frame ends the helper
inline constexpr uint32_t output_frame_bytes_max = 64 << 10;  // of payload
inline constexpr uint32_t runs_max = 16;                      // commands that run at one time

}  // namespace open_cicd::supervisor
