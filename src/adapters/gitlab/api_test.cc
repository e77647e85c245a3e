#include "adapters/gitlab/api.h"

#include "contract/forge_contract.h"

namespace open_cicd::scm::contract {
namespace {

// GitLab's API version 4, after its documentation.
class GitlabStandIn final : public StandIn {
 public:
  bool signs_webhooks = true;  // a GitLab that knows signing tokens
  std::set<std::int64_t> with_signing_token;

  Reply answer(const Heard& heard) override {
    if (heard.header("private-token") != token) return says(401, "401 Unauthorized");
    std::string encoded = full_name;
    if (const std::size_t slash = encoded.find('/'); slash != std::string::npos) encoded.replace(slash, 1, "%2F");
    const std::string root = "/api/v4/projects/" + encoded;
    if (heard.path() == root && heard.method == "GET") return show();
    if (heard.path().starts_with(root + "/hooks")) return hook(heard, heard.path().substr(root.size() + 6));
    if (heard.path().starts_with(root + "/statuses/") && heard.method == "POST")
      return status(heard, heard.path().substr(root.size() + 10));
    return says(404, "404 Project Not Found");
  }

 private:
  Reply show() const {
    return json_reply(200, {{"id", repository_id},
                            {"path_with_namespace", told_name.value_or(full_name)},
                            {"visibility", is_public ? "public" : "internal"},
                            {"default_branch", default_branch},
                            {"http_url_to_repo", "https://evil.example.org/acme/tools.git"}});
  }

  bj::value shown(const StoredHook& hook) const {
    bj::object told{{"id", hook.id},
                    {"url", hook.url},
                    {"project_id", repository_id},
                    {"push_events", hook.active},
                    {"tag_push_events", hook.hears_all},
                    {"merge_requests_events", true},
                    {"push_events_branch_filter", nullptr},
                    {"enable_ssl_verification", hook.is_json},
                    {"alert_status", hook.broken ? "disabled" : "executable"}};
    if (signs_webhooks) told["signing_token_present"] = with_signing_token.contains(hook.id);
    return told;
  }

  static Reply insufficient() {
    return json_reply(
        403, {{"error", "insufficient_scope"},
              {"error_description", "The request requires higher privileges than provided by the access token."},
              {"scope", "api"}});
  }

  Reply hook(const Heard& heard, const std::string& rest) {
    if (lacks_scope) return insufficient();
    if (rest.empty() && heard.method == "GET")
      return page(heard, "per_page", [this](const StoredHook& hook) { return shown(hook); });
    if (rest.empty() && heard.method == "POST") {
      StoredHook& made = add({});
      if (auto wrong = read(heard, made)) {
        hooks.pop_back();
        return *wrong;
      }
      return json_reply(201, shown(made));
    }
    StoredHook* found = rest.starts_with('/') ? find(rest.substr(1)) : nullptr;
    if (found == nullptr) return says(404, "404 Not found");
    if (heard.method == "PUT") {
      if (auto wrong = read(heard, *found)) return *wrong;
      return json_reply(200, shown(*found));
    }
    if (heard.method != "DELETE") return json_reply(405, {{"error", "405 Not Allowed"}});
    std::erase_if(hooks, [&](const StoredHook& hook) { return hook.id == found->id; });
    return {.status = 204, .body = ""};
  }

  static Reply invalid(std::string_view member) {
    return json_reply(400, {{"error", fmt::format("{} is invalid", member)}});
  }

  std::optional<Reply> read(const Heard& heard, StoredHook& to) {
    if (!heard.header("content-type").starts_with("application/json"))
      return json_reply(406, {{"error", "The requested content-type is not supported."}});
    const auto parsed = json::parse(heard.body);
    if (!parsed || !parsed->is_object()) return json_reply(400, {{"error", "400 Bad request"}});
    const bj::object& body = parsed->get_object();
    const auto text = bj::kind::string, flag = bj::kind::bool_;
    const Types types{{"url", text},
                      {"token", text},
                      {"signing_token", text},
                      {"push_events", flag},
                      {"tag_push_events", flag},
                      {"merge_requests_events", flag},
                      {"push_events_branch_filter", text},
                      {"branch_filter_strategy", text},
                      {"enable_ssl_verification", flag}};
    if (const auto wrong = wrong_member(body, types, {"url"})) return invalid(*wrong);
    to.url = text_of(body, "url");
    if (body.contains("token")) to.secret = text_of(body, "token");
    if (body.contains("signing_token") && signs_webhooks) {
      to.secret = text_of(body, "signing_token");
      with_signing_token.insert(to.id);
    }
    const auto on = [&](const char* name) { return body.contains(name) && body.at(name).as_bool(); };
    to.active = on("push_events");
    to.hears_all = on("tag_push_events") && on("merge_requests_events");
    to.is_json = on("enable_ssl_verification");
    return std::nullopt;
  }

