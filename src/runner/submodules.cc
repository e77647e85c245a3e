#include "runner/submodules.h"

#include "base/take_until.h"
#include "base/text.h"
#include "pipelines/rules.h"
#include "runner/git_run.h"

#include <algorithm>
#include <utility>

namespace open_cicd::runner {
namespace {

using pipelines::Wrong;

std::unexpected<Error> refused(std::string_view what, std::string_view value, std::string_view why) {
  return fail(ErrorKind::invalid, "exit",
              fmt::format("The submodule's {} \"{}\" is refused: it {}.", what, escape_for_line(value), why));
}

// A name is a folder below .git/modules, a path one below the repository.
Wrong check_folder(std::string_view text) {
  if (text.empty()) return "is empty";
  return pipelines::check_checkout_path(text);
}

// "submodule.NAME.key": a name may have dots.
struct Key {
  std::string name;
  std::string_view last;
};
Key split_key(std::string_view key) {
  constexpr std::string_view begin = "submodule.";
  const std::size_t dot = key.rfind('.');
  if (!key.starts_with(begin) || dot < begin.size()) return {};
  return {.name = std::string(key.substr(begin.size(), dot - begin.size())), .last = key.substr(dot + 1)};
}

template <class Each>
void for_each_setting(std::string_view listing, Each each) {
  while (!listing.empty()) {
    std::string_view value = take_until(listing, '\0');
    const std::string_view key = take_until(value, '\n');
    each(split_key(key), value);
  }
}

// The URLs that git has made of those of .gitmodules: the relative ones have become whole.
Task<Result<std::vector<Submodule>>> find_registered(const CheckoutPlan& plan, std::vector<Submodule> submodules,
                                                     const GitHands& git) {
  const Result<std::string> listing =
      co_await read_git(plan, {"git", "config", "--local", "--null", "--get-regexp", R"(^submodule\..*\.url$)"}, git);
  std::vector<Submodule> found;
  if (!listing) co_return found;  // .gitmodules speaks of what the commit does not have
  for_each_setting(*listing, [&](const Key& key, std::string_view value) {
    const auto known = std::ranges::find(submodules, key.name, &Submodule::name);
    if (known != submodules.end() && !known->path.empty())
      found.push_back({.name = key.name, .path = known->path, .url = std::string(value)});
  });
  co_return found;
}

// The branch that the repository knows may lie behind; git then asks for the commit itself.
Task<Result<void>> check_out_one(const CheckoutPlan& plan, Submodule submodule, OutputSink& output,
                                 const GitHands& git) {
  Result<CheckoutPlan> own = plan_submodule(plan, submodule.url);
  if (!own) co_return std::unexpected(std::move(own.error()));
  if (git.admit)
    if (const Result<void> admitted = co_await git.admit(*own); !admitted) co_return admitted;
  GitCommand update{"git", "submodule", "--quiet", "update", "--checkout", "--progress"};
  if (plan.checkout.depth > 0) update.push_back(fmt::format("--depth={}", plan.checkout.depth));
  update.insert(update.end(), {"--", submodule.path});
  const Result<GitOutcome> outcome = co_await run_watched(*own, std::move(update), output, git);
  if (!outcome) co_return std::unexpected(outcome.error());
  if (outcome->exit_code == 0) {
    co_await say(output, fmt::format("submodule {} from {}", escape_for_line(submodule.path),
                                     escape_for_line(without_credentials(submodule.url))));
    co_return Result<void>();
  }
  if (!outcome->location.empty())
    co_return fail(
        ErrorKind::invalid, "exit",
        fmt::format("The submodule {} is not at {} any more, which redirects: change its url in .gitmodules.",
                    escape_for_line(submodule.path), escape_for_line(without_credentials(submodule.url))));
  const Error failure = git_failure(*own, "submodule update", *outcome).error();
  co_return fail(failure.kind(), "exit",
                 fmt::format("The submodule {} could not be fetched, which is done without user or token: {}",
                             escape_for_line(submodule.path), failure.message()));
}

}  // namespace

Result<std::vector<Submodule>> parse_submodules(std::string_view listing) {
  std::vector<Submodule> submodules;
  for_each_setting(listing, [&submodules](const Key& key, std::string_view value) {
    if (key.last != "path" && key.last != "url") return;
    auto known = std::ranges::find(submodules, key.name, &Submodule::name);
    if (known == submodules.end()) known = submodules.insert(known, {.name = key.name, .path = {}, .url = {}});
    (key.last == "path" ? known->path : known->url) = value;
  });
  if (submodules.size() > submodules_max)
    return fail(
        ErrorKind::invalid, "exit",
        fmt::format("The repository has {} submodules, and {} may be checked out.", submodules.size(), submodules_max));
  for (const Submodule& submodule : submodules) {
    if (const Wrong wrong = check_folder(submodule.name)) return refused("name", submodule.name, *wrong);
    if (submodule.path.empty() && submodule.url.empty()) continue;
    if (const Wrong wrong = check_folder(submodule.path)) return refused("path", submodule.path, *wrong);
    if (submodule.url.starts_with('-') || submodule.url.contains("::"))
      return refused("url", submodule.url, "is no URL but something that git would run");
  }
  return submodules;
}

Task<Result<void>> check_out_submodules(const CheckoutPlan& plan, OutputSink& output, const GitHands& git) {
  const Result<std::string> listing =
      co_await read_git(plan, {"git", "config", "--file", ".gitmodules", "--null", "--list"}, git);
  if (!listing) co_return Result<void>();  // there is none
  Result<std::vector<Submodule>> submodules = parse_submodules(*listing);
  if (!submodules) co_return std::unexpected(std::move(submodules.error()));
  const GitCommand init{"git", "submodule", "--quiet", "init"};
  const Result<GitOutcome> registered = co_await run_here(plan, init, output, git);
  if (!registered) co_return std::unexpected(registered.error());
  if (registered->exit_code != 0) co_return git_failure(plan, "submodule init", *registered);
  submodules = co_await find_registered(plan, std::move(*submodules), git);
  if (!submodules) co_return std::unexpected(std::move(submodules.error()));
  for (const Submodule& submodule : *submodules)
    if (const Result<void> done = co_await check_out_one(plan, submodule, output, git); !done) co_return done;
  co_return Result<void>();
}

}  // namespace open_cicd::runner
