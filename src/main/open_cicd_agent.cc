// open-cicd-agent: runs jobs for a server. All it does is in agent/command_line.
#include "agent/command_line.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace {

// The process holds tokens and secrets: no core file, and no other process of the same user may read its memory or
// environment. What it starts may be read again, but leaves no core file either.
void keep_memory_private() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

// A broken pipe is an error of its write. A handler, because an ignored signal would be ignored by the steps too.
void survive_broken_pipes() {
  ::signal(SIGPIPE, [](int) {});
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  survive_broken_pipes();
  try {
    return open_cicd::agent::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "open-cicd-agent: %s\n", error.what());
    return 1;
  }
}
