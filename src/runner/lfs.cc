#include "runner/lfs.h"

#include "runner/git_run.h"

namespace open_cicd::runner {

Task<Result<void>> fetch_lfs(const CheckoutPlan& plan, std::size_t count, OutputSink& output, const GitHands& git) {
  if (git.beside_the_agent && !plan.route)
    co_return fail(
        ErrorKind::forbidden, "exit",
        "The docker executor fetches files of Git LFS only for a repository that the server knows: they may "
        "lie anywhere, also where the job must not reach. Use the executor sandbox, or a step with git lfs.");
  if (!co_await read_git(plan, {"git", "lfs", "version"}, git))
    co_return fail(ErrorKind::unavailable, "agent",
                   "The checkout asks for Git LFS, and this agent's machine does not have it: apt-get install git-lfs");
  const Result<CheckoutPlan> own = plan_lfs(plan);
  if (!own) co_return std::unexpected(own.error());
  // As everywhere: a step with git lfs sees the files as they were committed.
  const GitCommand install{"git", "lfs", "install", "--local", "--skip-repo"}, pull{"git", "lfs", "pull"};
  if (const Result<std::string> done = co_await read_git(*own, install, git); !done)
    co_return fail(ErrorKind::internal, "agent", "git lfs could not be set up for the repository.");
  const Result<GitOutcome> outcome = co_await run_watched(*own, pull, output, git);
  if (!outcome) co_return std::unexpected(outcome.error());
  if (outcome->exit_code != 0) co_return git_failure(*own, "lfs pull", *outcome);
  co_await say(output, count == 1 ? "1 file of Git LFS" : fmt::format("{} files of Git LFS", count));
  co_return Result<void>();
}

}  // namespace open_cicd::runner
