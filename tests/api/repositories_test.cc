// Repositories over HTTP: connected, changed, shown by id and by name; webhooks that are signed, and those that are
// not.
#include "api/both_databases.h"
#include "api/git_remote.h"
#include "base/base64.h"
#include "base/crypto.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <chrono>

namespace open_cicd {
namespace {

namespace bj = boost::json;
using http::Method;

class Repositories : public BothDatabases {
 protected:
  Reply call(Method method, const std::string& target, const bj::value& body = bj::object()) {
    return plane().call(method, target, plane().admin(), bj::serialize(body));
  }
  static std::string fields_of(const Reply& reply) {
    std::string fields;
    for (const bj::value& error : reply.json.at("errors").as_array())
      fields += std::string(error.at("field").as_string()) + " ";
    return fields;
  }
  // As a post-receive hook signs, at this moment.
  Reply deliver(const std::string& id, const std::string& secret, const std::string& body,
                const std::string& name = "d-1", std::string forge = "git") {
    const std::string now = std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    const Sha256 mac = hmac_sha256(secret, name + "." + now + "." + body);
    const std::string signature = base64(std::string(reinterpret_cast<const char*>(mac.data()), mac.size()));
    return plane().call(Method::post, "/api/v1/webhooks/" + forge + "/" + id, "", body,
                        {{"Webhook-Id", name}, {"Webhook-Timestamp", now}, {"Webhook-Signature", "v1," + signature}});
  }
  static std::string push_of(const std::string& before, const std::string& after) {
    return fmt::format(R"({{"ref":"refs/heads/main","before":"{}","after":"{}"}})", before, after);
  }
  // Once it has one that is done.
  bj::value run_of(const std::string& id) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      const Reply runs = plane().get("/api/v1/repositories/" + id + "/runs");
      if (!runs.json.at("runs").as_array().empty()) return runs.json.at("runs").at(0);
    }
    return {};
  }

  GitRemote remote;
};

INSTANTIATE_ON_BOTH_DATABASES(Repositories);

TEST_P(Repositories, AreConnectedShownByIdAndByNameAndRemoved) {
  const Reply made = remote.connect(plane());
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = made.text("id");
  EXPECT_EQ(made.header("Location"), "/api/v1/repositories/" + id);
  EXPECT_EQ(made.text("default_branch"), "main");
  EXPECT_EQ(made.json.at("protected_refs").at(0).as_string(), "refs/heads/main");
  EXPECT_FALSE(made.json.at("webhook").at("secret").as_string().empty());
  for (const std::string& word : {id, "tests%2f" + remote.name().substr(6), "tests%2F" + remote.name().substr(6)}) {
    const Reply shown = plane().get("/api/v1/repositories/" + word);
    EXPECT_EQ(shown.status, 200) << word;
    EXPECT_EQ(shown.text("full_name"), remote.name());
    EXPECT_FALSE(shown.json.at("webhook").as_object().contains("secret")) << "C8: it is told once";
  }
  EXPECT_EQ(remote.connect(plane()).status, 409);
  EXPECT_EQ(plane().call(Method::delete_, "/api/v1/repositories/" + id, plane().admin()).status, 200);
  EXPECT_EQ(plane().get("/api/v1/repositories/" + id).status, 404);
}

TEST_P(Repositories, WhatIsWrongIsNamedByItsField) {
  const auto fields = [&](const bj::object& body) {
    return fields_of(call(Method::post, "/api/v1/repositories", body));
  };
  EXPECT_EQ(fields({{"url", "https://git.example/o/r"}}), "forge ");
  EXPECT_EQ(fields({{"url", "https://u:p@github.com/o/r"}, {"token", "t"}}), "url ");
  EXPECT_EQ(fields({{"url", "https://github.com/o/r"}}), "token ");
  EXPECT_EQ(fields({{"url", "https://github.com/o/r"}, {"token", "a b"}}), "token ");
  EXPECT_EQ(fields({{"url", "file:///etc"}, {"forge", "github"}, {"token", "t"}}), "url ");
  EXPECT_EQ(fields({{"url", "ext::sh -c id"}, {"forge", "git"}}), "url ");
  EXPECT_EQ(fields({{"url", remote.url()}, {"forge", "git"}, {"trust", "all"}}), "trust ");
  EXPECT_EQ(fields({{"url", remote.url()}, {"forge", "git"}, {"pipeline_paths", bj::array{"../x"}}}),
            "pipeline_paths[0] ");
  EXPECT_EQ(fields({{"url", remote.url()}, {"forge", "git"}, {"protected_refs", bj::array{"main"}}}),
            "protected_refs[0] ");
  EXPECT_EQ(fields({{"url", "file:///nonexistent/r"}, {"forge", "git"}, {"name", "a/b"}}), "url ");
  EXPECT_EQ(fields({{"url", remote.url()}, {"forge", "git"}, {"colour", "red"}}), "colour ");
}

