// The files of Git LFS in what was checked out.
#pragma once

#include "runner/checkout_run.h"

namespace open_cicd::runner {

// Puts the files in the place of their pointers, `count` of them. All requests go to the host that git has fetched
// from: neither .lfsconfig nor what that host answers leads elsewhere. Errors: "agent" when the machine has no git-lfs,
// "exit" for all else.
Task<Result<void>> fetch_lfs(const CheckoutPlan& plan, std::size_t count, OutputSink& output, const GitHands& git);

}  // namespace open_cicd::runner
