// The agent's side of one open-cicd-init that is its child: runs commands in it, and ends it.
//
//   auto supervisor = Supervisor::spawn(executor, {.fallback_directory = work});
//   auto exit = co_await (*supervisor)->run(command, [&](std::string_view bytes) { return sink.write(step, bytes); });
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "supervisor/codec.h"
#include "supervisor/spawn.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace open_cicd::supervisor {

struct Exit {
  int code = 0;          // 128 + n for a signal
  bool stopped = false;  // a stop was asked for while it ran
  bool by_deadline = false;
  bool out_of_memory = false;
  // The job's own doing kept it from starting (own_start_failure()): `code` is 127, and this is a sentence for its log.
  std::string not_started;
};

// Awaited before more is read: a slow one slows the command down, and nothing is buffered beyond the pipe.
using OutputHandler = std::function<Task<void>(std::string_view)>;

// What stop() calls a command that runs: its caller's choice.
using RunKey = int;

// One thread: the executor's. Destroying it ends the helper and with it everything it started; await shutdown() to know
// that they are gone.
class Supervisor {
 public:
  static Result<std::unique_ptr<Supervisor>> spawn(asio::any_io_executor executor, const SpawnOptions& options);
  // Takes over what spawn_init() started.
  static std::unique_ptr<Supervisor> adopt(asio::any_io_executor executor, const Spawned& spawned);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;

  pid_t pid() const;
  // Waits until the helper has said hello: its wrapper has done its work. An Error "agent" when it ended instead.
  Task<Result<void>> ready(std::chrono::milliseconds patience);
  // To the end of the command and its whole process tree, all its output delivered. An Error "agent" when it could not
  // be started or the helper is gone. Several may run at one time: those that have their own_tree, and one that does
  // not. The start is on its way when this first waits.
  Task<Result<Exit>> run(Command command, OutputHandler output, RunKey key = 0);
  // Ends the running commands: SIGTERM, and SIGKILL after `grace`. Nothing when none runs.
  void stop(std::chrono::milliseconds grace);
  void stop(RunKey key, std::chrono::milliseconds grace);  // those called so
  // Everything is killed at this time of CLOCK_BOOTTIME, and later commands end before they start, until it is moved
  // further; never, if it is zero, which it is for an adopted helper too.
  void set_deadline(std::chrono::nanoseconds boottime);
  // Ends the helper and waits until it is gone, with SIGKILL after `patience`.
  Task<void> shutdown(std::chrono::milliseconds patience);
  // The helper, for a Supervisor that adopts it for another job: only if nothing is left of the commands so far and the
  // helper itself is as at its start. This one then has no helper any more.
  std::optional<Spawned> release();

 private:
  struct State;
  explicit Supervisor(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace open_cicd::supervisor
