// An executor for tests of everything above it: steps are scripts of a small language, and no process runs.
//
// Each line of a step's `run` may hold several commands, one a line:
//   print TEXT        TEXT and a newline            bytes N       N times the letter x
//   env NAME          the variable's value, newline  sleep 100ms   (ms, s)
//   exit N            ends the step                 hang          until it is stopped
//   ignore-term       from here on only the end of stop()'s grace ends the step
//   fail-setup CODE   anywhere in the job: set_up() fails with "image_pull" or "agent"
//   fail CODE         the step fails with that Error
//   crash             the agent's process aborts
// Unknown commands print "TEXT: not found" and end the step with 127.
#pragma once

#include "runner/executor.h"

#include <memory>

namespace open_cicd::dummy {

std::unique_ptr<runner::Executor> make_dummy_executor();

}  // namespace open_cicd::dummy
