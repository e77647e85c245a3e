// Starts one command of a `start` frame in a session of its own.
#pragma once

#include <stdint.h>
#include <sys/types.h>

namespace open_cicd::supervisor {

// What a `start` frame asks for. All pointers lie in the frame (strings end with NUL there), which must outlive the
// launch.
struct LaunchRequest {
  uint32_t flags = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  const char* cwd = nullptr;
  const char* script_path = nullptr;  // "": no script
  const char* script = nullptr;
  uint32_t script_length = 0;
  char** argv = nullptr;  // owned, NULL-terminated
  char** env = nullptr;   // owned, NULL-terminated

  LaunchRequest() = default;
  ~LaunchRequest();
  LaunchRequest(const LaunchRequest&) = delete;
  LaunchRequest& operator=(const LaunchRequest&) = delete;
};

// False when the payload is not well-formed.
bool parse_launch(const char* payload, uint32_t length, LaunchRequest* request);

// Returns the process, or -1 with `what` and errno set: the step of the launch that failed, also one that failed in the
// child before execve. "script", "working directory" and "program" lie where a job can reach: own_start_failure().
// Output goes to `output`, stdin is /dev/null. With start_own_tree the process is a guard: what the command leaves
// behind stays below it, and when the command has ended, the guard kills that and ends with the command's code. SIGHUP,
// which it also gets when its parent dies, makes it do so at once; other signals than SIGKILL pass it by.
pid_t launch(const LaunchRequest& request, int output, const char** what);

// In a child: default signal handlers, nothing blocked. execve keeps what a parent ignored, and an agent ignores
// SIGPIPE.
void reset_signals();

}  // namespace open_cicd::supervisor
