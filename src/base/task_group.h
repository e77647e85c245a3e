// Owns spawned coroutines: none outlives the group, none fails unseen.
#pragma once

#include "base/asio.h"

#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace open_cicd {

// Spawn from any thread; a child runs on the executor given to spawn(). An exception that leaves a child is logged with
// the child's name (operation_aborted is not). stop(): cancels every child, then waits until all have ended.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor);
  ~TaskGroup();  // all children must have ended: await stop() first
  TaskGroup(const TaskGroup&) = delete;

  // `name` is for the log. The coroutine must own what it uses, or use what outlives this group.
  void spawn(std::string name, Task<void> child);
  void spawn_on(asio::any_io_executor executor, std::string name, Task<void> child);
  std::size_t size() const;

  void cancel();      // asks every child to stop: its pending await throws operation_aborted
  Task<void> join();  // waits until no child is left
  Task<void> stop();  // cancel, then join

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace open_cicd
