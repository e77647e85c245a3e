#include "adapters/git/git.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "contract/forge_stand_in.h"
#include "contract/webhook_contract.h"

#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace open_cicd::scm::contract {
namespace {

namespace fs = std::filesystem;

const std::string a(40, 'a'), b(40, 'b'), zero(40, '0');

Sample sample(std::string name, const bj::object& body) {
  return {.name = name,
          .event = name,
          .delivery = {.headers = {{"content-type", "application/json"}, {"webhook-id", "d-1"}},
                       .body = json::serialize(body)}};
}

std::vector<Sample> git_samples() {
  return {sample("push", {{"ref", "refs/heads/main"}, {"before", a}, {"after", b}}),
          sample("created", {{"ref", "refs/heads/new"}, {"before", zero}, {"after", b}, {"pusher", "Zoë"}}),
          sample("deleted", {{"ref", "refs/heads/old"}, {"before", a}, {"after", zero}}),
          sample("tag", {{"ref", "refs/tags/v1"}, {"before", zero}, {"after", a}, {"commit", b}, {"message", "v1\n"}}),
          sample("note", {{"ref", "refs/notes/commits"}, {"before", a}, {"after", b}, {"repository", "tools"}})};
}

void sign_as(Delivery& delivery, const std::string& key, std::int64_t time_s) {
  const std::string time = std::to_string(time_s), id(delivery.header("webhook-id").value_or(""));
  const Sha256 mac = hmac_sha256(key, fmt::format("{}.{}.{}", id, time, delivery.body));
  set_header(delivery, "webhook-timestamp", time);
  set_header(delivery, "webhook-signature", "v1," + base64({reinterpret_cast<const char*>(mac.data()), mac.size()}));
}

WebhookTraits git_traits(bool with_prefix) {
  WebhookTraits traits{
      .name = with_prefix ? "whsec" : "plain",
      .make = git_remote::make_git_webhooks,
      .samples = git_samples,
      .sign = [](Delivery& delivery, const std::string& secret) { sign_as(delivery, secret, signed_at_s); },
      .proof = "webhook-signature",
      .is_list = true,
      .mutates = false,
      .repository = Repository{.id = 1, .full_name = "tools", .default_branch = "main"}};
  if (!with_prefix) return traits;
  traits.secret = "whsec_" + base64("a key of bytes \x01\xff");
  traits.other_secret = "whsec_" + base64("a key of bytes \x01\xfe");
  traits.sign = [](Delivery& delivery, const std::string& secret) {
    sign_as(delivery, decode_base64(secret.empty() ? "" : secret.substr(6)).value(), signed_at_s);
  };
  return traits;
}

INSTANTIATE_TEST_SUITE_P(Git, WebhookContract, ::testing::Values(git_traits(false), git_traits(true)));

class GitWebhooks : public ::testing::Test {
 protected:
  Result<Happening> receive(const Delivery& delivery, std::int64_t now_s = signed_at_s, std::string with = "s3cr3t") {
    return what_happened(*reader, delivery,
                         {.secrets = {Secret(std::move(with))}, .now_s = now_s, .repository = repository});
  }
  Result<Happening> receive(const bj::object& body) {
    Delivery delivery = sample("x", body).delivery;
    sign_as(delivery, "s3cr3t", signed_at_s);
    return receive(delivery);
  }

  std::unique_ptr<WebhookReader> reader = git_remote::make_git_webhooks();
  std::optional<Repository> repository = Repository{.id = 1, .full_name = "tools", .default_branch = "main"};
};

TEST_F(GitWebhooks, APushIsOfTheRepositoryThatTheAddressNames) {
  const auto push = receive({{"ref", "refs/heads/main"}, {"before", a}, {"after", b}, {"repository", "another"}});
  ASSERT_TRUE(push) << push.error().message();
  EXPECT_EQ(push->kind, Kind::push);
  EXPECT_EQ(push->repository, repository);
  EXPECT_EQ(push->sha, b);
  EXPECT_EQ(event_of(*push)->branch, "main");
  repository.reset();
  EXPECT_FALSE(receive({{"ref", "refs/heads/main"}, {"before", a}, {"after", b}}));
}

TEST_F(GitWebhooks, TagsBranchesAndDeletionsAreToldApart) {
  const auto kind = [&](const char* ref, const std::string& before, const std::string& after) {
    return receive({{"ref", ref}, {"before", before}, {"after", after}})->kind;
  };
  EXPECT_EQ(kind("refs/heads/x", zero, a), Kind::push);
  EXPECT_EQ(kind("refs/heads/x", a, zero), Kind::branch_deleted);
  EXPECT_EQ(kind("refs/tags/x", zero, a), Kind::tag);
  EXPECT_EQ(kind("refs/tags/x", a, zero), Kind::tag_deleted);
  EXPECT_EQ(kind("refs/notes/x", zero, a), Kind::ignored);
  const auto tag = receive({{"ref", "refs/tags/v1"}, {"before", zero}, {"after", a}, {"commit", b}});
  EXPECT_EQ(tag->sha, b) << "the commit, not the tag's object";
  EXPECT_EQ(tag->after, a);
}

TEST_F(GitWebhooks, D7_ATimeThatIsFarAwayIsRefused) {
  Delivery delivery = git_samples().front().delivery;
  sign_as(delivery, "s3cr3t", signed_at_s);
  for (const std::int64_t off : {0, 300, -300}) EXPECT_TRUE(receive(delivery, signed_at_s + off)) << off;
  for (const std::int64_t off : {301, -301, 86400}) EXPECT_FALSE(receive(delivery, signed_at_s + off)) << off;
}

TEST_F(GitWebhooks, D7_AnIdWithADotIsRefused) {
  Delivery delivery = git_samples().front().delivery;
  set_header(delivery, "webhook-id", "d.1");
  sign_as(delivery, "s3cr3t", signed_at_s);
  const auto happening = receive(delivery);
  ASSERT_FALSE(happening);
  EXPECT_EQ(happening.error().code(), "wrong_signature");
}

TEST_F(GitWebhooks, AKeyThatIsNoBase64FitsNothing) {
  Delivery delivery = git_samples().front().delivery;
  for (const char* secret : {"whsec_", "whsec_%", "whsec_s3cr3t!"})
    for (const char* key : {"", "%", "s3cr3t!", secret}) {
      sign_as(delivery, key, signed_at_s);
      EXPECT_FALSE(receive(delivery, signed_at_s, secret)) << secret << key;
    }
}

TEST_F(GitWebhooks, D10_NoMutationPassesUnchecked) {
  std::set<std::string> seen;
  for (const Sample& from : git_samples()) {
    json::bj::value payload = json::parse(from.delivery.body).value();
    each_mutation(payload, from.event, seen, [&](const std::string& what) {
      Delivery mutated = from.delivery;
      mutated.body = json::serialize(payload);
      sign_as(mutated, "s3cr3t", signed_at_s);
      expect_sound(receive(mutated), from.name + ": " + what);
    });
  }
}

// The script of docs/guides/git.md, in a real repository.
class PostReceive : public GitWebhooks {
 protected:
  PostReceive() : root_(fs::temp_directory_path() / ("git-hook-" + random_token(8))) { fs::create_directory(root_); }
  ~PostReceive() override {
    asio::co_spawn(io_, host_.stop(), asio::use_future).get();
    thread_.join();
    fs::remove_all(root_);
  }

