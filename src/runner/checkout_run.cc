#include "runner/checkout_run.h"

#include "base/one_line.h"
#include "base/units.h"
#include "runner/git_run.h"
#include "runner/lfs.h"
#include "runner/submodules.h"

#include <algorithm>
#include <chrono>

namespace open_cicd::runner {
namespace {

constexpr int redirects_max = 5;
constexpr std::size_t named_max = 3;  // of the paths that are left out

// The next plan when the server said that the repository is elsewhere.
Task<Result<CheckoutPlan>> follow(const CheckoutPlan& plan, const std::string& location, OutputSink& output,
                                  const GitHands& git) {
  Result<CheckoutPlan> next = plan_redirected(plan, location);
  if (next && git.admit) {
    if (const Result<void> admitted = co_await git.admit(*next); !admitted) co_return std::unexpected(admitted.error());
  }
  if (!next) co_return next;
  const bool had_credentials = plan.checkout.url != without_credentials(plan.checkout.url);
  const bool has_credentials = next->checkout.url != without_credentials(next->checkout.url);
  co_await say(output,
               fmt::format("redirected to {}{}", to_one_line(without_query(without_credentials(next->checkout.url))),
                           had_credentials && !has_credentials
                               ? ": another host, which does not get the user and password of the url"
                               : ""));
  co_return next;
}

// The repository that `git init` made holds nothing yet, so it can become one of the server's kind.
Task<Result<GitOutcome>> change_hash(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  const GitCommand version{"git", "config", "core.repositoryFormatVersion", "1"};
  const GitCommand format{"git", "config", "extensions.objectFormat", "sha256"};
  Result<GitOutcome> changed = co_await run_here(plan, version, output, git);
  if (changed && changed->exit_code == 0) changed = co_await run_here(plan, format, output, git);
  co_return changed;
}

// Which hash a repository has is known when its server has answered.
Task<Result<GitOutcome>> fetch_either_hash(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  Result<GitOutcome> outcome = co_await run_watched(plan, plan.commands[plan.fetch], output, git);
  if (!outcome || !outcome->reason.contains("mismatched algorithms: client sha1; server sha256")) co_return outcome;
  Result<GitOutcome> changed = co_await change_hash(plan, output, git);
  if (!changed || changed->exit_code != 0) co_return changed;
  co_await say(output, "a repository of SHA-256: fetched once more as such");
  co_return co_await run_watched(plan, plan.commands[plan.fetch], output, git);
}

// A program like git, so that what ends the checkout ends the wait too; false when it did.
Task<Result<bool>> wait_here(const CheckoutPlan& plan, Milliseconds time, const GitHands& git) {
  const PrintGit ignore = [](std::string_view) -> Task<void> { co_return; };
  const std::string seconds = fmt::format("{}.{:03}", time.count() / 1000, time.count() % 1000);
  const Result<int> code = co_await git.run(plan, {"sleep", seconds}, ignore);
  if (!code) co_return std::unexpected(code.error());
  co_return *code == 0;
}

// A job need not fail because a server starts again while it fetches.
Task<Result<GitOutcome>> fetch_patiently(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  const GitSettings& settings = plan.settings;
  const auto end = std::chrono::steady_clock::now() + (plan.route ? settings.server_patience : settings.patience);
  for (Milliseconds wait = settings.retry_first;; wait = std::min(2 * wait, settings.retry_max)) {
    Result<GitOutcome> outcome = co_await fetch_either_hash(plan, output, git);
    if (!outcome || outcome->exit_code == 0 || outcome->fell_silent || !outcome->may_pass) co_return outcome;
    if (std::chrono::steady_clock::now() + wait > end) co_return outcome;
    co_await say(output, fmt::format("the fetch broke off; again in {}", format_duration(wait.count())));
    const Result<bool> waited = co_await wait_here(plan, wait, git);
    if (!waited) co_return std::unexpected(waited.error());
    if (!*waited) co_return outcome;
  }
}

Task<Result<GitOutcome>> fetch(CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  for (int followed = 0;; ++followed) {
    Result<GitOutcome> outcome = co_await fetch_patiently(plan, output, git);
    if (!outcome || outcome->exit_code == 0 || outcome->location.empty()) co_return outcome;
    if (followed == redirects_max)
      co_return fail(ErrorKind::invalid, "exit",
                     fmt::format("{} redirects more than {} times.", without_credentials(plan.checkout.url), followed));
    Result<CheckoutPlan> next = co_await follow(plan, outcome->location, output, git);
    if (!next) co_return std::unexpected(std::move(next.error()));
    plan = std::move(*next);
  }
}

// Counts what a command prints, and keeps a few lines of it.
struct Listing {
  std::size_t count = 0;
  std::string line;
  std::string named;

