// Follows a run: the logs of its jobs as they come, each line with the job's name in front, and what happens to them;
// or, on a terminal, its jobs as a tree while it goes on and the logs of those that failed at the end.
#pragma once

#include "base/asio.h"
#include "base/task_group.h"
#include "cli/api.h"
#include "cli/context.h"
#include "cli/live_view.h"
#include "cli/run_view.h"

#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace CLI {
class App;
}

namespace open_cicd::cli {

struct RunFollowOptions {
  std::string run_id;
  bool cancel_on_interrupt = false;         // Ctrl-C cancels the run, the second one its clean-up, the third one leaves
  bool live = false;                        // the tree instead of the lines; see can_be_live()
  std::chrono::milliseconds look_min{10};   // between two looks at the run: soon after something happened,
  std::chrono::milliseconds look_max{500};  // and this far apart while nothing does
  std::chrono::milliseconds give_up{600'000};  // without any answer
  std::function<Result<void>()> on_look = {};  // called at each look; its error ends all
  std::function<bool()> interrupted = {};  // whether a signal came since the last call; none: signals are taken here
};

// --plain, for those who want the lines on a terminal too.
void add_plain(CLI::App& verb, bool& plain);
// Whether there is a terminal that can draw a tree.
bool can_be_live(const Context& context);

// One run on one executor.
class RunFollower {
 public:
  RunFollower(Api& api, const Context& context, RunFollowOptions options);

  // The run at its end; nothing when the user left before. Errors: the server's, and unavailable after `give_up`.
  Task<Result<std::optional<RunView>>> run();

 private:
  Task<Result<RunView>> follow();
  Task<Result<RunView>> look();
  Task<void> watch_signals();
  Task<void> next_interrupt(asio::signal_set& signals);
  Task<void> cancel();
  Task<void> follow_job(std::string id, std::string name);
  Task<void> follow_unseen(std::string id);
  Task<void> draw();
  Task<void> print_failed(const RunView& run);
  bool take(const RunView& run, TaskGroup& jobs);
  void say(std::string_view sentence);

  Api& api_;
  const Context& context_;
  RunFollowOptions options_;
  std::optional<LiveView> view_;
  std::size_t width_ = 0;                    // of the longest name, so that the lines stand in columns
  std::set<std::string> followed_;           // ids of jobs
  std::map<std::string, std::string> said_;  // of jobs that never begin: their states
  bool news_ = false;
};

}  // namespace open_cicd::cli
