// The command line `open-cicd`: everything that a person or a script says to a server, and the server itself.
#pragma once

namespace open_cicd::cli {

// Parses the arguments, runs the verb, and returns the exit code (exit_code.h). Blocks until the verb has ended.
int run(int argc, char** argv);

}  // namespace open_cicd::cli
