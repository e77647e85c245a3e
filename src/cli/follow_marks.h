// What is said about a job's steps between the lines of their logs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace open_cicd::cli {

// States run ahead of the log, so they are held back: a step's header comes with its first byte, its outcome before the
// next step's header or at the attempt's end. A step that printed nothing gets one line, its outcome, and before it its
// header if it takes a while. Where a step in
// the background and another print by turns, each turn says whose it is. Not thread-safe.
class StepMarks {
 public:
  explicit StepMarks(std::function<void(std::string)> say) : say_(std::move(say)) {}
  void on_state(int step, std::string_view name, std::string_view state, std::optional<int> exit_code,
                bool background = false);
  // Whether the last line of the log, if it is open, is another step's.
  bool on_log(int step);
  void on_quiet();     // nothing came for a while, so the log of what has ended is complete
  void end_attempt();  // says what is held back and forgets the steps

 private:
  struct Step {
    std::string title;    // "step build"
    std::string outcome;  // "" while it runs
    bool background = false;
    bool running = false;
    bool printed = false;  // its header at least
    bool done = false;
  };
  void close(Step& step);

  std::function<void(std::string)> say_;
  std::map<int, Step> steps_;
  int current_ = -2;  // the last one that printed, of those that follow each other
  int turn_ = -2;     // the one that printed last
};

}  // namespace open_cicd::cli
