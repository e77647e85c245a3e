#include "adapters/gitea/api.h"

#include "adapters/forge_http/forge_api.h"
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::gitea {
namespace {

namespace bj = boost::json;
using forge_http::Connection;
using forge_http::Hook;

// "pull_request" asks for everything that happens beside one, and is told as "pull_request_only" is.
constexpr std::array<std::string_view, 5> asked_events{"push", "delete", "pull_request_only", "pull_request_label",
                                                       "pull_request_sync"};
constexpr std::array<std::string_view, 5> told_events{"push", "delete", "pull_request", "pull_request_label",
                                                      "pull_request_sync"};

// The answers, as far as they are looked at.

struct RepoAnswer {
  std::int64_t id = 0;
  std::string full_name, default_branch;
  std::optional<bool> empty, internal;
};
BOOST_DESCRIBE_STRUCT(RepoAnswer, (), (id, full_name, default_branch, empty, internal))

struct HookConfig {
  std::optional<std::string> url, content_type;
};
BOOST_DESCRIBE_STRUCT(HookConfig, (), (url, content_type))

struct HookOfRepo {
  std::int64_t id = 0;
  std::string type;
  bool active = false;
  std::optional<std::vector<std::string>> events;
  HookConfig config;
  std::optional<std::string> branch_filter;
};
BOOST_DESCRIBE_STRUCT(HookOfRepo, (), (id, type, active, events, config, branch_filter))

class GiteaDialect final : public forge_http::Dialect {
 public:
  std::string_view forge() const override { return "Gitea"; }

  // Said with 404, with 422, or with 500: versions differ.
  bool lacks_commit(const http::ClientResponse& answer, std::string_view message) const override {
    return (answer.status == 404 || answer.status == 422 || answer.status == 500) &&
           (message.contains("object does not exist") || message.contains("sha not found"));
  }

  // "token does not have at least one of required scope(s), required=[write:repository], token scope=…"
  std::string lacking(const http::ClientResponse& answer, std::string_view message) const override {
    if (answer.status != 403 || !message.contains("required scope")) return {};
    const std::size_t open = message.find('['), close = message.find(']', open);
    return close == std::string_view::npos ? std::string() : std::string(message.substr(open + 1, close - open - 1));
  }
};

class GiteaWords final : public forge_http::Words {
 public:
  std::string repository_path(std::string_view full_name) const override { return fmt::format("/repos/{}", full_name); }

  Result<scm::RemoteRepository> read_repository(const Connection& connection,
                                                const http::ClientResponse& answer) const override {
    auto repo = connection.read<RepoAnswer>(answer);
    if (!repo) return std::unexpected(std::move(repo.error()));
    return scm::RemoteRepository{
        .id = repo->id,
        .full_name = repo->full_name,
        .default_branch = repo->empty.value_or(false) ? "" : repo->default_branch,
        .is_public = forge_http::flag_in(answer, "private") == false && !repo->internal.value_or(false)};
  }

  std::string_view page_size() const override { return "limit=50"; }

  // The type of a hook, whose payloads that of another one are not, cannot be changed.
  Result<std::vector<Hook>> read_hooks(const Connection& connection, const http::ClientResponse& answer,
                                       const scm::WantedWebhook& wanted) const override {
    auto listed = connection.read<std::vector<HookOfRepo>>(answer);
    if (!listed) return std::unexpected(std::move(listed.error()));
    std::vector<Hook> hooks;
    for (const HookOfRepo& hook : *listed) {
      if (hook.config.url != wanted.url) continue;
      const auto events = hook.events.value_or(std::vector<std::string>());
      const bool hears = std::ranges::all_of(
          told_events, [&](std::string_view event) { return std::ranges::count(events, event) > 0; });
      const std::string filter = hook.branch_filter.value_or("");
      hooks.push_back(
          {.id = hook.id,
           .as_wanted = hook.active && hears && hook.config.content_type == "json" && (filter.empty() || filter == "*"),
           .mendable = hook.type == "gitea" || hook.type == "forgejo"});
    }
    return hooks;
  }

  std::string new_hook(const scm::WantedWebhook& wanted) const override {
    bj::object hook = edited(wanted);
    hook["type"] = "gitea";
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
    return {{"active", true},
            {"events", bj::array(asked_events.begin(), asked_events.end())},
            {"branch_filter", "*"},
            {"config", {{"url", wanted.url}, {"content_type", "json"}, {"secret", wanted.secret.reveal()}}}};
  }
};

}  // namespace

Result<std::unique_ptr<scm::Forge>> make_gitea(asio::any_io_executor executor, scm::ForgeAccess access) {
  auto connection =
      Connection::make(std::move(executor), access, fmt::format("{}/api/v1", access.url),
                       {{"Accept", "application/json"}, {"Authorization", "token " + access.token.reveal()}},
                       std::make_unique<GiteaDialect>());
  if (!connection) return std::unexpected(std::move(connection.error()));
  return forge_http::make_forge(std::move(*connection), std::make_unique<GiteaWords>(), access.url);
}

}  // namespace open_cicd::gitea