  void add(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        line.push_back(c);
        continue;
      }
      const std::string path = line.substr(line.find(' ') == std::string::npos ? 0 : line.find(' ') + 1);
      if (count++ < named_max) named += (named.empty() ? "" : ", ") + to_one_line(path);
      line.clear();
    }
  }
  std::string text() const { return named + (count > named_max ? ", …" : ""); }
};

Task<Listing> list(const CheckoutPlan& plan, GitCommand argv, const GitHands& git) {
  Listing listing;
  const PrintGit keep = [&listing](std::string_view bytes) -> Task<void> {
    listing.add(bytes);
    co_return;
  };
  const Result<int> code = co_await git.run(plan, std::move(argv), keep);
  co_return code && *code == 0 ? listing : Listing();
}

Task<Listing> list_pointers(const CheckoutPlan& plan, const GitHands& git) {
  return list(plan, {"git", "-c", "core.quotePath=false", "ls-files", "--", ":(attr:filter=lfs)"}, git);
}

// A step that misses a file should find the reason in the log.
Task<void> tell_what_is_left_out(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  const Listing modules = co_await list(
      plan, {"git", "config", "--blob", "HEAD:.gitmodules", "--get-regexp", R"(^submodule\..*\.path$)"}, git);
  if (modules.count > 0 && !plan.checkout.submodules.value_or(false))
    co_await say(output,
                 fmt::format("note: {} submodule{} left out: {}. `checkout: {{submodules: true}}` checks them out.",
                             modules.count, modules.count == 1 ? " is" : "s are", modules.text()));
  const Listing pointers = co_await list_pointers(plan, git);
  if (pointers.count > 0 && !plan.checkout.lfs.value_or(false))
    co_await say(output, fmt::format("note: {}: {}. `checkout: {{lfs: true}}` fetches {}.",
                                     pointers.count == 1
                                         ? "1 file is of Git LFS, left as a pointer"
                                         : fmt::format("{} files are of Git LFS, left as pointers", pointers.count),
                                     pointers.text(), pointers.count == 1 ? "it" : "them"));
}

// Commands write one file: here the certificates in place of the configuration, which the next command writes.
Task<Result<void>> write_certificates(const CheckoutPlan& plan, const GitHands& git) {
  CheckoutPlan writes = plan;
  writes.config_path = plan.ca_path;
  writes.config = plan.route->ca;
  const PrintGit ignore = [](std::string_view) -> Task<void> { co_return; };
  const Result<int> code = co_await git.run(writes, {"git", "--version"}, ignore);
  if (!code) co_return std::unexpected(code.error());
  co_return Result<void>();
}

// All commands but the one that makes the folder.
decltype(GitHands::run) in_folder(std::string path, decltype(GitHands::run) run) {
  return [path = std::move(path), run = std::move(run)](const CheckoutPlan& plan, GitCommand argv, PrintGit print) {
    if (!path.empty() && argv[0] == "git" && argv[1] != "init") argv.insert(argv.begin() + 1, {"-C", path});
    return run(plan, std::move(argv), std::move(print));
  };
}

}  // namespace

Task<Result<std::string>> run_checkout(CheckoutPlan plan, OutputSink& output, GitHands git) {
  if (!plan.ca_path.empty())
    if (const Result<void> written = co_await write_certificates(plan, git); !written)
      co_return std::unexpected(written.error());
  if (plan.checkout.path) git.run = in_folder(*plan.checkout.path, std::move(git.run));
  std::string commit;
  for (std::size_t i = 0; i < plan.commands.size(); ++i) {
    const GitCommand command = plan.commands[i];
    Result<GitOutcome> outcome;
    if (i == plan.fetch)
      outcome = co_await fetch(plan, output, git);
    else
      outcome = co_await run_here(plan, command, output, git);
    if (!outcome) co_return std::unexpected(std::move(outcome.error()));
    if (outcome->exit_code != 0) co_return git_failure(plan, command[1], *outcome);
    commit = std::move(outcome->first_word);  // the last command says "<commit> <subject>"
  }
  if (plan.checkout.submodules.value_or(false))
    if (const Result<void> done = co_await check_out_submodules(plan, output, git); !done)
      co_return std::unexpected(done.error());
  if (plan.checkout.lfs.value_or(false))
    if (const Listing pointers = co_await list_pointers(plan, git); pointers.count > 0)
      if (const Result<void> done = co_await fetch_lfs(plan, pointers.count, output, git); !done)
        co_return std::unexpected(done.error());
  co_await tell_what_is_left_out(plan, output, git);
  co_return commit;
}

}  // namespace open_cicd::runner
