#include "adapters/github/api.h"

#include "adapters/forge_http/forge_api.h"
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::github {
namespace {

namespace bj = boost::json;
using forge_http::Connection;
using forge_http::Hook;

constexpr std::array<std::string_view, 2> wanted_events{"push", "pull_request"};

// The answers, as far as they are looked at.

struct RepoAnswer {
  std::int64_t id = 0;
  std::string full_name, default_branch;
};
BOOST_DESCRIBE_STRUCT(RepoAnswer, (), (id, full_name, default_branch))

struct HookConfig {
  std::optional<std::string> url, content_type;
  std::optional<bj::value> insecure_ssl;  // "0" or 0
};
BOOST_DESCRIBE_STRUCT(HookConfig, (), (url, content_type, insecure_ssl))

struct HookOfRepo {
  std::int64_t id = 0;
  bool active = false;
  std::vector<std::string> events;
  HookConfig config;
};
BOOST_DESCRIBE_STRUCT(HookOfRepo, (), (id, active, events, config))

bool verifies_tls(const HookConfig& config) {
  return !config.insecure_ssl || *config.insecure_ssl == bj::value("0") || *config.insecure_ssl == bj::value(0);
}

std::vector<std::string_view> words_in(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view word = list.substr(0, end);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) words.push_back(word);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return words;
}

class GithubDialect final : public forge_http::Dialect {
 public:
  std::string_view forge() const override { return "GitHub"; }

  // The primary limit counts down; the secondary ones say when, or only that they are meant.
  bool is_limit(const http::ClientResponse& answer, std::string_view message) const override {
    return answer.status == 403 && (answer.header("X-RateLimit-Remaining") == "0" || answer.header("Retry-After") ||
                                    message.contains("rate limit"));
  }

  bool lacks_commit(const http::ClientResponse& answer, std::string_view message) const override {
    return answer.status == 422 && message.contains("No commit found");
  }

  // Classic tokens are told 404, with the scopes of which one is needed and those that the token has; fine-grained ones
  // 403 with permissions.
  std::string lacking(const http::ClientResponse& answer, std::string_view) const override {
    const auto accepted = answer.header("X-Accepted-OAuth-Scopes"), granted = answer.header("X-OAuth-Scopes");
    if (accepted && granted) {
      const auto needed = words_in(*accepted), had = words_in(*granted);
      if (!needed.empty() && std::ranges::find_first_of(needed, had) == needed.end()) return std::string(*accepted);
    }
    return answer.status == 403 ? std::string(answer.header("X-Accepted-GitHub-Permissions").value_or(""))
                                : std::string();
  }
};

class GithubWords final : public forge_http::Words {
 public:
  std::string repository_path(std::string_view full_name) const override { return fmt::format("/repos/{}", full_name); }

  Result<scm::RemoteRepository> read_repository(const Connection& connection,
                                                const http::ClientResponse& answer) const override {
    auto repo = connection.read<RepoAnswer>(answer);
    if (!repo) return std::unexpected(std::move(repo.error()));
    return scm::RemoteRepository{.id = repo->id,
                                 .full_name = repo->full_name,
                                 .default_branch = repo->default_branch,
                                 .is_public = forge_http::flag_in(answer, "private") == false};
  }

  std::string_view page_size() const override { return "per_page=100"; }

  Result<std::vector<Hook>> read_hooks(const Connection& connection, const http::ClientResponse& answer,
                                       const scm::WantedWebhook& wanted) const override {
    auto listed = connection.read<std::vector<HookOfRepo>>(answer);
    if (!listed) return std::unexpected(std::move(listed.error()));
    std::vector<Hook> hooks;
    for (const HookOfRepo& hook : *listed) {
      if (hook.config.url != wanted.url) continue;
      const bool hears = std::ranges::all_of(
          wanted_events, [&](std::string_view event) { return std::ranges::count(hook.events, event) > 0; });
      hooks.push_back(
          {.id = hook.id,
           .as_wanted = hook.active && hears && hook.config.content_type == "json" && verifies_tls(hook.config)});
    }
    return hooks;
  }

  std::string new_hook(const scm::WantedWebhook& wanted) const override {
    bj::object hook = edited(wanted);
    hook["name"] = "web";
    return json::serialize(hook);
  }
  std::string edited_hook(const scm::WantedWebhook& wanted) const override { return json::serialize(edited(wanted)); }

  std::string status(const scm::CommitStatus& status) const override {
    bj::object body{
        {"state", scm::name_of(status.state)}, {"context", status.context}, {"description", status.description}};
    if (!status.target_url.empty()) body["target_url"] = status.target_url;
    return json::serialize(body);
  }

 private:
  static bj::object edited(const scm::WantedWebhook& wanted) {
    return {
        {"active", true},
        {"events", bj::array(wanted_events.begin(), wanted_events.end())},
        {"config",
         {{"url", wanted.url}, {"content_type", "json"}, {"secret", wanted.secret.reveal()}, {"insecure_ssl", "0"}}}};
  }
};

// GitHub itself has its API at a host of its own, GitHub Enterprise below its address.
std::string api_of(std::string_view url) {
  return url == "https://github.com" ? "https://api.github.com" : fmt::format("{}/api/v3", url);
}

}  // namespace

Result<std::unique_ptr<scm::Forge>> make_github(asio::any_io_executor executor, scm::ForgeAccess access) {
  auto connection = Connection::make(std::move(executor), access, api_of(access.url),
                                     {{"Accept", "application/vnd.github+json"},
                                      {"X-GitHub-Api-Version", "2022-11-28"},
                                      {"Authorization", "Bearer " + access.token.reveal()}},
                                     std::make_unique<GithubDialect>());
  if (!connection) return std::unexpected(std::move(connection.error()));
  return forge_http::make_forge(std::move(*connection), std::make_unique<GithubWords>(), access.url);
}

}  // namespace open_cicd::github
