// Who is offered what, and what an agent that comes back loses, over a real socket.
#include "api/both_databases.h"

namespace open_cicd {
namespace {

// A server for each test: what waits in another test's would be offered here too.
class Offers : public BothDatabases {
 protected:
  TestPlane& plane() { return own_; }
  Reply poll(const TestAgent& agent, int wait_s = 0) {
    return plane().call(http::Method::get, fmt::format("/api/v1/agents/{}/jobs?wait={}", agent.id, wait_s),
                        agent.token);
  }
  std::string offered(const TestAgent& agent, int wait_s = 0) {
    const Reply reply = poll(agent, wait_s);
    if (reply.status == 204 || reply.json.at("offers").as_array().empty()) return {};
    return std::string(reply.json.at("offers").at(0).at("job_id").as_string());
  }
  void drain(const TestAgent& agent, bool on) {
    EXPECT_EQ(plane()
                  .call(http::Method::post, "/api/v1/agents/" + agent.id + "/drain", plane().admin(),
                        fmt::format(R"({{"drain":{}}})", on))
                  .status,
              200);
  }

 private:
  TestPlane own_{GetParam()};
};

TEST_P(Offers, ADrainingAgentIsOfferedNothing) {
  const TestAgent agent = plane().register_agent();
  drain(agent, true);
  const std::string job = plane().submit();
  EXPECT_EQ(offered(agent), "");
  EXPECT_EQ(offered(agent, 1), "") << "nor does it get one while it waits";
  drain(agent, false);
  EXPECT_EQ(offered(agent), job);
}

TEST_P(Offers, AnAgentThatHasAJobIsOfferedNoOther) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = plane().claim(agent, plane().submit());
  const std::string next = plane().submit();
  EXPECT_EQ(offered(agent), "");
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"succeeded"})").status, 200);
  EXPECT_EQ(offered(agent), next);
}

TEST_P(Offers, TheMostUrgentOfWhatAnAgentFitsComesFirst) {
  plane().submit(R"("runs_on":["nowhere"],"priority":90)");
  const std::string low = plane().submit(R"("priority":-5)"), high = plane().submit(R"("priority":50)"),
                    middle = plane().submit(R"("priority":5)");
  for (const std::string& expected : {high, middle, low}) {
    const TestAgent agent = plane().register_agent();
    EXPECT_EQ(offered(agent), expected);
    plane().claim(agent, expected);
  }
  EXPECT_EQ(offered(plane().register_agent()), "");
}

// Long before the lease's time is over: the answer to the registration says that the old process holds nothing.
TEST_P(Offers, ANewBootHasFreedWhatTheOldOneHeldWhenItsRegistrationIsAnswered) {
  const TestAgent agent = plane().register_agent();
  const std::string job = plane().submit(R"("retry":{"max":1,"on":["agent_lost"]})");
  const TestLease lease = plane().claim(agent, job);
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
  const auto reborn = [&](const std::string& boot) {
    return plane()
        .call(http::Method::post, "/api/v1/agents/register", agent.token,
              fmt::format(R"({{"name":"again","boot_id":"{}","version":"0.1.0","os":"linux","arch":"x86_64",)"
                          R"("executors":["shell"]}})",
                          boot))
        .status;
  };
  ASSERT_EQ(reborn(agent.boot_id), 201);
  EXPECT_EQ(plane().state_of(job), "running") << "the same process said it twice";
  ASSERT_EQ(reborn(format_uuid(make_uuid_v4())), 201);
  EXPECT_EQ(plane().state_of(job), "queued");
  EXPECT_EQ(plane().get("/api/v1/jobs/" + job).json.at("reason").at("facts").at("cause").as_string(),
            "agent_restarted");
  EXPECT_EQ(offered(agent), job);
}

TEST_P(Offers, WhatWasQueuedIsOfferedAfterARestart) {
  const TestAgent agent = plane().register_agent();
  const std::string job = plane().submit();
  plane().restart();
  EXPECT_EQ(offered(agent, 5), job);
}

// A lease is in the database: a server that starts again knows it.
TEST_P(Offers, ARestartOfTheServerForgetsNoLease) {
  const TestAgent agent = plane().register_agent();
  const std::string job = plane().submit(R"("retry":0)");
  const TestLease lease = plane().claim(agent, job);
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
  plane().restart();
  EXPECT_EQ(plane().state_of(job), "running");
  EXPECT_EQ(plane().claim_with(agent, plane().submit(), format_uuid(make_uuid_v4())).text("code"), "agent_busy");
  EXPECT_EQ(plane().append(agent, lease, 0, 0, "x").status, 202);
  EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"succeeded"})").text("state"), "succeeded");
}

INSTANTIATE_ON_BOTH_DATABASES(Offers);

}  // namespace
}  // namespace open_cicd
