#include "adapters/gitlab/api.h"

#include "adapters/forge_http/forge_api.h"
#include "base/json.h"
#include "http/percent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace open_cicd::gitlab {
namespace {

namespace bj = boost::json;
using forge_http::Connection;
using forge_http::Hook;

constexpr std::string_view signing_prefix = "whsec_";

// The answers, as far as they are looked at.

struct ProjectAnswer {
  std::int64_t id = 0;
  std::string path_with_namespace;
  std::optional<std::string> default_branch, visibility;
};
BOOST_DESCRIBE_STRUCT(ProjectAnswer, (), (id, path_with_namespace, default_branch, visibility))

struct ProjectHook {
  std::int64_t id = 0;
  std::string url;
  bool push_events = false, tag_push_events = false, merge_requests_events = false, enable_ssl_verification = false;
  std::optional<std::string> push_events_branch_filter;
  std::optional<std::string> alert_status;  // "executable", or how it was disabled
  std::optional<bool> signing_token_present;
};
BOOST_DESCRIBE_STRUCT(ProjectHook, (),
                      (id, url, push_events, tag_push_events, merge_requests_events, enable_ssl_verification,
                       push_events_branch_filter, alert_status, signing_token_present))

struct Scope {
  std::string error, scope;
};
BOOST_DESCRIBE_STRUCT(Scope, (), (error, scope))

bool signs(const scm::WantedWebhook& wanted) {
  return wanted.secret.reveal().starts_with(signing_prefix);
}

// GitLab tells a project, a commit and a role apart by its words alone.
class GitlabDialect final : public forge_http::Dialect {
 public:
  std::string_view forge() const override { return "GitLab"; }

  bool lacks_commit(const http::ClientResponse& answer, std::string_view message) const override {
    return answer.status == 404 && (message.contains("Commit") || message.contains("commit"));
  }

  std::string lacking(const http::ClientResponse& answer, std::string_view) const override {
    if (answer.status != 403) return {};
    const auto scope = json::read_text<Scope>(answer.body, json::Unknown::ignore);
    if (scope && scope->error == "insufficient_scope") return scope->scope;
    return "a role in the project: Maintainer for its webhook, Developer for statuses";
  }
};

class GitlabWords final : public forge_http::Words {
 public:
  std::string repository_path(std::string_view full_name) const override {
    return fmt::format("/projects/{}", http::percent_encode(full_name));
  }
  bool may_be_nested() const override { return true; }

  Result<scm::RemoteRepository> read_repository(const Connection& connection,
                                                const http::ClientResponse& answer) const override {
    auto project = connection.read<ProjectAnswer>(answer);
    if (!project) return std::unexpected(std::move(project.error()));
    return scm::RemoteRepository{.id = project->id,
                                 .full_name = project->path_with_namespace,
                                 .default_branch = project->default_branch.value_or(""),
                                 .is_public = project->visibility == "public"};
  }

  std::string_view page_size() const override { return "per_page=100"; }
  http::Method edits_with() const override { return http::Method::put; }

  // One that GitLab has disabled wakes only when somebody tries it by hand. A signing token that somebody has set
  // cannot be taken away, and what it signs is not ours.
  Result<std::vector<Hook>> read_hooks(const Connection& connection, const http::ClientResponse& answer,
                                       const scm::WantedWebhook& wanted) const override {
    auto listed = connection.read<std::vector<ProjectHook>>(answer);
    if (!listed) return std::unexpected(std::move(listed.error()));
    std::vector<Hook> hooks;
    for (const ProjectHook& hook : *listed) {
      if (hook.url != wanted.url) continue;
      hooks.push_back({.id = hook.id,
                       .as_wanted = hook.push_events && hook.tag_push_events && hook.merge_requests_events &&
                                    hook.enable_ssl_verification &&
                                    hook.push_events_branch_filter.value_or("").empty() &&
                                    hook.signing_token_present.value_or(false) == signs(wanted),
                       .mendable = hook.alert_status.value_or("executable") == "executable" &&
                                   (signs(wanted) || !hook.signing_token_present.value_or(false))});
    }
    return hooks;
  }

  // A secret that is a key ("whsec_…") signs; any other goes with each delivery as it is.
  std::string new_hook(const scm::WantedWebhook& wanted) const override {
    return json::serialize(bj::object{{"url", wanted.url},
                                      {signs(wanted) ? "signing_token" : "token", wanted.secret.reveal()},
                                      {"push_events", true},
                                      {"tag_push_events", true},
                                      {"merge_requests_events", true},
                                      {"push_events_branch_filter", ""},
                                      {"branch_filter_strategy", "all_branches"},
                                      {"enable_ssl_verification", true}});
  }

  // An older GitLab takes a key and makes nothing of it.
  Result<void> check_hook(const Connection& connection, const http::ClientResponse& answer,
                          const scm::WantedWebhook& wanted) const override {
    auto hook = connection.read<ProjectHook>(answer);
    if (!hook) return std::unexpected(std::move(hook.error()));
    if (signs(wanted) && !hook->signing_token_present.value_or(false))
      return fail(ErrorKind::invalid, "forge_refused",
                  "This GitLab cannot sign its webhooks with a key: use a secret that does not begin with whsec_.");
    return {};
  }

  std::string status(const scm::CommitStatus& status) const override {
    bj::object body{{"state", state_of(status.state)}, {"name", status.context}, {"description", status.description}};
    if (!status.target_url.empty()) body["target_url"] = status.target_url;
    if (const std::string_view ref = short_ref(status.ref); !ref.empty()) body["ref"] = ref;
    return json::serialize(body);
  }

  // The state that it has already.
  bool is_unchanged(const http::ClientResponse& answer) const override {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> same{{{"enqueue", "pending"},
                                                                                 {"run", "running"},
                                                                                 {"succeed", "success"},
                                                                                 {"drop", "failed"},
                                                                                 {"cancel", "canceled"}}};
    if (answer.status != 400) return false;
    const std::string message = forge_http::message_in(answer);
    return std::ranges::any_of(same, [&](const auto& words) {
      return message.starts_with(
                 fmt::format("Cannot transition status via :{} from :{} ", words.first, words.second)) ||
             message == fmt::format("Cannot transition status via :{} from :{}", words.first, words.second);
    });
  }

 private:
  // A commit that no branch has, such as a fork's, is found by this alone.
  static std::string_view short_ref(std::string_view ref) {
    for (const std::string_view folder : {"refs/heads/", "refs/tags/"})
      if (ref.starts_with(folder)) return ref.substr(folder.size());
    return ref;
  }
  static std::string_view state_of(scm::CommitState state) {
    switch (state) {
      case scm::CommitState::pending:
        return "pending";
      case scm::CommitState::success:
        return "success";
      case scm::CommitState::failure:
      case scm::CommitState::error:
        return "failed";
    }
    return "failed";
  }
};

}  // namespace

Result<std::unique_ptr<scm::Forge>> make_gitlab(asio::any_io_executor executor, scm::ForgeAccess access) {
  auto connection = Connection::make(std::move(executor), access, fmt::format("{}/api/v4", access.url),
                                     {{"Accept", "application/json"}, {"PRIVATE-TOKEN", access.token.reveal()}},
                                     std::make_unique<GitlabDialect>());
  if (!connection) return std::unexpected(std::move(connection.error()));
  return forge_http::make_forge(std::move(*connection), std::make_unique<GitlabWords>(), access.url);
}

}  // namespace open_cicd::gitlab
