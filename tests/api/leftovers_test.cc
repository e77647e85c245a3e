// What agents may ask about what others left on an engine that they share.
#include "api/both_databases.h"
#include "base/crypto.h"

namespace open_cicd {
namespace {

class Leftovers : public BothDatabases {
 protected:
  Reply ask(const TestAgent& asker, const TestAgent& about, const std::string& boot, const TestLease& lease) {
    return plane().call(http::Method::post, "/api/v1/agents/" + asker.id + "/leftovers", asker.token,
                        fmt::format(R"({{"attempts":[{{"agent_id":"{}","boot_id":"{}","job_id":"{}","attempt":{}}}]}})",
                                    about.id, boot, lease.job, lease.attempt));
  }
  bool is_gone(const TestAgent& asker, const TestAgent& about, const std::string& boot, const TestLease& lease) {
    const Reply reply = ask(asker, about, boot, lease);
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto& gone = reply.json.at("gone").as_array();
    if (gone.empty()) return false;
    EXPECT_EQ(gone.at(0).at("job_id").as_string(), lease.job);
    EXPECT_EQ(gone.at(0).at("attempt").as_int64(), lease.attempt);
    return true;
  }
  TestLease given_running_job(const TestAgent& agent) {
    TestLease lease = plane().claim(agent, plane().submit(R"("retry":0)"));
    EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
    return lease;
  }
};

INSTANTIATE_ON_BOTH_DATABASES(Leftovers);

TEST_P(Leftovers, AnAttemptIsGoneWhenItIsOverAndItsProcessDoesNotLive) {
  const TestAgent a = plane().register_agent(), b = plane().register_agent();
  const TestLease lease = given_running_job(a);
  EXPECT_FALSE(is_gone(b, a, a.boot_id, lease)) << "it runs";
  ASSERT_EQ(plane().put_status(a, lease, R"({"status":"succeeded"})").status, 200);
  EXPECT_FALSE(is_gone(b, a, a.boot_id, lease)) << "it is over, and its agent lives: that cleans up";
  EXPECT_TRUE(is_gone(b, a, format_uuid(make_uuid_v4()), lease)) << "the process of that boot was replaced";
  EXPECT_EQ(plane().call(http::Method::delete_, "/api/v1/agents/" + a.id, plane().admin()).status, 204);
  EXPECT_TRUE(is_gone(b, a, a.boot_id, lease)) << "its agent was removed";
}

TEST_P(Leftovers, AnAgentThatIsNotHeardIsGoneWithItsLease) {
  const TestAgent a = plane().register_agent(), b = plane().register_agent();
  const TestLease lease = given_running_job(a);
  EXPECT_EQ(plane().wait_for_state(lease.job, "lost"), "lost");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_gone(b, a, a.boot_id, lease) && std::chrono::steady_clock::now() < until)
    plane().call(http::Method::get, "/api/v1/agents/" + b.id + "/jobs?wait=1", b.token);  // is held for that second
  EXPECT_TRUE(is_gone(b, a, a.boot_id, lease));
}

TEST_P(Leftovers, NothingIsToldAboutIdsThatAreGuessed) {
  const TestAgent a = plane().register_agent(), b = plane().register_agent();
  const std::string never = format_uuid(make_uuid_v4());
  EXPECT_TRUE(is_gone(b, {.id = never, .token = {}, .boot_id = {}}, "boot", {.job = never, .attempt = 1, .token = {}}));
  EXPECT_EQ(ask(b, {.id = "no id", .token = {}, .boot_id = {}}, "boot", {.job = never, .attempt = 1, .token = {}}).body,
            R"({"gone":[]})");
  const std::string path = "/api/v1/agents/" + a.id + "/leftovers";
  EXPECT_EQ(plane().call(http::Method::post, path, b.token, R"({"attempts":[]})").text("code"), "not_you");
  std::string many;
  for (int i = 0; i < 101; ++i)
    many += std::string(i == 0 ? "" : ",") + R"({"agent_id":"a","boot_id":"b","job_id":"j","attempt":1})";
  EXPECT_EQ(plane().call(http::Method::post, path, a.token, R"({"attempts":[)" + many + "]}").status, 422);
}

}  // namespace
}  // namespace open_cicd
