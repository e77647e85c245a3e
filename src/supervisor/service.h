// The small init around a service container's own command.
#pragma once

namespace open_cicd::supervisor {

// Runs argv with the helper's environment and stdout, stdin from /dev/null. Forwards SIGTERM, SIGINT, SIGHUP, SIGQUIT,
// SIGUSR1 and SIGUSR2 to it, reaps orphans, ends with its exit code, and kills everything when stdin ends: the agent
// that held it is gone.
[[noreturn]] void run_service(char** argv);

}  // namespace open_cicd::supervisor
