#include "adapters/github/github.h"

#include "base/crypto.h"
#include "contract/webhook_contract.h"

#include <boost/json/parse.hpp>
#include <fmt/ranges.h>

namespace open_cicd::scm::contract {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

void sign(Delivery& delivery, const std::string& secret) {
  set_header(delivery, "x-hub-signature-256", "sha256=" + to_hex(hmac_sha256(secret, delivery.body)));
}

Delivery delivery_of(std::string_view event, std::string body) {
  Delivery delivery{.headers = {}, .body = std::move(body)};
  set_header(delivery, "x-github-event", std::string(event));
  set_header(delivery, "x-github-delivery", "d1");
  set_header(delivery, "content-type", "application/json");
  return delivery;
}

// The package has a folder for each server: GitHub's own and five versions of its Enterprise Server.
std::vector<Sample> read_samples(const std::string& server) {
  const fs::path file =
      fs::path(OPEN_CICD_ROOT "/build/npm/node_modules/@octokit/webhooks-examples") / server / "index.json";
  std::vector<Sample> samples;
  if (!fs::exists(file)) return samples;
  for (const auto& event : boost::json::parse(read_file(file)).as_array()) {
    const std::string name(event.at("name").as_string());
    for (const auto& example : event.at("examples").as_array())
      samples.push_back({.name = fmt::format("{} {} {}", server, name, samples.size()),
                         .event = name,
                         .delivery = delivery_of(name, json::serialize(example))});
  }
  // Those that say most about a delivery first.
  std::ranges::sort(samples, [](const Sample& a, const Sample& b) {
    return std::pair(a.event != "push", a.name) < std::pair(b.event != "push", b.name);
  });
  return samples;
}

const std::vector<Sample>& samples_of_github() {
  static const std::vector<Sample> samples = read_samples("api.github.com");
  return samples;
}

WebhookTraits github_traits() {
  return {.name = "github",
          .make = github::make_github_webhooks,
          .samples = samples_of_github,
          .sign = sign,
          .proof = "x-hub-signature-256"};
}

TEST(GithubExamples, AreAllThere) {
  if (samples_of_github().empty()) GTEST_SKIP() << "the examples of payloads are not installed: dev/install test";
  EXPECT_EQ(samples_of_github().size(), 329u);
}

INSTANTIATE_TEST_SUITE_P(Github, WebhookContract, ::testing::Values(github_traits()));

constexpr std::string_view head_sha = "30f9403dddd4e1c59465464b11152411887eb23a";
constexpr std::string_view base_sha = "4d339c3da4d263b1f29948852c0493426c67ee70";

// As small as a payload may be.
json::bj::object small_repository() {
  return {{"id", 7}, {"full_name", "acme/app"}, {"default_branch", "main"}};
}
json::bj::object small_push() {
  return {{"ref", "refs/heads/main"},
          {"before", base_sha},
          {"after", head_sha},
          {"forced", false},
          {"head_commit",
           {{"id", head_sha}, {"message", "Fix it\n\nWith care."}, {"author", {{"name", "Ada"}, {"email", "a@b.c"}}}}},
          {"repository", small_repository()},
          {"sender", {{"id", 5}, {"login", "ada"}}}};
}
json::bj::object small_pull_request(std::string_view action) {
  const auto side = [](std::string_view ref, std::string_view sha) {
    return json::bj::object{{"ref", ref}, {"sha", sha}, {"repo", small_repository()}};
  };
  return {{"action", action},
          {"pull_request",
           {{"number", 9},
            {"title", "A change"},
            {"user", {{"id", 6}, {"login", "bob"}}},
            {"head", side("fix", head_sha)},
            {"base", side("main", base_sha)},
            {"draft", true},
            {"labels", json::bj::array{{{"name", "bug"}}}},
            {"author_association", "CONTRIBUTOR"}}},
          {"repository", small_repository()},
          {"sender", {{"id", 5}, {"login", "ada"}}}};
}

class GithubWebhooks : public ::testing::Test {
 protected:
  Result<Happening> receive(std::string_view event, const json::bj::value& payload) {
    Delivery delivery = delivery_of(event, json::serialize(payload));
    sign(delivery, "s");
    return what_happened(*reader, delivery, {.secrets = {Secret("s")}, .repository_id = 7});
  }
  Happening pull_request(std::string_view action, const std::function<void(json::bj::object&)>& edit = [](auto&) {}) {
    auto payload = small_pull_request(action);
    edit(payload);
    return receive("pull_request", payload).value();
  }
  // The fields that are said to be wrong, or "fine".
  std::string wrong(std::string_view event, const json::bj::value& payload) {
    const auto happening = receive(event, payload);
    if (happening) return "fine";
    std::vector<std::string> paths;
    for (const FieldError& field : happening.error().fields()) paths.push_back(field.path);
    return fmt::format("{}", fmt::join(paths, " "));
  }

