#include "adapters/github/api.h"

#include "contract/forge_contract.h"

namespace open_cicd::scm::contract {
namespace {

// GitHub Enterprise's API, after GitHub's documentation of version 2022-11-28.
class GithubStandIn final : public StandIn {
 public:
  Reply answer(const Heard& heard) override {
    if (heard.header("user-agent").empty()) return says(403, "Request forbidden by administrative rules.");
    if (heard.header("authorization") != "Bearer " + token) return says(401, "Bad credentials");
    if (heard.header("x-github-api-version") != "2022-11-28") return says(400, "not a supported version");
    if (heard.header("accept") != "application/vnd.github+json") return says(415, "Unsupported 'Accept' header");
    const std::string root = "/api/v3/repos/" + full_name;
    if (heard.path() == root && heard.method == "GET") return show();
    if (heard.path().starts_with(root + "/hooks")) return hook(heard, heard.path().substr(root.size() + 6));
    if (heard.path().starts_with(root + "/statuses/") && heard.method == "POST")
      return status(heard, heard.path().substr(root.size() + 10));
    return says(404, "Not Found");
  }

 private:
  Reply show() const {
    return json_reply(200, {{"id", repository_id},
                            {"node_id", "x"},
                            {"full_name", told_name.value_or(full_name)},
                            {"private", !is_public},
                            {"default_branch", default_branch},
                            {"clone_url", "https://evil.example.org/acme/tools.git"}});
  }

  static bj::value shown(const StoredHook& hook) {
    bj::array events{"push"};
    if (hook.hears_all) events.push_back("pull_request");
    return {{"type", "Repository"},
            {"id", hook.id},
            {"name", "web"},
            {"active", hook.active},
            {"events", events},
            {"config",
             {{"url", hook.url},
              {"content_type", hook.is_json ? "json" : "form"},
              {"secret", "********"},
              {"insecure_ssl", "0"}}}};
  }

  Reply hook(const Heard& heard, const std::string& rest) {
    if (lacks_scope)
      return says(404, "Not Found",
                  "X-OAuth-Scopes: read:user, repo:status\r\n"
                  "X-Accepted-OAuth-Scopes: admin:repo_hook, public_repo, repo, write:repo_hook\r\n");
    if (rest.empty() && heard.method == "GET") return page(heard, "per_page", shown);
    if (rest.empty() && heard.method == "POST") {
      StoredHook made{.url = {}};
      if (auto wrong = read(heard, made, true)) return *wrong;
      if (std::ranges::count(hooks, made.url, &StoredHook::url) > 0)
        return json_reply(422, {{"message", "Validation Failed"},
                                {"errors", bj::array{{{"resource", "Hook"},
                                                      {"code", "custom"},
                                                      {"message", "Hook already exists on this repository"}}}}});
      return json_reply(201, shown(add(std::move(made))));
    }
    StoredHook* found = rest.starts_with('/') ? find(rest.substr(1)) : nullptr;
    if (found == nullptr) return says(404, "Not Found");
    if (heard.method == "PATCH") {
      if (auto wrong = read(heard, *found, false)) return *wrong;
      return json_reply(200, shown(*found));
    }
    if (heard.method != "DELETE") return says(404, "Not Found");
    std::erase_if(hooks, [&](const StoredHook& hook) { return hook.id == found->id; });
    return {.status = 204, .body = ""};
  }

  static Reply invalid(std::string_view member) {
    return says(422, fmt::format("Invalid request.\n\n\"{}\" is not a permitted key.", member));
  }

  static std::optional<Reply> read(const Heard& heard, StoredHook& to, bool is_new) {
    if (!heard.header("content-type").starts_with("application/json")) return says(400, "Problems parsing JSON");
    const auto parsed = json::parse(heard.body);
    if (!parsed || !parsed->is_object()) return says(400, "Problems parsing JSON");
    const bj::object& body = parsed->get_object();
    Types types{{"config", bj::kind::object}, {"events", bj::kind::array}, {"active", bj::kind::bool_}};
    if (is_new) types["name"] = bj::kind::string;
    if (const auto wrong = wrong_member(body, types, {"config"})) return invalid(*wrong);
    const bj::object& config = body.at("config").as_object();
    const auto text = bj::kind::string;
    if (const auto wrong = wrong_member(
            config, {{"url", text}, {"content_type", text}, {"secret", text}, {"insecure_ssl", text}}, {"url"}))
      return invalid(*wrong);
    to.url = text_of(config, "url");
    to.secret = text_of(config, "secret");
    to.is_json = text_of(config, "content_type") == "json";
    to.active = !body.contains("active") || body.at("active").as_bool();
    const bj::array& events = body.at("events").as_array();
    to.hears_all = std::ranges::count(events, bj::value("push")) == 1 &&
                   std::ranges::count(events, bj::value("pull_request")) == 1;
    return std::nullopt;
  }

