// The conversation with the open-cicd-init that is PID 1 of a container, over its attached input and output.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "base/task_group.h"
#include "http/client.h"
#include "supervisor/codec.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::docker {

struct CommandExit {
  int code = 0;          // 128 + n for a signal
  bool stopped = false;  // stop() or the limit ended it
  bool by_deadline = false;
  bool out_of_memory = false;
  std::string not_started;  // by the job's own doing: `code` is 127, and this is a sentence for its log
};

// Runs commands in the container, also several at one time. While an output handler is awaited nothing more is read
// from the container, so that a printing command waits. One thread: the executor's. The group's tasks use its state,
// which outlives this object until they end.
class InitSession {
 public:
  using OutputHandler = std::function<Task<void>(std::string_view)>;

  InitSession(asio::any_io_executor executor, TaskGroup& group, std::unique_ptr<http::ResponseStream> stream);
  ~InitSession();  // closes
  InitSession(const InitSession&) = delete;

  // The helper has said hello. Error "agent" when it did not within `patience` or ended instead, with what it printed.
  Task<Result<void>> ready(std::chrono::milliseconds patience);
  // To the end of the command and its process tree, all its output handled. Past `limit` it is killed. Error "agent":
  // it could not be started, or the container is gone. The start is on its way when this first waits.
  struct Options {
    std::optional<std::chrono::milliseconds> limit = std::nullopt;
    int key = 0;  // what stop() calls it
  };
  Task<Result<CommandExit>> run(supervisor::Command command, OutputHandler output, Options options);
  Task<Result<CommandExit>> run(supervisor::Command command, OutputHandler output);
  void stop(int key, std::chrono::milliseconds grace);  // every command of that key that runs now
  void set_deadline(std::chrono::nanoseconds boottime);
  void close();  // the helper's input ends, and so does everything in its container
  bool is_open() const;

 private:
  struct State;
  static Task<void> read_events(std::shared_ptr<State> state);
  static Task<void> write_commands(std::shared_ptr<State> state);
  static Task<void> end_input(std::shared_ptr<State> state);
  static Task<void> handle(std::shared_ptr<State> state, supervisor::Event event);
  void send(std::string bytes);

  std::shared_ptr<State> state_;
};

}  // namespace open_cicd::docker
