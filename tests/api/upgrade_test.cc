// A database that an older program made, with jobs in every state, is taken forward; its jobs then go on as if nothing
// had happened. The dumps in databases/ are named after the schema's version and were made by the program of that time.
#include "api/both_databases.h"

#include <boost/json/parse.hpp>

#include <fstream>
#include <sstream>

namespace open_cicd {
namespace {

std::string read_file(const std::string& name) {
  std::ifstream in(std::string(OPEN_CICD_OLD_DATABASES "/") + name);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

class Upgrade : public testing::TestWithParam<const char*> {
 protected:
  const boost::json::value facts = boost::json::parse(read_file(std::string("schema2-") + GetParam() + ".json"));
  static TestPlane::SettingValues patient() {  // the leases of before the start are not renewed here
    return {{"protocol.lease_ttl", "60s"}, {"protocol.start_timeout", "60s"}, {"protocol.cancel_silence", "60s"}};
  }
  std::string fact(std::string_view name) const { return std::string(facts.at(name).as_string()); }
  TestPlane plane{GetParam(), patient(),
                  TestPlane::Before{.script = read_file(std::string("schema2-") + GetParam() + ".sql"),
                                    .admin = fact("admin"),
                                    .registration = fact("registration")}};

  std::string job(std::string_view name) const { return std::string(facts.at("jobs").at(name).as_string()); }
  std::string state(std::string_view name) { return plane.state_of(job(name)); }
  Reply put(std::string_view name, std::string body) {
    const boost::json::value& lease = facts.at("leases").at(name);
    const boost::json::value& agent = lease.at("agent");
    return plane.put_status({.id = std::string(agent.at("id").as_string()),
                             .token = std::string(agent.at("token").as_string()),
                             .boot_id = std::string(agent.at("boot").as_string())},
                            {.job = job(name),
                             .attempt = static_cast<int>(lease.at("attempt").as_int64()),
                             .token = std::string(lease.at("token").as_string())},
                            std::move(body));
  }
};

TEST_P(Upgrade, JobsThatRanMeanwhileEndAsTheyWould) {
  EXPECT_EQ(put("running", R"({"status":"running","step":0,"step_state":"succeeded","exit_code":0})").status, 200);
  EXPECT_EQ(put("running", R"({"status":"failed","exit_code":75,"cause":"exit"})").text("state"), "queued")
      << "its retry is read from the column that the migration filled";
  EXPECT_EQ(state("blocked"), "blocked") << "a retry keeps the slot of its group";
  EXPECT_EQ(put("assigned", R"({"status":"running"})").status, 200);
  EXPECT_EQ(put("assigned", R"({"status":"succeeded"})").text("state"), "succeeded");
  EXPECT_EQ(put("cancelling", R"({"status":"cancelled"})").text("state"), "cancelled");
  const std::string finish =
      R"({"status":"succeeded","exit_code":0,"steps":[{"state":"succeeded","exit_code":0,"duration_ms":1},)"
      R"({"state":"succeeded","exit_code":0,"duration_ms":1}]})";
  EXPECT_EQ(put("ended", finish).text("state"), "succeeded") << "a repeat of what was accepted before";
}

TEST_P(Upgrade, JobsThatWaitedAreOfferedAndRunWithTheirSpec) {
  const TestAgent agent = plane.register_agent(R"({"gpu":"h100"})");
  const Reply poll = plane.call(http::Method::get, "/api/v1/agents/" + agent.id + "/jobs?wait=5", agent.token);
  EXPECT_TRUE(poll.body.contains(job("queued"))) << "of the highest priority: " << poll.body;
  const Reply claim = plane.claim_with(agent, job("queued"), format_uuid(make_uuid_v4()));
  ASSERT_EQ(claim.status, 200) << claim.body;
  EXPECT_EQ(claim.json.at("timeout_s").as_int64(), 5400);
  EXPECT_EQ(claim.json.at("spec").at("steps").at(0).at("run").at(0).as_string(), "echo ü");
  const Reply shown = plane.get("/api/v1/jobs/" + job("queued"));
  ASSERT_EQ(shown.json.at("steps").as_array().size(), 2U);
  EXPECT_EQ(shown.json.at("steps").at(0).at("name").as_string(), "the \"first\" step");
  EXPECT_EQ(plane.claim(plane.register_agent(), job("retried")).attempt, 2);
}

TEST_P(Upgrade, TheNextOfAGroupGetsItsTurn) {
  EXPECT_EQ(put("running", R"({"status":"succeeded"})").text("state"), "succeeded");
  EXPECT_EQ(state("blocked"), "queued");
  const Reply shown = plane.get("/api/v1/jobs/" + job("blocked"));
  EXPECT_EQ(shown.json.at("steps").as_array().size(), 2U) << "of a job that was never claimed";
  EXPECT_EQ(plane.get("/api/v1/jobs?limit=200").json.at("jobs").as_array().size(), facts.at("jobs").as_object().size());
}

INSTANTIATE_ON_BOTH_DATABASES(Upgrade);

}  // namespace
}  // namespace open_cicd
