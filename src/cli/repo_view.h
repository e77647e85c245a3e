// Repositories as the verbs show them, and where the API has them.
#pragma once

#include "base/error.h"
#include "cli/context.h"

#include <boost/describe.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::cli {

struct RepoWebhookView {
  std::string url, state;
  std::optional<std::string> error, secret;
};
BOOST_DESCRIBE_STRUCT(RepoWebhookView, (), (url, state, error, secret))

struct RepoView {
  std::string id, full_name, forge;
  std::optional<std::string> clone_url, default_branch, trust, poll_error, polled_at;
  std::optional<bool> active, has_token, is_public;
  std::optional<std::vector<std::string>> pipeline_paths, protected_refs, warnings;
  RepoWebhookView webhook;
  std::optional<std::int64_t> poll_s;
};
BOOST_DESCRIBE_STRUCT(RepoView, (),
                      (id, full_name, forge, clone_url, default_branch, trust, poll_error, polled_at, active, has_token,
                       is_public, pipeline_paths, protected_refs, warnings, webhook, poll_s))

// "/api/v1/repositories/NAME", escaped.
std::string repo_target(std::string_view repository, std::string_view rest = "");
Result<RepoView> read_repo(const boost::json::value& document);
void print_repo(const Context& context, const RepoView& repo);
// What the server answered about a repository, as JSON if that is asked for: the exit code.
int show_repo(const Context& context, bool as_json, const boost::json::value& answer);
void print_warnings(const Context& context, const std::optional<std::vector<std::string>>& warnings);

}  // namespace open_cicd::cli