TEST_P(Repositories, ChangesAreKept) {
  const std::string path = "/api/v1/repositories/" + remote.connect(plane()).text("id");
  const Reply changed = call(Method::patch, path, bj::object{{"trust", "nobody"}, {"poll_s", 60}, {"active", false}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.text("trust"), "nobody");
  EXPECT_EQ(changed.json.at("version"), 2);
  EXPECT_EQ(plane().get(path).json.at("poll_s"), 60);
  EXPECT_EQ(plane().get(path).json.at("active"), false);
  EXPECT_EQ(fields_of(call(Method::patch, path, bj::object{{"trust", 5}})), "trust ");
}

TEST_P(Repositories, ASignedPushIsARunAndItsRepeatIsNone) {
  const Reply made = remote.connect(plane());
  const std::string id = made.text("id"), secret(made.json.at("webhook").at("secret").as_string());
  const std::string sha = remote.commit("file", "1");
  const Reply taken = deliver(id, secret, push_of(remote.first(), sha));
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(deliver(id, secret, push_of(remote.first(), sha)).status, 200);
  const bj::value run = run_of(id);
  ASSERT_TRUE(run.is_object());
  EXPECT_EQ(std::string(run.at("sha").as_string()), sha);
  EXPECT_EQ(run.at("number"), 1);
  EXPECT_EQ(run.at("triggered_by_name"), run.at("triggered_by")) << "no token stands behind a push";
  const Reply deliveries = plane().get("/api/v1/repositories/" + id + "/deliveries");
  ASSERT_EQ(deliveries.json.at("deliveries").as_array().size(), 1u);
  EXPECT_EQ(std::string(deliveries.json.at("deliveries").at(0).at("id").as_string()), taken.text("delivery"));
}

TEST_P(Repositories, D1_D2_WhatIsNotSignedIsRefusedAndLeavesNothing) {
  const Reply made = remote.connect(plane());
  const std::string id = made.text("id"), secret(made.json.at("webhook").at("secret").as_string());
  const std::string body = push_of(remote.first(), remote.first());
  EXPECT_EQ(deliver(id, "another secret", body).status, 401);
  EXPECT_EQ(deliver(id, "", body).status, 401);
  EXPECT_EQ(deliver(id, secret, body, "d.1").status, 401) << "D7: an id with a dot";
  EXPECT_EQ(plane().call(Method::post, "/api/v1/webhooks/git/" + id, "", body).status, 401);
  EXPECT_EQ(plane().call(Method::post, "/api/v1/webhooks/git/" + id, plane().admin(), body).status, 401);
  EXPECT_EQ(deliver(id, secret, body, "d-1", "github").status, 404);
  EXPECT_EQ(deliver(format_uuid(make_uuid_v7()), secret, body).status, 404);
  EXPECT_EQ(deliver(id, secret, "{").status, 400);
  EXPECT_EQ(deliver(id, secret, R"({"ref":"--upload-pack=x","before":"x","after":1})").status, 422);
  EXPECT_TRUE(plane().get("/api/v1/repositories/" + id + "/deliveries").json.at("deliveries").as_array().empty());
}

TEST_P(Repositories, D4_ASecretIsForItsOwnRepository) {
  GitRemote other;
  const Reply mine = remote.connect(plane()), theirs = other.connect(plane());
  const std::string body = push_of(remote.first(), remote.first());
  EXPECT_EQ(deliver(theirs.text("id"), std::string(mine.json.at("webhook").at("secret").as_string()), body).status,
            401);
}

TEST_P(Repositories, D9_ABodyOverTheLimitIsCut) {
  const std::string id = remote.connect(plane()).text("id");
  EXPECT_EQ(deliver(id, "x", std::string((25 << 20) + 1, 'x')).status, 413);
}

// The tokens of jobs, and git for checkouts.

struct HeldJob {
  std::string id, token;
  TestAgent agent;
  TestLease lease;
};

HeldJob hold_job(TestPlane& plane) {
  HeldJob held{.id = plane.submit(), .token = {}, .agent = plane.register_agent(), .lease = {}};
  const Reply claimed = plane.claim_with(held.agent, held.id, format_uuid(make_uuid_v4()));
  held.token = claimed.text("job_token");
  EXPECT_FALSE(held.token.empty()) << claimed.body;
  held.lease = {.job = held.id, .attempt = 1, .token = claimed.text("lease_token")};
  return held;
}

int ask_git(TestPlane& plane, const std::string& job, const std::string& token, const std::string& service) {
  return plane.call(Method::get, "/api/v1/jobs/" + job + "/git/info/refs?service=" + service, token).status;
}

TEST_P(Repositories, B16_AJobsTokenReadsAndWritesNothing) {
  const HeldJob held = hold_job(plane());
  EXPECT_EQ(ask_git(plane(), held.id, held.token, "git-receive-pack"), 403);
  EXPECT_EQ(ask_git(plane(), held.id, held.token, "git-upload-pack"), 404) << "the job has no repository";
}

TEST_P(Repositories, B19_AJobsTokenIsForItsOwnJob) {
  const HeldJob held = hold_job(plane());
  EXPECT_EQ(ask_git(plane(), plane().submit(), held.token, "git-upload-pack"), 401);
  EXPECT_EQ(ask_git(plane(), hold_job(plane()).id, held.token, "git-upload-pack"), 401);
  for (const std::string& other : {plane().admin(), held.agent.token, std::string("ocj_x"), std::string()})
    EXPECT_EQ(ask_git(plane(), held.id, other, "git-upload-pack"), 401);
}

TEST_P(Repositories, B9_AJobsTokenDiesWithItsAttempt) {
  const HeldJob held = hold_job(plane());
  plane().put_status(held.agent, held.lease, R"({"status": "running"})");
  ASSERT_EQ(plane().put_status(held.agent, held.lease, R"({"status": "succeeded", "exit_code": 0})").status, 200);
  EXPECT_EQ(ask_git(plane(), held.id, held.token, "git-upload-pack"), 401);
}

TEST_P(Repositories, ABadgeSaysNothingOfWhatIsNotPublic) {
  const std::string id = remote.connect(plane()).text("id");
  const Reply badge = plane().call(Method::get, "/api/v1/repositories/" + id + "/badge.svg", "");
  EXPECT_EQ(badge.status, 200);
  EXPECT_EQ(badge.header("Content-Type"), "image/svg+xml");
  EXPECT_EQ(plane().call(Method::get, "/api/v1/repositories/nobody%2fknows/badge.svg", "").body, badge.body);
}

}  // namespace
}  // namespace open_cicd
