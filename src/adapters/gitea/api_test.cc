#include "adapters/gitea/api.h"

#include "contract/forge_contract.h"

namespace open_cicd::scm::contract {
namespace {

// The API of Gitea, after its documentation and what it does.
class GiteaStandIn final : public StandIn {
 public:
  Reply answer(const Heard& heard) override {
    if (heard.header("authorization") != "token " + token) return says(401, "user does not exist [uid: 0, name: ]");
    const std::string root = "/api/v1/repos/" + full_name;
    if (heard.path() == root && heard.method == "GET") return show();
    if (heard.path().starts_with(root + "/hooks")) return hook(heard, heard.path().substr(root.size() + 6));
    if (heard.path().starts_with(root + "/statuses/") && heard.method == "POST")
      return status(heard, heard.path().substr(root.size() + 10));
    return says(404, "The target couldn't be found.");
  }

 private:
  Reply show() const {
    return json_reply(200, {{"id", repository_id},
                            {"full_name", told_name.value_or(full_name)},
                            {"private", false},
                            {"internal", !is_public},
                            {"empty", false},
                            {"default_branch", default_branch},
                            {"clone_url", "https://evil.example.org/acme/tools.git"}});
  }

  static bj::value shown(const StoredHook& hook) {
    bj::array events{"push", "delete", "pull_request"};
    if (hook.hears_all) {
      events.push_back("pull_request_sync");
      events.push_back("pull_request_label");
    }
    return {{"id", hook.id},        {"type", hook.broken ? "slack" : "gitea"},
            {"branch_filter", "*"}, {"active", hook.active},
            {"events", events},     {"config", {{"url", hook.url}, {"content_type", hook.is_json ? "json" : "form"}}}};
  }

  static Reply insufficient() {
    return says(403,
                "token does not have at least one of required scope(s), required=[write:repository], "
                "token scope=read:repository");
  }

  Reply hook(const Heard& heard, const std::string& rest) {
    if (lacks_scope) return insufficient();
    if (rest.empty() && heard.method == "GET") return page(heard, "limit", shown);
    if (rest.empty() && heard.method == "POST") {
      StoredHook made{.url = {}};
      if (auto wrong = read(heard, made, true)) return *wrong;
      return json_reply(201, shown(add(std::move(made))));
    }
    StoredHook* found = rest.starts_with('/') ? find(rest.substr(1)) : nullptr;
    if (found == nullptr) return says(404, "The target couldn't be found.");
    if (heard.method == "PATCH") {
      if (auto wrong = read(heard, *found, false)) return *wrong;
      return json_reply(200, shown(*found));
    }
    if (heard.method != "DELETE") return says(405, "Method Not Allowed");
    std::erase_if(hooks, [&](const StoredHook& hook) { return hook.id == found->id; });
    return {.status = 204, .body = ""};
  }

  static std::optional<Reply> read(const Heard& heard, StoredHook& to, bool is_new) {
    if (!heard.header("content-type").starts_with("application/json")) return says(422, "Empty Content-Type");
    const auto parsed = json::parse(heard.body);
    if (!parsed || !parsed->is_object()) return says(422, "invalid JSON");
    const bj::object& body = parsed->get_object();
    const auto text = bj::kind::string;
    Types types{{"config", bj::kind::object},
                {"events", bj::kind::array},
                {"active", bj::kind::bool_},
                {"branch_filter", text}};
    if (is_new) types["type"] = text;
    if (const auto wrong =
            wrong_member(body, types, is_new ? std::set<std::string>{"type", "config"} : std::set<std::string>{}))
      return says(422, fmt::format("[{}]: wrong or missing", *wrong));
    const bj::object& config = body.at("config").as_object();
    if (const auto wrong =
            wrong_member(config, {{"url", text}, {"content_type", text}, {"secret", text}}, {"url", "content_type"}))
      return says(422, "Missing config option: " + *wrong);
    to.url = text_of(config, "url");
    to.secret = text_of(config, "secret");
    to.is_json = text_of(config, "content_type") == "json";
    to.active = body.contains("active") && body.at("active").as_bool();
    const bj::array& events = body.at("events").as_array();
    to.hears_all = true;
    for (const char* name : {"push", "delete", "pull_request_only", "pull_request_label", "pull_request_sync"})
      to.hears_all = to.hears_all && std::ranges::count(events, bj::value(name)) == 1;
    return std::nullopt;
  }

  Reply status(const Heard& heard, const std::string& sha) {
    if (lacks_scope) return insufficient();
    const auto parsed = json::parse(heard.body);
    if (!parsed || !parsed->is_object()) return says(422, "invalid JSON");
    const bj::object& body = parsed->get_object();
    const auto text = bj::kind::string;
    if (const auto wrong = wrong_member(
            body, {{"state", text}, {"context", text}, {"description", text}, {"target_url", text}}, {"state"}))
      return says(422, fmt::format("[{}]: wrong or missing", *wrong));
    const std::string state = text_of(body, "state");
    if (state != "error" && state != "failure" && state != "pending" && state != "success")
      return says(422, "unknown state");
    if (!commits.contains(sha))
      return says(500, fmt::format("GetCommit[{}]: object does not exist [id: {}]", sha, sha));
    statuses.push_back(
        {sha, state, text_of(body, "context"), text_of(body, "description"), text_of(body, "target_url")});
    return json_reply(201, {{"id", 1}, {"status", state}});
  }
};

ForgeTraits gitea_forge() {
  return {.name = "Gitea",
          .make = gitea::make_gitea,
          .stand_in = [] { return std::make_unique<GiteaStandIn>(); },
          .states = {"pending", "success", "failure", "error"},
          .hook_scope = "write:repository",
          .status_scope = "write:repository",
          .limits = {says(429, "Too Many Requests", "Retry-After: 90\r\n")},
          .hostile_names = {"acme/tools/hooks", "group/sub/tools"},
          .has_broken_hooks = true};
}

INSTANTIATE_TEST_SUITE_P(Gitea, ForgeContract, ::testing::Values(gitea_forge()));

class GiteaApi : public ForgeContract {};
INSTANTIATE_TEST_SUITE_P(Gitea, GiteaApi, ::testing::Values(gitea_forge()));

TEST_P(GiteaApi, ForgejoHasATypeOfItsOwn) {
  reply_once(json_reply(200, bj::array{{{"id", 5},
                                        {"type", "forgejo"},
                                        {"active", true},
                                        {"events", bj::array{"push"}},
                                        {"config", {{"url", our_url}, {"content_type", "json"}}}}}));
  reply_once(json_reply(200, {{"id", 5}}));
  EXPECT_EQ(keep(), true);
  EXPECT_EQ(host.heard.back().method, "PATCH");
}

TEST_P(GiteaApi, AnEmptyRepositoryHasNoDefaultBranch) {
  reply_once(json_reply(
      200, {{"id", 7}, {"full_name", "acme/tools"}, {"default_branch", "main"}, {"empty", true}, {"private", false}}));
  const auto shown = repository();
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->default_branch, "");
  EXPECT_TRUE(shown->is_public);
}

TEST_P(GiteaApi, ARoleThatIsMissingIsToldInTheForgesWords) {
  reply_once(says(403, "user should be an owner or a collaborator with admin write of a repository"));
  const auto kept = keep();
  EXPECT_EQ(kept.error().code(), "forge_scope");
  EXPECT_TRUE(kept.error().message().contains("admin write"));
}

}  // namespace
}  // namespace open_cicd::scm::contract
