// What all loops of the agent must know of its end.
#pragma once

#include "agent/condition.h"

#include <optional>

namespace open_cicd::agent {

enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 64,
  unavailable = 69,  // an executor that was asked for does not work here
  refused = 77,      // the server refuses the token
  superseded = 78,   // a newer process of this agent exists
};

// Single-threaded.
class Lifecycle {
 public:
  explicit Lifecycle(const asio::any_io_executor& executor) : changed(executor) {}

  // Takes no more jobs and ends when the running one has.
  void drain() {
    draining_ = true;
    changed.notify_all();
  }
  void end(ExitCode code) { end_with(static_cast<int>(code)); }
  void end_with(int code) {
    if (!exit_code_) exit_code_ = code;
    changed.notify_all();
  }
  // Our token was refused: the poll loop registers before it does anything else.
  void register_again() {
    must_register_ = true;
    changed.notify_all();
  }
  void registered() { must_register_ = false; }

  bool draining() const { return draining_; }
  bool must_register() const { return must_register_; }
  std::optional<int> exit_code() const { return exit_code_; }

  Condition changed;  // also of the job slot

 private:
  bool draining_ = false;
  bool must_register_ = false;
  std::optional<int> exit_code_;
};

}  // namespace open_cicd::agent
