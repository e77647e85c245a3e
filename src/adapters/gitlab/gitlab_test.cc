#include "adapters/gitlab/gitlab.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "contract/webhook_contract.h"

namespace open_cicd::scm::contract {
namespace {

namespace fs = std::filesystem;

const std::string signing_token = "whsec_" + base64(std::string(32, 'k'));
const std::string other_signing_token = "whsec_" + base64(std::string(32, 'j'));

// Bodies of real webhooks; tests/fixtures/README.md says where they are from.
std::vector<Sample> gitlab_samples() {
  std::vector<Sample> samples;
  for (const auto& entry : fs::directory_iterator(OPEN_CICD_ROOT "/tests/fixtures/gitlab")) {
    if (entry.path().extension() != ".json") continue;
    Sample sample{.name = entry.path().stem().string(),
                  .event = {},
                  .delivery = {.headers = {}, .body = read_file(entry.path())}};
    const auto kind = json::parse(sample.delivery.body)->at("object_kind").as_string();
    sample.event = kind == "push"       ? "Push Hook"
                   : kind == "tag_push" ? "Tag Push Hook"
                   : kind == "note"     ? "Note Hook"
                   : kind == "pipeline" ? "Pipeline Hook"
                                        : "Merge Request Hook";
    set_header(sample.delivery, "x-gitlab-event", sample.event);
    set_header(sample.delivery, "content-type", "application/json");
    set_header(sample.delivery, "webhook-id", "d-" + std::to_string(samples.size()));
    samples.push_back(std::move(sample));
  }
  std::ranges::sort(samples, [](const Sample& a, const Sample& b) {  // the push first: it has a commit
    return std::pair(a.name != "push", a.name) < std::pair(b.name != "push", b.name);
  });
  return samples;
}

void sign_at(Delivery& delivery, const std::string& secret, std::int64_t time_s) {
  const std::string id(delivery.header("webhook-id").value_or("")), time = std::to_string(time_s);
  const std::string key = secret.empty() ? "" : decode_base64(secret.substr(6)).value();
  const Sha256 mac = hmac_sha256(key, id + "." + time + "." + delivery.body);
  set_header(delivery, "webhook-timestamp", time);
  set_header(delivery, "webhook-signature", "v1," + base64({reinterpret_cast<const char*>(mac.data()), mac.size()}));
}

WebhookTraits token_traits() {
  return {.name = "token",
          .make = gitlab::make_gitlab_webhooks,
          .samples = gitlab_samples,
          .sign = [](Delivery& delivery, const std::string& secret) { set_header(delivery, "x-gitlab-token", secret); },
          .proof = "x-gitlab-token",
          .signs_body = false};
}

WebhookTraits signed_traits() {
  return {.name = "signed",
          .make = gitlab::make_gitlab_webhooks,
          .samples = gitlab_samples,
          .sign = [](Delivery& delivery, const std::string& secret) { sign_at(delivery, secret, signed_at_s); },
          .proof = "webhook-signature",
          .secret = signing_token,
          .other_secret = other_signing_token,
          .is_list = true,
          .mutates = false};
}

INSTANTIATE_TEST_SUITE_P(Gitlab, WebhookContract, ::testing::Values(token_traits(), signed_traits()));

class GitlabWebhooks : public ::testing::Test {
 protected:
  Result<Happening> receive(const Delivery& delivery, const std::string& secret, std::int64_t now_s = signed_at_s) {
    return what_happened(*reader, delivery, {.secrets = {Secret(secret)}, .now_s = now_s});
  }
  Delivery sample(const std::string& name) { return std::ranges::find(samples, name, &Sample::name)->delivery; }
  Result<Happening> told(const std::string& name) {
    return edited(name, [](json::bj::object&) {});
  }
  Result<Happening> edited(const std::string& name, const std::function<void(json::bj::object&)>& edit) {
    Delivery delivery = sample(name);
    json::bj::value payload = json::parse(delivery.body).value();
    edit(payload.as_object());
    delivery.body = json::serialize(payload);
    set_header(delivery, "x-gitlab-token", "t");
    return receive(delivery, "t");
  }
  static json::bj::object& request_of(json::bj::object& payload) { return payload["object_attributes"].as_object(); }

