#include "cli/repo_view.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "http/percent.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

namespace open_cicd::cli {
namespace {

std::string joined(const std::optional<std::vector<std::string>>& list) {
  return list && !list->empty() ? fmt::format("{}", fmt::join(*list, ", ")) : "none";
}

std::string webhook_line(const RepoView& repo) {
  if (repo.webhook.state == "registered") return "registered";
  if (repo.webhook.state == "failed") return "not registered: " + repo.webhook.error.value_or("");
  return repo.forge == "git" ? "for a post-receive hook: " + repo.webhook.url : "none";
}

std::string poll_line(const RepoView& repo) {
  if (repo.poll_s.value_or(0) == 0) return "never";
  std::string line = fmt::format("every {}", format_duration(*repo.poll_s * 1000));
  if (repo.polled_at) line += fmt::format(", last {}", age_of(*repo.polled_at, SystemClock().unix_ms()));
  if (repo.poll_error) line += fmt::format("; it failed: {}", *repo.poll_error);
  return line;
}

}  // namespace

std::string repo_target(std::string_view repository, std::string_view rest) {
  return fmt::format("/api/v1/repositories/{}{}", http::percent_encode(repository), rest);
}

Result<RepoView> read_repo(const boost::json::value& document) {
  auto repo = json::read<RepoView>(document, json::Unknown::ignore);
  if (!repo) return fail(ErrorKind::internal, "bad_response", repo.error().message());
  return repo;
}

void print_repo(const Context& context, const RepoView& repo) {
  const auto line = [&](std::string_view name, const std::string& value) {
    context.io.out << fmt::format("{:<16}{}\n", name, escape_for_line(value));
  };
  line("repository", repo.full_name);
  line("id", repo.id);
  line("forge", repo.forge);
  line("clone url", repo.clone_url.value_or(""));
  line("default branch", repo.default_branch.value_or("").empty() ? "none yet" : *repo.default_branch);
  line("pipelines", joined(repo.pipeline_paths));
  line("webhook", webhook_line(repo));
  line("polled", poll_line(repo));
  line("approvals", "forks: " + repo.trust.value_or(""));
  line("protected", joined(repo.protected_refs));
  if (!repo.active.value_or(true)) line("active", "no: nothing that happens makes a run");
}

int show_repo(const Context& context, bool as_json, const boost::json::value& answer) {
  if (as_json) {
    print_json(context, answer);
    return exit_fine;
  }
  const auto repo = read_repo(answer);
  if (!repo) return print_error(context, repo.error());
  print_repo(context, *repo);
  print_warnings(context, repo->warnings);
  return exit_fine;
}

void print_warnings(const Context& context, const std::optional<std::vector<std::string>>& warnings) {
  for (const std::string& warning : warnings.value_or(std::vector<std::string>()))
    context.io.err << "warning: " << escape_for_line(warning) << "\n";
}

}  // namespace open_cicd::cli