  Reply status(const Heard& heard, const std::string& sha) {
    if (lacks_scope)
      return says(403, "Resource not accessible by personal access token",
                  "X-Accepted-GitHub-Permissions: statuses=write\r\n");
    const auto parsed = json::parse(heard.body);
    if (!parsed || !parsed->is_object()) return says(400, "Problems parsing JSON");
    const bj::object& body = parsed->get_object();
    const auto text = bj::kind::string;
    if (const auto wrong = wrong_member(
            body, {{"state", text}, {"context", text}, {"description", text}, {"target_url", text}}, {"state"}))
      return invalid(*wrong);
    const std::string state = text_of(body, "state");
    if (state != "error" && state != "failure" && state != "pending" && state != "success")
      return says(422, "Validation Failed");
    if (!commits.contains(sha)) return says(422, "No commit found for SHA: " + sha);
    statuses.push_back(
        {sha, state, text_of(body, "context"), text_of(body, "description"), text_of(body, "target_url")});
    return json_reply(201, {{"id", 1}, {"state", state}});
  }
};

ForgeTraits github_forge() {
  return {
      .name = "GitHub",
      .make = github::make_github,
      .stand_in = [] { return std::make_unique<GithubStandIn>(); },
      .states = {"pending", "success", "failure", "error"},
      .hook_scope = "admin:repo_hook, public_repo, repo, write:repo_hook",
      .status_scope = "statuses=write",
      .limits = {says(403, "API rate limit exceeded",
                      "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {now+90}\r\n"),
                 says(429, "API rate limit exceeded", "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {now+90}\r\n"),
                 says(403, "You have exceeded a secondary rate limit",
                      "Retry-After: 90\r\nX-RateLimit-Remaining: 4000\r\nX-RateLimit-Reset: 1\r\n")},
      .hostile_names = {"acme/tools/hooks", "group/sub/tools"}};
}

INSTANTIATE_TEST_SUITE_P(Github, ForgeContract, ::testing::Values(github_forge()));

class GithubApi : public ForgeContract {};
INSTANTIATE_TEST_SUITE_P(Github, GithubApi, ::testing::Values(github_forge()));

TEST_P(GithubApi, ASecondaryLimitThatSaysNoTimeLastsAMinute) {
  reply_once(says(403, "You have exceeded a secondary rate limit. Please wait a few minutes.",
                  "X-RateLimit-Remaining: 4000\r\n"));
  const auto shown = repository();
  EXPECT_EQ(shown.error().code(), "forge_limit");
  EXPECT_EQ(shown.error().retry_after(), std::chrono::seconds(60));
}

TEST_P(GithubApi, AWebhookThatSomebodyElseMakesMeanwhileIsKept) {
  host.bytes.push_back(says(200, "").text());
  host.bytes.back() = json_reply(200, bj::array()).text();
  stand_in->add({.url = our_url, .secret = "old"});
  const auto kept = keep();
  ASSERT_TRUE(kept) << kept.error().message() << kept.error().detail();
  ASSERT_EQ(stand_in->hooks.size(), 1u);
  EXPECT_EQ(stand_in->hooks.front().secret, secret);
}

TEST_P(GithubApi, ATokenWithOneOfTheScopesThatAreTakenLacksNone) {
  reply_once(
      says(404, "Not Found", "X-OAuth-Scopes: user, repo\r\nX-Accepted-OAuth-Scopes: admin:repo_hook, repo\r\n"));
  EXPECT_EQ(keep().error().code(), "forge_repository");
}

}  // namespace
}  // namespace open_cicd::scm::contract
