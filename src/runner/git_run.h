// One git command of a checkout: what of its output people read, and what of it the checkout needs to know.
#pragma once

#include "runner/checkout_run.h"

#include <string>
#include <string_view>

namespace open_cicd::runner {

struct GitOutcome {
  int exit_code = 0;
  bool fell_silent = false;
  bool may_pass = false;   // the same again may work: the network, or a server that is away
  std::string reason;      // the line that says why it failed
  std::string location;    // where the server redirects to; empty: nowhere
  std::string first_word;  // of its output
};

// A command that talks to nobody: what it prints is printed as it is.
Task<Result<GitOutcome>> run_here(const CheckoutPlan& plan, GitCommand argv, OutputSink& output, const GitHands& git);

// One that talks to a server: it is ended when nothing is heard of it for too long.
Task<Result<GitOutcome>> run_watched(const CheckoutPlan& plan, GitCommand argv, OutputSink& output,
                                     const GitHands& git);

// What a command prints, of which nothing goes to the log. Nothing when it fails or prints more than a MiB.
Task<Result<std::string>> read_git(const CheckoutPlan& plan, GitCommand argv, const GitHands& git);

// `command` is the word behind "git". Error "exit", or "unavailable" for a server that fell silent.
std::unexpected<Error> git_failure(const CheckoutPlan& plan, std::string_view command, const GitOutcome& outcome);

Task<void> say(OutputSink& output, std::string line);

}  // namespace open_cicd::runner
