// Child processes that are started again when they die: what `open-cicd up` is made of.
#pragma once

#include "base/asio.h"
#include "base/clock.h"

#include <csignal>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace open_cicd::cli {

std::filesystem::path own_program();  // open-cicd itself; open-cicd-agent stands beside it

// Whether a server at this address says that it is ready.
Task<bool> is_ready(std::string url);

// Used by one thread, which takes SIGINT, SIGTERM, SIGHUP and SIGPIPE only by asked_to_stop() and stop() while this
// lives. Children get SIGTERM when this process dies, even by SIGKILL.
class LocalProcesses {
 public:
  // `kill_after` is how long the children have when they were told twice.
  explicit LocalProcesses(Milliseconds kill_after = Milliseconds(10'000));
  ~LocalProcesses();
  LocalProcesses(const LocalProcesses&) = delete;
  LocalProcesses& operator=(const LocalProcesses&) = delete;

  // Starts `argv` (argv[0] is a path) and keeps it running. `name` is for the log. The first one serves the others.
  // `withheld` are variables of our environment that the child does not get.
  void start(std::string name, std::vector<std::string> argv, std::vector<std::string> withheld = {});
  // Looks after ended children: restarts them, a second after they were last started at the earliest. Returns the exit
  // code of a child that ended within its first `early`, which means that it cannot work; it is not started again.
  std::optional<int> look_after(Milliseconds early);
  // Waits for a signal that asks to end.
  bool asked_to_stop(Milliseconds within);
  // SIGTERM to all but the first, and when they have ended, to the first; waits until all have ended. The first one is
  // started again should it die before its turn. A further signal is passed on as a second SIGTERM, and `kill_after`
  // later comes SIGKILL.
  void stop();

 private:
  struct Child {
    std::string name;
    std::vector<std::string> argv;
    std::vector<std::string> withheld;
    pid_t pid = -1;
    Milliseconds started{};
    bool proven = false;  // it once ran longer than `early`
  };
  void spawn(Child& child);
  // Takes note of its end; its exit code as waitpid() tells it.
  static std::optional<int> reap(Child& child);
  void revive(Child& child);  // once its pause is over
  // `server` is kept running meanwhile, if there is one.
  void end(std::span<Child> children, bool& hurry, Child* server = nullptr);

  SystemClock clock_;
  const Milliseconds kill_after_;
  sigset_t signals_{};
  sigset_t mask_before_{};
  std::vector<Child> children_;
};

}  // namespace open_cicd::cli
