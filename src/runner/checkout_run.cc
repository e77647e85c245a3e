#include "runner/checkout_run.h"

#include "base/one_line.h"
#include "base/units.h"
#include "runner/git_output.h"
#include "runner/silence.h"

#include <algorithm>

namespace open_cicd::runner {
namespace {

constexpr int redirects_max = 5;
constexpr std::size_t commit_bytes_max = 64;
constexpr std::size_t named_max = 3;  // of the paths that are left out

struct Outcome {
  int exit_code = 0;
  bool fell_silent = false;
  std::string reason;
  std::string location;
  std::string first_word;
};

// A command that talks to nobody: what it prints is printed as it is.
Task<Result<Outcome>> run_here(const CheckoutPlan& plan, GitCommand argv, OutputSink& output, const GitHands& git) {
  GitOutput said;
  std::string begin;
  const PrintGit print = [&](std::string_view bytes) -> Task<void> {
    said.add(bytes);
    begin += bytes.substr(0, commit_bytes_max - std::min(begin.size(), commit_bytes_max));
    co_await output.write(setup_step, bytes);
  };
  const Result<int> code = co_await git.run(plan, std::move(argv), print);
  if (!code) co_return std::unexpected(code.error());
  said.finish();
  co_return Outcome{.exit_code = *code, .reason = said.reason(), .first_word = begin.substr(0, begin.find(' '))};
}

Task<Result<Outcome>> fetch_once(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  GitOutput said;
  Silence silence(co_await asio::this_coro::executor, plan.settings.silence_max, git.stop);
  const PrintGit print = [&](std::string_view bytes) -> Task<void> {
    silence.heard();
    const std::string text = said.add(bytes);
    if (!text.empty()) co_await output.write(setup_step, text);
    silence.heard();
  };
  const Result<int> code = co_await git.run(plan, plan.commands[plan.fetch], print);
  if (!code) co_return std::unexpected(code.error());
  const std::string rest = said.finish();
  if (!rest.empty()) co_await output.write(setup_step, rest);
  co_return Outcome{
      .exit_code = *code, .fell_silent = silence.expired(), .reason = said.reason(), .location = said.location()};
}

std::unexpected<Error> failure_of(const CheckoutPlan& plan, const GitCommand& command, const Outcome& outcome) {
  if (outcome.fell_silent)
    return fail(
        ErrorKind::unavailable, "exit",
        fmt::format("git fetch was ended: nothing was heard of {} for {}, the agent's checkout_silence_max.",
                    without_credentials(plan.checkout.url), format_duration(plan.settings.silence_max.count())));
  return fail(ErrorKind::invalid, "exit",
              fmt::format("git {} failed with exit code {}: {}", command[1], outcome.exit_code, outcome.reason));
}

Task<void> say(OutputSink& output, std::string line) {
  line += '\n';
  co_await output.write(setup_step, line);
}

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
Task<Result<Outcome>> change_hash(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  const GitCommand version{"git", "config", "core.repositoryFormatVersion", "1"};
  const GitCommand format{"git", "config", "extensions.objectFormat", "sha256"};
  Result<Outcome> changed = co_await run_here(plan, version, output, git);
  if (changed && changed->exit_code == 0) changed = co_await run_here(plan, format, output, git);
  co_return changed;
}

// Which hash a repository has is known when its server has answered.
Task<Result<Outcome>> fetch_either_hash(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  Result<Outcome> outcome = co_await fetch_once(plan, output, git);
  if (!outcome || !outcome->reason.contains("mismatched algorithms: client sha1; server sha256")) co_return outcome;
  Result<Outcome> changed = co_await change_hash(plan, output, git);
  if (!changed || changed->exit_code != 0) co_return changed;
  co_await say(output, "a repository of SHA-256: fetched once more as such");
  co_return co_await fetch_once(plan, output, git);
}

Task<Result<Outcome>> fetch(CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  for (int followed = 0;; ++followed) {
    Result<Outcome> outcome = co_await fetch_either_hash(plan, output, git);
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

// A step that misses a file should find the reason in the log.
Task<void> tell_what_is_left_out(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  const Listing modules = co_await list(
      plan, {"git", "config", "--blob", "HEAD:.gitmodules", "--get-regexp", R"(^submodule\..*\.path$)"}, git);
  if (modules.count > 0)
    co_await say(output,
                 fmt::format("note: {} submodule{} left out: {}. `checkout` has no key for them yet; a step can "
                             "run `git submodule update --init`.",
                             modules.count, modules.count == 1 ? " is" : "s are", modules.text()));
  const Listing pointers =
      co_await list(plan, {"git", "-c", "core.quotePath=false", "ls-files", "--", ":(attr:filter=lfs)"}, git);
  if (pointers.count > 0)
    co_await say(output, fmt::format("note: {}: {}. `checkout` has no key for them yet; a step can run `git lfs pull`.",
                                     pointers.count == 1
                                         ? "1 file is of Git LFS, left as a pointer"
                                         : fmt::format("{} files are of Git LFS, left as pointers", pointers.count),
                                     pointers.text()));
}

}  // namespace

Task<Result<std::string>> run_checkout(CheckoutPlan plan, OutputSink& output, GitHands git) {
  std::string commit;
  for (std::size_t i = 0; i < plan.commands.size(); ++i) {
    const GitCommand command = plan.commands[i];
    Result<Outcome> outcome;
    if (i == plan.fetch)
      outcome = co_await fetch(plan, output, git);
    else
      outcome = co_await run_here(plan, command, output, git);
    if (!outcome) co_return std::unexpected(std::move(outcome.error()));
    if (outcome->exit_code != 0) co_return failure_of(plan, command, *outcome);
    commit = std::move(outcome->first_word);  // the last command says "<commit> <subject>"
  }
  co_await tell_what_is_left_out(plan, output, git);
  co_return commit;
}

}  // namespace open_cicd::runner
