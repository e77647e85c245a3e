#include "runner/git_run.h"

#include "base/units.h"
#include "runner/git_output.h"
#include "runner/silence.h"

#include <algorithm>

namespace open_cicd::runner {
namespace {

constexpr std::size_t first_bytes_max = 64;
constexpr std::size_t read_bytes_max = 1 << 20;

}  // namespace

Task<Result<GitOutcome>> run_here(const CheckoutPlan& plan, GitCommand argv, OutputSink& output, const GitHands& git) {
  GitOutput said;
  std::string begin;
  const PrintGit print = [&](std::string_view bytes) -> Task<void> {
    said.add(bytes);
    begin += bytes.substr(0, first_bytes_max - std::min(begin.size(), first_bytes_max));
    co_await output.write(setup_step, bytes);
  };
  const Result<int> code = co_await git.run(plan, std::move(argv), print);
  if (!code) co_return std::unexpected(code.error());
  said.finish();
  co_return GitOutcome{.exit_code = *code, .reason = said.reason(), .first_word = begin.substr(0, begin.find(' '))};
}

Task<Result<GitOutcome>> run_watched(const CheckoutPlan& plan, GitCommand argv, OutputSink& output,
                                     const GitHands& git) {
  GitOutput said;
  Silence silence(co_await asio::this_coro::executor, plan.settings.silence_max, git.stop);
  const PrintGit print = [&](std::string_view bytes) -> Task<void> {
    silence.heard();
    const std::string text = said.add(bytes);
    if (!text.empty()) co_await output.write(setup_step, text);
    silence.heard();
  };
  const Result<int> code = co_await git.run(plan, std::move(argv), print);
  if (!code) co_return std::unexpected(code.error());
  const std::string rest = said.finish();
  if (!rest.empty()) co_await output.write(setup_step, rest);
  co_return GitOutcome{.exit_code = *code,
                       .fell_silent = silence.expired(),
                       .may_pass = said.may_pass(),
                       .reason = said.reason(),
                       .location = said.location()};
}

Task<Result<std::string>> read_git(const CheckoutPlan& plan, GitCommand argv, const GitHands& git) {
  std::string text;
  const PrintGit keep = [&text](std::string_view bytes) -> Task<void> {
    if (text.size() <= read_bytes_max) text += bytes;
    co_return;
  };
  const Result<int> code = co_await git.run(plan, std::move(argv), keep);
  if (!code) co_return std::unexpected(code.error());
  if (*code != 0 || text.size() > read_bytes_max) co_return fail(ErrorKind::not_found, "exit", "nothing to be read");
  co_return text;
}

std::unexpected<Error> git_failure(const CheckoutPlan& plan, std::string_view command, const GitOutcome& outcome) {
  if (outcome.fell_silent)
    return fail(
        ErrorKind::unavailable, "exit",
        fmt::format("git {} was ended: nothing was heard of {} for {}, the agent's checkout_silence_max.", command,
                    without_credentials(plan.checkout.url), format_duration(plan.settings.silence_max.count())));
  return fail(ErrorKind::invalid, "exit",
              fmt::format("git {} failed with exit code {}: {}", command, outcome.exit_code, outcome.reason));
}

Task<void> say(OutputSink& output, std::string line) {
  line += '\n';
  co_await output.write(setup_step, line);
}

}  // namespace open_cicd::runner
