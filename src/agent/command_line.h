// `open-cicd-agent`: flags, environment and file become settings, and the process runs.
#pragma once

namespace open_cicd::agent {

// Everything that main does; the value is the exit code. Exit codes: 0 ended as asked, 1 failed, 64 wrong usage, 69 no
// executor, 77 the server refuses the token, 78 a newer process of this agent took over.
int run_command_line(int argc, char** argv);

}  // namespace open_cicd::agent