  Reply status(const Heard& heard, const std::string& sha) {
    if (lacks_scope) return insufficient();
    const auto parsed = json::parse(heard.body);
    if (!parsed || !parsed->is_object()) return json_reply(400, {{"error", "400 Bad request"}});
    const bj::object& body = parsed->get_object();
    const auto text = bj::kind::string;
    if (const auto wrong = wrong_member(
            body, {{"state", text}, {"name", text}, {"description", text}, {"target_url", text}}, {"state"}))
      return invalid(*wrong);
    const std::string state = text_of(body, "state"), name = text_of(body, "name");
    const std::map<std::string, std::string> verbs{
        {"pending", "enqueue"}, {"running", "run"}, {"success", "succeed"}, {"failed", "drop"}, {"canceled", "cancel"}};
    if (!verbs.contains(state)) return json_reply(400, {{"error", "state does not have a valid value"}});
    if (!commits.contains(sha)) return says(404, "404 Commit Not Found");
    const auto same = std::ranges::find_if(statuses, [&](const PostedStatus& before) {
      return before.sha == sha && before.context == name && before.state == state;
    });
    if (same != statuses.end())
      return says(400, fmt::format("Cannot transition status via :{0} from :{1} (Reason(s): Status cannot transition "
                                   "via \"{0}\")",
                                   verbs.at(state), state));
    statuses.push_back({sha, state, name, text_of(body, "description"), text_of(body, "target_url")});
    return json_reply(201, {{"id", 1}, {"status", state}});
  }
};

ForgeTraits gitlab_forge() {
  return {.name = "GitLab",
          .make = gitlab::make_gitlab,
          .stand_in = [] { return std::make_unique<GitlabStandIn>(); },
          .states = {"pending", "success", "failed", "failed"},
          .hook_scope = "api",
          .status_scope = "api",
          .limits = {says(429, "Retry later", "Retry-After: 90\r\nRateLimit-Reset: 1\r\n"),
                     says(429, "Retry later", "RateLimit-Remaining: 0\r\nRateLimit-Reset: {now+90}\r\n")},
          .hostile_names = {"group/../tools", "group//sub/tools", "group/sub/"},
          .has_broken_hooks = true};
}

INSTANTIATE_TEST_SUITE_P(Gitlab, ForgeContract, ::testing::Values(gitlab_forge()));

class GitlabApi : public ForgeContract {
 protected:
  GitlabStandIn& gitlab() { return dynamic_cast<GitlabStandIn&>(*stand_in); }
  const std::string key = "whsec_c2VjcmV0";
};
INSTANTIATE_TEST_SUITE_P(Gitlab, GitlabApi, ::testing::Values(gitlab_forge()));

TEST_P(GitlabApi, GroupsMayStandInGroups) {
  stand_in->full_name = "acme/tools";
  reply_once(json_reply(200, {{"id", 7}, {"path_with_namespace", "a/b/c"}, {"visibility", "private"}}));
  const auto shown = repository("a/b/c");
  ASSERT_TRUE(shown) << shown.error().message();
  EXPECT_EQ(host.heard.front().target, "/api/v4/projects/a%2Fb%2Fc");
  EXPECT_EQ(shown->default_branch, "") << "it has no commits yet";
  EXPECT_FALSE(shown->is_public);
}

TEST_P(GitlabApi, AKeySigns) {
  secret = key;
  ASSERT_TRUE(keep());
  ASSERT_EQ(gitlab().with_signing_token.size(), 1u);
  EXPECT_EQ(stand_in->hooks.front().secret, key);
  EXPECT_EQ(keep(), false);
}

TEST_P(GitlabApi, AnOlderGitlabThatDoesNotSignIsToldOf) {
  secret = key;
  gitlab().signs_webhooks = false;
  const auto kept = keep();
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code(), "forge_refused");
  expect_no_secret(kept.error(), "keep_webhook");
}

TEST_P(GitlabApi, AWebhookThatSignsWithAnotherKeyIsReplaced) {
  const std::int64_t before = stand_in->add({.url = our_url}).id;
  gitlab().with_signing_token.insert(before);
  ASSERT_TRUE(keep());
  ASSERT_EQ(stand_in->hooks.size(), 1u);
  EXPECT_NE(stand_in->hooks.front().id, before);
}

TEST_P(GitlabApi, ATransitionThatIsNotToTheSameStateIsRefused) {
  reply_once(says(400, "Cannot transition status via :run from :success (Reason(s): Status cannot transition)"));
  EXPECT_EQ(set(a_status()).error().code(), "forge_refused");
}

TEST_P(GitlabApi, ARoleThatIsMissingIsSaid) {
  reply_once(says(403, "403 Forbidden"));
  const auto kept = keep();
  EXPECT_EQ(kept.error().code(), "forge_scope");
  EXPECT_TRUE(kept.error().message().contains("Maintainer"));
}

}  // namespace
}  // namespace open_cicd::scm::contract