  static std::string script_of_the_guide() {
    const std::string guide = read_file(OPEN_CICD_ROOT "/docs/guides/git.md");
    const std::size_t begin = guide.find("```sh\n#!/bin/sh") + 6;
    return guide.substr(begin, guide.find("```", begin) - begin);
  }
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  void install(const std::string& url) {
    std::string script = script_of_the_guide();
    replace(script, "https://ci.example.org/api/v1/webhooks/git/REPOSITORY", url);
    replace(script, "/etc/open-cicd/webhook.secret", (root_ / "secret").string());
    run("git init -q --bare remote.git && git init -q -b main work && git -C work remote add origin ../remote.git");
    std::ofstream(root_ / "secret") << "s3cr3t\n";
    std::ofstream(root_ / "remote.git/hooks/post-receive") << script;
    run("chmod +x remote.git/hooks/post-receive");
  }
  void run(const std::string& command) {
    const std::string whole = fmt::format(
        "cd '{}' && export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b "
        "GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b && unset http_proxy https_proxy && {{ {}; }} >>said 2>&1",
        root_.string(), command);
    ASSERT_EQ(std::system(whole.c_str()), 0) << command << "\n" << read_file(root_ / "said");
  }
  std::vector<Heard> all_heard() {
    return asio::post(io_, asio::use_future([this] { return host_.heard; })).get();
  }
  Result<Happening> received(const Heard& heard) {
    Delivery delivery{.headers = {}, .body = heard.body};
    for (const auto& [name, value] : heard.headers) delivery.headers.push_back({name, value});
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return receive(delivery, std::chrono::duration_cast<std::chrono::seconds>(now).count());
  }

  fs::path root_;
  asio::io_context io_;
  ForgeHost host_{io_, [](const Heard&) { return Reply{.status = 202, .body = "{}"}; }};
  std::thread thread_{[this] { io_.run(); }};
};

TEST_F(PostReceive, TellsWhatWasPushed) {
  install(host_.url() + "/api/v1/webhooks/git/7");
  run("cd work && git commit -q --allow-empty -m one && git push -q origin main");
  run("cd work && git tag -a -m v1 v1 && git push -q origin v1 'HEAD:refs/heads/a\"b$(id)' && git push -q origin :v1");
  const std::vector<Heard> heard = all_heard();
  ASSERT_EQ(heard.size(), 4u) << read_file(root_ / "said");
  EXPECT_EQ(heard.front().method + " " + heard.front().target, "POST /api/v1/webhooks/git/7");
  std::vector<Happening> all;
  for (const Heard& one : heard) {
    auto happening = received(one);
    ASSERT_TRUE(happening) << happening.error().message() << one.body;
    all.push_back(std::move(*happening));
  }
  const std::string commit = all.front().sha;
  EXPECT_EQ(all.front().kind, Kind::push);
  EXPECT_EQ(all.front().ref, "refs/heads/main");
  EXPECT_FALSE(all.front().before);
  const auto tag = std::ranges::find(all, Kind::tag, &Happening::kind);
  ASSERT_NE(tag, all.end());
  EXPECT_EQ(tag->sha, commit);
  EXPECT_NE(tag->after, commit) << "the tag's object";
  EXPECT_EQ(std::ranges::count(all, "refs/heads/a\"b$(id)", &Happening::ref), 1);
  EXPECT_EQ(all.back().kind, Kind::tag_deleted);
  for (const Heard& one : heard)
    EXPECT_TRUE(delivery_id(*reader, {.headers = {{"webhook-id", one.header("webhook-id")}}, .body = ""}));
  EXPECT_NE(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
}

TEST_F(PostReceive, APushSucceedsWhenNobodyListens) {
  install("http://127.0.0.1:1/api/v1/webhooks/git/7");
  run("cd work && git commit -q --allow-empty -m one && git push -q origin main");
  EXPECT_TRUE(read_file(root_ / "said").contains("open-cicd was not told of refs/heads/main"));
}

}  // namespace
}  // namespace open_cicd::scm::contract
