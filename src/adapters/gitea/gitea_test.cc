#include "adapters/gitea/gitea.h"

#include "base/crypto.h"
#include "contract/webhook_contract.h"

#include <boost/json/parse.hpp>

namespace open_cicd::scm::contract {
namespace {

namespace fs = std::filesystem;

// Recorded from a real Gitea, with the headers and signatures that it sent; the secret is "s3cr3t".
std::vector<Sample> gitea_samples() {
  std::vector<Sample> samples;
  for (const auto& entry : fs::directory_iterator(OPEN_CICD_ROOT "/tests/fixtures/gitea")) {
    const std::string file = entry.path().filename().string(), name = file.substr(0, file.find('.'));
    if (!file.ends_with(".body.json")) continue;
    Sample sample{.name = name, .event = name.substr(3), .delivery = {.headers = {}, .body = read_file(entry.path())}};
    const auto sent = boost::json::parse(read_file(entry.path().parent_path() / (name + ".headers.json")));
    const auto& raw = sent.at("raw").as_array();
    for (std::size_t i = 0; i + 1 < raw.size(); i += 2) {
      std::string header(raw[i].as_string());
      std::ranges::transform(header, header.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      sample.delivery.headers.push_back({header, std::string(raw[i + 1].as_string())});
    }
    samples.push_back(std::move(sample));
  }
  std::ranges::sort(samples, {}, &Sample::name);
  return samples;
}

void sign(Delivery& delivery, const std::string& secret) {
  const std::string hex = to_hex(hmac_sha256(secret, delivery.body));
  set_header(delivery, "x-gitea-signature", hex);
  set_header(delivery, "x-hub-signature-256", "sha256=" + hex);
}

WebhookTraits gitea_traits(std::string proof) {
  return {.name = proof, .make = gitea::make_gitea_webhooks, .samples = gitea_samples, .sign = sign, .proof = proof};
}

WebhookTraits traits_with_one(std::string proof) {
  WebhookTraits traits = gitea_traits(proof);
  traits.mutates = proof == "x-gitea-signature";
  traits.sign = [proof](Delivery& delivery, const std::string& secret) {
    sign(delivery, secret);
    std::erase_if(delivery.headers, [&](const Header& header) {
      return header.name != proof && (header.name == "x-gitea-signature" || header.name == "x-hub-signature-256");
    });
  };
  return traits;
}

INSTANTIATE_TEST_SUITE_P(Gitea, WebhookContract,
                         ::testing::Values(traits_with_one("x-gitea-signature"),
                                           traits_with_one("x-hub-signature-256")));

class GiteaWebhooks : public ::testing::Test {
 protected:
  Result<Happening> receive(const Delivery& delivery) {
    return what_happened(*reader, delivery, {.secrets = {Secret("s3cr3t")}, .repository_id = 2});
  }
  Happening recorded(const std::string& name) {
    return receive(std::ranges::find(samples, name, &Sample::name)->delivery).value();
  }
  // A recorded delivery in which a text was replaced.
  Result<Happening> edited(const std::string& name, std::initializer_list<std::pair<std::string, std::string>> edits) {
    Delivery delivery = std::ranges::find(samples, name, &Sample::name)->delivery;
    for (const auto& [from, to] : edits) {
      EXPECT_TRUE(delivery.body.contains(from)) << from;
      for (std::size_t at = 0; (at = delivery.body.find(from, at)) != std::string::npos; at += to.size())
        delivery.body.replace(at, from.size(), to);
    }
    sign(delivery, "s3cr3t");
    return receive(delivery);
  }

  std::unique_ptr<WebhookReader> reader = gitea::make_gitea_webhooks();
  std::vector<Sample> samples = gitea_samples();
};

TEST_F(GiteaWebhooks, TheRecordedSignaturesAreRight) {
  ASSERT_EQ(samples.size(), 18u);
  for (const Sample& sample : samples) EXPECT_TRUE(receive(sample.delivery)) << sample.name;
  Delivery mixed = samples.front().delivery;
  set_header(mixed, "x-hub-signature-256", "sha256=" + std::string(64, '0'));
  EXPECT_FALSE(receive(mixed)) << "each signature that is there must be right";
}

TEST_F(GiteaWebhooks, APushIsTold) {
  const Happening push = recorded("01_push");
  EXPECT_EQ(push.kind, Kind::push);
  EXPECT_EQ(push.ref, "refs/heads/main");
  EXPECT_EQ(push.before, "8dfc1c24d1b88b05286026fd298bc0f67e3f20b4");
  EXPECT_EQ(push.after, "4d339c3da4d263b1f29948852c0493426c67ee70");
  EXPECT_EQ(push.sha, push.after);
  EXPECT_EQ(push.message, "add a — ünïcode [skip ci]\n");
  EXPECT_EQ(push.author, "Zoë Ä");
  EXPECT_EQ(push.sender, (Account{.id = 1, .login = "adm"}));
  EXPECT_EQ(push.repository, (Repository{.id = 2, .full_name = "adm/rec", .default_branch = "main"}));
  EXPECT_EQ(push.forced, std::nullopt);
  EXPECT_EQ(push.event_key,
            "push refs/heads/main 8dfc1c24d1b88b05286026fd298bc0f67e3f20b4 4d339c3da4d263b1f29948852c0493426c67ee70");
  const auto event = event_of(push).value();
  EXPECT_EQ(event.name, "push");
  EXPECT_EQ(event.branch, "main");
  EXPECT_EQ(event.base_sha, push.before);
  EXPECT_EQ(event.repository, "adm/rec");
  EXPECT_EQ(recorded("03_push").before, std::nullopt) << "the branch is new";
}

TEST_F(GiteaWebhooks, EachDeliveryHasItsMeaning) {
  const std::pair<const char*, Kind> kinds[] = {{"02_create", Kind::ignored},
                                                {"03_push", Kind::push},
                                                {"04_pull_request", Kind::change},
                                                {"05_push", Kind::push},
                                                {"06_pull_request", Kind::change},
                                                {"07_issue_comment", Kind::ignored},
                                                {"08_push", Kind::push},
                                                {"10_pull_request", Kind::change},
                                                {"11_push", Kind::push},
                                                {"12_release", Kind::ignored},
                                                {"13_push", Kind::tag},
                                                {"14_create", Kind::ignored},
                                                {"16_delete", Kind::branch_deleted},
                                                {"17_push", Kind::tag_deleted},
                                                {"18_delete", Kind::ignored}};
  for (const auto& [name, kind] : kinds) EXPECT_EQ(recorded(name).kind, kind) << name;
  EXPECT_EQ(recorded("16_delete").ref, "refs/heads/feat/x");
  EXPECT_EQ(recorded("17_push").after, std::nullopt);
}

TEST_F(GiteaWebhooks, AnAnnotatedTagRunsItsCommit) {
  const Happening tag = recorded("13_push");
  EXPECT_EQ(tag.after, "d9e882bb620a7282825cb75da5c4ebb376c5633b");
  EXPECT_EQ(tag.sha, "467d529c07f88e63766cae5303441d0fada1f6a0");
  const auto event = event_of(tag).value();
  EXPECT_EQ(event.tag, "v1.0");
  EXPECT_EQ(event.sha, tag.sha);
  EXPECT_EQ(event.branch, std::nullopt);
}

TEST_F(GiteaWebhooks, APullRequestIsTold) {
  const Happening opened = recorded("04_pull_request");
  EXPECT_EQ(opened.action, "opened");
  EXPECT_EQ(opened.ref, "refs/pull/1/head");
  EXPECT_EQ(opened.sha, "30f9403dddd4e1c59465464b11152411887eb23a");
  EXPECT_EQ(opened.change, (Change{.number = 1,
                                   .title = "t",
                                   .source_branch = "feat/x",
                                   .target_branch = "main",
                                   .is_fork = false,
                                   .source_repository = 2,
                                   .author_id = 1,
                                   .base_sha = "4d339c3da4d263b1f29948852c0493426c67ee70"}));
  EXPECT_EQ(recorded("06_pull_request").action, "updated");
  EXPECT_EQ(recorded("10_pull_request").action, "closed");
  EXPECT_EQ(event_of(opened)->name, "pull_request");
  EXPECT_EQ(event_of(opened)->change->target_branch, "main");
}

TEST_F(GiteaWebhooks, EditsAreToldApart) {
  const auto with_changes = [&](const std::string& action, const std::string& changes, const std::string& title) {
    return edited("04_pull_request",
                  {{"\"action\": \"opened\"", "\"changes\": " + changes + ", \"action\": \"" + action + "\""},
                   {"\"title\": \"t\"", "\"title\": \"" + title + "\""}})
        .value();
  };
  const Happening title = with_changes("edited", R"({"title": {"from": "s"}})", "t");
  EXPECT_EQ(title.action, "edited");
  EXPECT_FALSE(title.change->retargeted);
  const Happening target = with_changes("edited", R"({"ref": {"from": "dev"}})", "t");
  EXPECT_EQ(target.action, "edited");
  EXPECT_TRUE(target.change->retargeted);
  EXPECT_EQ(with_changes("edited", R"({"title": {"from": "WIP: t"}})", "t").action, "ready");
  const Happening draft = with_changes("edited", R"({"title": {"from": "t"}})", "[wip] t");
  EXPECT_EQ(draft.action, "edited");
  EXPECT_TRUE(draft.change->draft);
  EXPECT_NE(draft.event_key, title.event_key) << "nothing of git tells two edits apart";
  EXPECT_EQ(with_changes("label_updated", "null", "t").action, "labeled");
  EXPECT_EQ(with_changes("assigned", "{}", "t").kind, Kind::ignored);
}

TEST_F(GiteaWebhooks, AForkIsToldByIds) {
  const auto fork =
      edited("04_pull_request", {{"\"sha\": \"30f9403dddd4e1c59465464b11152411887eb23a\",\n      \"repo_id\": 2",
                                  "\"sha\": \"30f9403dddd4e1c59465464b11152411887eb23a\",\n      \"repo_id\": 3"},
                                 {"\"feat/x\"", "\"main\""}})
          .value();
  EXPECT_TRUE(fork.change->is_fork) << "its branch has the same name, and its repository still says the same id";
  EXPECT_EQ(fork.change->source_repository, 3);
  EXPECT_TRUE(event_of(fork)->change->is_fork);
  EXPECT_EQ(event_of(fork)->branch, std::nullopt) << "a change is no push to main";
}

TEST_F(GiteaWebhooks, TheButtonThatTriesAWebhookStartsNothing) {
  const auto tried =
      edited("01_push", {{"8dfc1c24d1b88b05286026fd298bc0f67e3f20b4", "4d339c3da4d263b1f29948852c0493426c67ee70"}});
  EXPECT_EQ(tried.value().kind, Kind::ping);
}

TEST_F(GiteaWebhooks, ForgejosOwnHeadersAreEnough) {
  Delivery delivery = samples.front().delivery;
  std::erase_if(delivery.headers, [](const Header& header) { return header.name != "content-type"; });
  set_header(delivery, "x-forgejo-event", "push");
  set_header(delivery, "x-forgejo-delivery", "d1");
  set_header(delivery, "x-forgejo-signature", to_hex(hmac_sha256("s3cr3t", delivery.body)));
  EXPECT_EQ(receive(delivery).value().kind, Kind::push);
  EXPECT_EQ(delivery_id(*reader, delivery), "d1");
}

}  // namespace
}  // namespace open_cicd::scm::contract
