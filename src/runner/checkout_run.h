// Runs the plan of a checkout: prints what people want to read of it, follows redirects, ends a fetch that is stuck,
// and says why it failed.
#pragma once

#include "runner/checkout.h"
#include "runner/executor.h"

#include <functional>
#include <string>
#include <string_view>

namespace open_cicd::runner {

inline constexpr std::chrono::seconds git_grace{5};  // for a git that is ended, between SIGTERM and SIGKILL

using PrintGit = std::function<Task<void>(std::string_view)>;

// Where the commands run. All on the caller's thread.
struct GitHands {
  // Runs one of the commands in the workspace, with the plan's environment and its config written before, and prints
  // all that it says; the exit code.
  std::function<Task<Result<int>>(const CheckoutPlan& plan, GitCommand argv, PrintGit print)> run;
  // Ends the command that runs; run() then returns.
  std::function<void()> stop;
  // Whether the URL of a plan may be connected to, asked before the plan of a redirect runs. It may add to the plan.
  std::function<Task<Result<void>>(CheckoutPlan& plan)> admit = nullptr;
  bool beside_the_agent = false;  // the commands reach what the job's steps do not
};

// The whole plan, printed to step −1; the commit that was checked out. Errors: those of `git`, or "exit" with the line
// of git's that says why.
Task<Result<std::string>> run_checkout(CheckoutPlan plan, OutputSink& output, GitHands git);

}  // namespace open_cicd::runner
