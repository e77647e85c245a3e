// The submodules of a repository that is checked out: those of the repository itself, not theirs. Their names, paths
// and URLs come from a file that anybody may have written, so all of them are looked at before git acts on one.
#pragma once

#include "base/error.h"
#include "runner/checkout_run.h"

#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

inline constexpr std::size_t submodules_max = 100;

struct Submodule {
  std::string name;
  std::string path;
  std::string url;
};

// Of `git config --null --list` of .gitmodules: pairs "key LF value NUL". Error "exit" for a name or path that is no
// plain one (K9: "..", control characters, a leading dash, .git), or more than submodules_max.
Result<std::vector<Submodule>> parse_submodules(std::string_view listing);

// Checks them out below the repository of `plan`, whose commit is checked out already. Without credentials. Errors: as
// of run_checkout().
Task<Result<void>> check_out_submodules(const CheckoutPlan& plan, OutputSink& output, const GitHands& git);

}  // namespace open_cicd::runner