  std::unique_ptr<WebhookReader> reader = github::make_github_webhooks();
};

// From GitHub's documentation.
TEST_F(GithubWebhooks, D1_TheDocumentedVector) {
  Delivery delivery = delivery_of("ping", "Hello, World!");
  const Receiver receiver{.secrets = {Secret("It's a Secret to Everybody")}};
  set_header(delivery, "x-hub-signature-256",
             "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
  EXPECT_EQ(what_happened(*reader, delivery, receiver).value().kind, Kind::ping);
  set_header(delivery, "x-hub-signature-256", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
  EXPECT_FALSE(what_happened(*reader, delivery, receiver)) << "no prefix";
  std::erase_if(delivery.headers, [](const Header& header) { return header.name == "x-hub-signature-256"; });
  set_header(delivery, "x-hub-signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59");
  EXPECT_FALSE(what_happened(*reader, delivery, receiver)) << "SHA-1 alone";
}

TEST_F(GithubWebhooks, TheExamplesOfOwnServersAreUnderstood) {
  std::size_t read = 0;
  for (const char* server : {"ghes-31", "ghes-32", "ghes-33", "ghes-34", "ghes-35"})
    for (Sample& sample : read_samples(server)) {
      sign(sample.delivery, "s");
      const auto happening = what_happened(*reader, sample.delivery, {.secrets = {Secret("s")}});
      ASSERT_TRUE(happening) << sample.name << ": " << happening.error().message();
      expect_sound(*happening, sample.name);
      ++read;
    }
  if (read == 0) GTEST_SKIP() << "the examples of payloads are not installed: dev/install test";
  EXPECT_GE(read, 390u);
}

TEST_F(GithubWebhooks, APushIsTold) {
  const Happening push = receive("push", small_push()).value();
  EXPECT_EQ(push, (Happening{.kind = Kind::push,
                             .ref = "refs/heads/main",
                             .before = std::string(base_sha),
                             .after = std::string(head_sha),
                             .sha = std::string(head_sha),
                             .forced = false,
                             .message = "Fix it\n\nWith care.",
                             .author = "Ada",
                             .sender = Account{.id = 5, .login = "ada"},
                             .repository = Repository{.id = 7, .full_name = "acme/app", .default_branch = "main"},
                             .event_key = fmt::format("push refs/heads/main {} {}", base_sha, head_sha)}));
  auto forced = small_push();
  forced["forced"] = true;
  EXPECT_EQ(receive("push", forced)->forced, true);
}

TEST_F(GithubWebhooks, RefsComeAndGo) {
  const std::string none(40, '0');
  const auto push = [&](const char* ref, std::string_view before, std::string_view after) {
    auto payload = small_push();
    payload["ref"] = ref;
    payload["before"] = before;
    payload["after"] = after;
    if (after == none) payload["head_commit"] = nullptr;
    return receive("push", payload).value();
  };
  EXPECT_EQ(push("refs/heads/new", none, head_sha).before, std::nullopt);
  EXPECT_EQ(push("refs/heads/old", head_sha, none).kind, Kind::branch_deleted);
  EXPECT_EQ(push("refs/tags/v1", head_sha, none).kind, Kind::tag_deleted);
  const Happening tag = push("refs/tags/v1", none, base_sha);
  EXPECT_EQ(tag.kind, Kind::tag);
  EXPECT_EQ(tag.sha, head_sha) << "`after` is the tag's object";
  EXPECT_EQ(event_of(push("refs/tags/v1", head_sha, none)), std::nullopt);
  EXPECT_EQ(push("refs/notes/commits", none, head_sha).kind, Kind::ignored);
}

TEST_F(GithubWebhooks, APullRequestIsTold) {
  const Happening opened = pull_request("opened");
  EXPECT_EQ(opened.action, "opened");
  EXPECT_EQ(opened.ref, "refs/pull/9/head");
  EXPECT_EQ(opened.sha, head_sha);
  EXPECT_EQ(opened.change, (Change{.number = 9,
                                   .title = "A change",
                                   .source_branch = "fix",
                                   .target_branch = "main",
                                   .is_fork = false,
                                   .source_repository = 7,
                                   .draft = true,
                                   .labels = {"bug"},
                                   .author_id = 6,
                                   .association = "CONTRIBUTOR",
                                   .base_sha = std::string(base_sha)}));
  EXPECT_EQ(opened.sender->id, 5);
  const std::pair<const char*, const char*> actions[] = {
      {"synchronize", "updated"}, {"reopened", "reopened"},   {"ready_for_review", "ready"}, {"edited", "edited"},
      {"labeled", "labeled"},     {"unlabeled", "unlabeled"}, {"closed", "closed"}};
  for (const auto& [theirs, ours] : actions) EXPECT_EQ(pull_request(theirs).action, ours);
  for (const char* other : {"assigned", "locked", "converted_to_draft", ""})
    EXPECT_EQ(pull_request(other).kind, Kind::ignored) << other;
}

TEST_F(GithubWebhooks, ANewTargetIsToldAndIsAnotherEvent) {
  const Happening title =
      pull_request("edited", [](auto& payload) { payload["changes"] = {{"title", {{"from", "x"}}}}; });
  EXPECT_FALSE(title.change->retargeted);
  const auto retarget = [](const char* to) {
    return [to](json::bj::object& payload) {
      payload["changes"] = {{"base", {{"ref", {{"from", "main"}}}}}};
      payload["pull_request"].at("base").as_object()["ref"] = to;
    };
  };
  const Happening dev = pull_request("edited", retarget("dev")), next = pull_request("edited", retarget("next"));
  EXPECT_TRUE(dev.change->retargeted);
  EXPECT_NE(dev.event_key, next.event_key);
}

TEST_F(GithubWebhooks, AForkIsToldByIds) {
  const auto with_head = [&](json::bj::value repo) {
    return pull_request("opened", [&](json::bj::object& payload) {
      auto& head = payload["pull_request"].at("head").as_object();
      head["ref"] = "main";
      head["repo"] = repo;
    });
  };
  EXPECT_FALSE(with_head(small_repository()).change->is_fork);
  auto fork = small_repository();
  fork["id"] = 8;
  EXPECT_TRUE(with_head(fork).change->is_fork) << "it has the same name, and its branch that of the default one";
  EXPECT_TRUE(with_head(nullptr).change->is_fork) << "nobody can say any more";
  EXPECT_EQ(event_of(with_head(fork))->branch, std::nullopt);
}

TEST_F(GithubWebhooks, ACommitsAuthorIsNobody) {
  auto payload = small_push();
  payload["head_commit"].at("author").as_object() = {
      {"name", "maintainer"}, {"email", "m@acme.org"}, {"id", 1}, {"username", "root"}};
  payload["pusher"] = {{"name", "root"}, {"id", 1}};
  const Happening push = receive("push", payload).value();
  EXPECT_EQ(push.sender, (Account{.id = 5, .login = "ada"}));
  EXPECT_EQ(event_of(push)->actor, "ada");
  payload.erase("sender");
  EXPECT_EQ(receive("push", payload)->sender, std::nullopt);
}

TEST_F(GithubWebhooks, D13_HostileNamesAndHashesAreRefusedByField) {
  const auto push = [&](const char* field, json::bj::value value) {
    auto payload = small_push();
    payload[field] = std::move(value);
    return wrong("push", payload);
  };
  for (const char* sha :
       {"", "main", "30F9403dddd4e1c59465464b11152411887eb23a", "30f9403dddd4e1c59465464b11152411887eb23",
        "30f9403dddd4e1c59465464b11152411887eb23a\n", "--upload-pack=x"}) {
    EXPECT_EQ(push("before", sha), "before") << sha;
    EXPECT_EQ(push("after", sha), "after sha") << sha;
  }
  EXPECT_EQ(push("after", json::bj::string(64, 'a')), "fine");
  for (const char* name :
       {"a..b", "a b", "-x", "a.lock", "a\nb", "@{u}", "a~1", "a^", ":(glob)", "a\\b", "", "a//b", "\u202Ex"})
    EXPECT_EQ(push("ref", json::bj::value("refs/heads/"s + name)), "ref") << name;
  EXPECT_EQ(push("ref", json::bj::value("refs/heads/" + std::string(300, 'a'))), "ref");
  EXPECT_EQ(push("ref", "refs/heads/$(id)"), "fine") << "a branch may be called so: it is data";
  EXPECT_EQ(push("ref", nullptr), "ref");
  EXPECT_EQ(push("forced", "yes"), "forced");
  auto request = small_pull_request("opened");
  request["pull_request"].at("head").as_object()["ref"] = "--upload-pack=x";
  request["pull_request"].at("base").as_object()["sha"] = "HEAD";
  request["pull_request"].as_object()["number"] = 0;
  EXPECT_EQ(wrong("pull_request", request), "change.number change.source_branch change.base_sha");
}

TEST_F(GithubWebhooks, WrongTypesAreNamedAllAtOnce) {
  auto payload = small_pull_request("opened");
  payload["pull_request"].at("head").as_object()["sha"] = 7;
  payload["pull_request"].as_object()["labels"] = json::bj::array{{{"name", nullptr}}};
  payload["repository"].as_object().erase("id");
  EXPECT_EQ(wrong("pull_request", payload), "pull_request.head.sha pull_request.labels[0].name repository.id");
}

}  // namespace
}  // namespace open_cicd::scm::contract
