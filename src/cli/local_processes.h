// Child processes that are started again when they die: what `open-cicd up` is made of.
#pragma once

#include "base/clock.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace open_cicd::cli {

// Used by one thread. Children get SIGTERM when this process dies, even by SIGKILL.
class LocalProcesses {
 public:
  ~LocalProcesses();

  // Starts `argv` (argv[0] is a path) and keeps it running. `name` is for the log.
  void start(std::string name, std::vector<std::string> argv);
  // Looks after ended children: restarts them, a second after they were last started at the earliest. Returns the exit
  // code of a child that ended within its first `early`, which means that it cannot work; it is not started again.
  std::optional<int> look_after(Milliseconds early);
  // SIGTERM to all, in order of their start reversed; waits until they have ended.
  void stop();

 private:
  struct Child {
    std::string name;
    std::vector<std::string> argv;
    pid_t pid = -1;
    Milliseconds started{};
    bool proven = false;  // it once ran longer than `early`
  };
  void spawn(Child& child);

  SystemClock clock_;
  std::vector<Child> children_;
};

}  // namespace open_cicd::cli