  std::unique_ptr<WebhookReader> reader = gitlab::make_gitlab_webhooks();
  std::vector<Sample> samples = gitlab_samples();
};

TEST_F(GitlabWebhooks, APushIsTold) {
  const Happening push = told("push").value();
  EXPECT_EQ(push.kind, Kind::push);
  EXPECT_EQ(push.ref, "refs/heads/master");
  EXPECT_EQ(push.before, "9217710ce8c7e1eae7a5d1c45f6e43e1c769f866");
  EXPECT_EQ(push.sha, "2adc9465c4edfc33834e173fe89436a7cb899a1d");
  EXPECT_EQ(push.message, "added readme\n");
  EXPECT_EQ(push.author, "Sid Sijbrandij");
  EXPECT_EQ(push.sender, (Account{.id = 51764, .login = "sytses"}));
  EXPECT_EQ(push.repository,
            (Repository{.id = 4861503, .full_name = "gitlab-org/hello-world", .default_branch = "master"}));
}

TEST_F(GitlabWebhooks, EachBodyHasItsMeaning) {
  const std::pair<const char*, Kind> kinds[] = {{"branch_create", Kind::push},
                                                {"branch_delete", Kind::branch_deleted},
                                                {"branch_delete_subgroup", Kind::branch_deleted},
                                                {"issue_comment_create", Kind::ignored},
                                                {"merge_request_subgroup", Kind::change},
                                                {"pipeline_hook", Kind::ignored},
                                                {"push_merge", Kind::push},
                                                {"push_subgroup", Kind::push},
                                                {"tag_create", Kind::tag},
                                                {"tag_delete", Kind::tag_deleted},
                                                {"tag_delete_subgroup", Kind::tag_deleted}};
  for (const auto& [name, kind] : kinds) EXPECT_EQ(told(name).value().kind, kind) << name;
  const std::pair<const char*, const char*> actions[] = {{"pull_request_create", "opened"},
                                                         {"pull_request_reopen", "reopened"},
                                                         {"pull_request_close", "closed"},
                                                         {"pull_request_merge", "closed"}};
  for (const auto& [name, action] : actions) EXPECT_EQ(told(name).value().action, action) << name;
  EXPECT_EQ(told("pull_request_review_ready").value().kind, Kind::ignored) << "it became a draft";
}

TEST_F(GitlabWebhooks, AMergeRequestIsTold) {
  const Happening opened = told("pull_request_create").value();
  EXPECT_EQ(opened.ref, "refs/merge-requests/1/head");
  EXPECT_EQ(opened.sha, "c4c79227ed610f1151f05bbc5be33b4f340d39c8");
  EXPECT_EQ(opened.message, "update readme\n");
  EXPECT_EQ(opened.sender, std::nullopt) << "old versions name nobody by id";
  EXPECT_EQ(opened.change, (Change{.number = 1,
                                   .title = "update readme",
                                   .source_branch = "feature",
                                   .target_branch = "master",
                                   .is_fork = false,
                                   .source_repository = 4861503,
                                   .author_id = 51764}));
}

TEST_F(GitlabWebhooks, UpdatesAreToldApart) {
  const auto with = [&](
                        const char* changes, const std::function<void(json::bj::object&)>& edit = [](auto&) {}) {
    return edited("pull_request_create",
                  [&](json::bj::object& payload) {
                    request_of(payload)["action"] = "update";
                    payload["changes"] = json::parse(changes).value();
                    edit(payload);
                  })
        .value();
  };
  const Happening pushed =
      with("{}", [](json::bj::object& payload) { request_of(payload)["oldrev"] = std::string(40, 'a'); });
  EXPECT_EQ(pushed.action, "updated");
  EXPECT_EQ(pushed.before, std::string(40, 'a'));
  EXPECT_EQ(with("{}").kind, Kind::ignored);
  EXPECT_EQ(with(R"({"title": {"previous": "a", "current": "b"}})").action, "edited");
  const Happening target = with(R"({"target_branch": {"previous": "dev", "current": "master"}})");
  EXPECT_EQ(target.action, "edited");
  EXPECT_TRUE(target.change->retargeted);
  EXPECT_EQ(with(R"({"draft": {"previous": true, "current": false}, "title": {}})").action, "ready");
  EXPECT_EQ(with(R"({"draft": {"previous": false, "current": true}, "title": {}})").kind, Kind::ignored);
  EXPECT_EQ(with(R"({"labels": {"previous": [], "current": [{"id": 1, "title": "bug"}]}})").action, "labeled");
  EXPECT_EQ(with(R"({"labels": {"previous": [{"id": 1, "title": "bug"}], "current": []}})").action, "unlabeled");
  EXPECT_EQ(with("null").kind, Kind::ignored);
}

TEST_F(GitlabWebhooks, AForkIsToldByIds) {
  const auto from = [&](json::bj::value id) {
    return edited("pull_request_create",
                  [&](json::bj::object& payload) { request_of(payload)["source_project_id"] = id; })
        .value();
  };
  EXPECT_FALSE(from(4861503).change->is_fork);
  EXPECT_TRUE(from(4861504).change->is_fork) << "everything else still names the same project";
  EXPECT_TRUE(from(nullptr).change->is_fork) << "the project is gone";
  EXPECT_EQ(from(nullptr).change->source_repository, std::nullopt);
}

TEST_F(GitlabWebhooks, D7_ASignatureHasItsTime) {
  Delivery delivery = sample("push");
  sign_at(delivery, signing_token, signed_at_s);
  for (const std::int64_t off : {0, 300, -300}) EXPECT_TRUE(receive(delivery, signing_token, signed_at_s + off)) << off;
  for (const std::int64_t off : {301, -301, 86'400, -86'400})
    EXPECT_FALSE(receive(delivery, signing_token, signed_at_s + off)) << off;
  set_header(delivery, "webhook-timestamp", std::to_string(signed_at_s + 1));
  EXPECT_FALSE(receive(delivery, signing_token)) << "the time is signed, too";
  for (const std::int64_t now : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
    sign_at(delivery, signing_token, INT64_MAX);
    EXPECT_EQ(receive(delivery, signing_token, now).has_value(), now == INT64_MAX) << now;
  }
}

TEST_F(GitlabWebhooks, D7_AnIdWithADotIsRefused) {
  Delivery delivery = sample("push");
  for (const char* id : {"a.b", ".", ""}) {
    set_header(delivery, "webhook-id", id);
    sign_at(delivery, signing_token, signed_at_s);
    EXPECT_FALSE(receive(delivery, signing_token)) << id;
  }
}

TEST_F(GitlabWebhooks, ASigningTokenIsNoPassword) {
  Delivery delivery = sample("push");
  set_header(delivery, "x-gitlab-token", signing_token);
  EXPECT_FALSE(receive(delivery, signing_token)) << "it is never sent";
  set_header(delivery, "x-gitlab-token", "t");
  set_header(delivery, "webhook-signature", "v1,AAAA");
  EXPECT_FALSE(receive(delivery, "t")) << "a signature that is there must be right";
}

TEST_F(GitlabWebhooks, OneOfSeveralSignaturesIsEnough) {
  Delivery delivery = sample("push");
  sign_at(delivery, signing_token, signed_at_s);
  const std::string good(*delivery.header("webhook-signature"));
  for (const std::string& several : {"v1,AAAA " + good, good + " v1a,AAAA", "  " + good}) {
    set_header(delivery, "webhook-signature", several);
    EXPECT_TRUE(receive(delivery, signing_token)) << several;
  }
  for (const std::string& none : {"v2" + good.substr(2), std::string("v1,"), std::string(" ")}) {
    set_header(delivery, "webhook-signature", none);
    EXPECT_FALSE(receive(delivery, signing_token)) << none;
  }
}

}  // namespace
}  // namespace open_cicd::scm::contract
