// A finish that claims the agent's next job with it, over a real socket.
#include "api/both_databases.h"
#include "base/crypto.h"

#include <future>
#include <set>

namespace open_cicd {
namespace {

std::string uuid() {
  return format_uuid(make_uuid_v4());
}

// A server for each test: what waits in another test's would be claimed here too.
class NextJob : public BothDatabases {
 protected:
  TestPlane& plane() { return own_; }
  // Of an agent with this process.
  TestLease given_running_job(const TestAgent& agent, const std::string& extra = R"("retry":0)") {
    TestLease lease = plane().claim(agent, plane().submit(extra));
    EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
    return lease;
  }
  static std::string finish(const TestAgent& agent, const std::string& claim_id, const std::string& more = {}) {
    return fmt::format(R"({{"status":"succeeded",{}"next":{{"claim_id":"{}","boot_id":"{}"}}}})", more, claim_id,
                       agent.boot_id);
  }
  static std::string next_of(const Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.text("state"), "succeeded") << reply.body;
    const auto* next = reply.json.as_object().if_contains("next");
    return next == nullptr ? "" : std::string(next->at("job_id").as_string());
  }
  static TestLease lease_of(const Reply& reply) {
    const auto& next = reply.json.at("next");
    return {.job = std::string(next.at("job_id").as_string()),
            .attempt = next.at("claim").at("attempt").to_number<int>(),
            .token = std::string(next.at("claim").at("lease_token").as_string())};
  }
  Reply poll(const TestAgent& agent, const std::string& query) {
    return plane().call(http::Method::get, "/api/v1/agents/" + agent.id + "/jobs?" + query, agent.token);
  }
  Reply beat(const TestAgent& agent, const std::string& more) {
    return plane().call(http::Method::post, "/api/v1/agents/" + agent.id + "/heartbeat", agent.token,
                        fmt::format(R"({{"boot_id":"{}","seq":1,"leases":[]{}}})", agent.boot_id, more));
  }

 private:
  TestPlane own_{GetParam()};
};

TEST_P(NextJob, IsStartedWithTheFinishOfTheOneBefore) {
  const TestAgent agent = plane().register_agent();
  const TestLease first = given_running_job(agent);
  const std::string low = plane().submit(R"("retry":0,"priority":-1)"), high = plane().submit(R"("retry":0)");
  const Reply reply = plane().put_status(agent, first, finish(agent, uuid()));
  ASSERT_EQ(next_of(reply), high) << "what a poll would offer";
  EXPECT_TRUE(reply.json.at("next").at("claim").at("started").as_bool());
  EXPECT_EQ(plane().state_of(first.job), "succeeded");
  EXPECT_EQ(plane().state_of(high), "running");
  const TestLease second = lease_of(reply);
  EXPECT_EQ(plane().append(agent, second, 0, 0, "x").status, 202);
  EXPECT_EQ(next_of(plane().put_status(agent, second, finish(agent, uuid()))), low);
  EXPECT_EQ(plane().state_of(high), "succeeded");
}

TEST_P(NextJob, IsMissingWhereNoneWaits) {
  const TestAgent agent = plane().register_agent(), other = plane().register_agent(R"({"gpu":"a100"})");
  const TestLease lease = given_running_job(agent);
  const std::string not_for_it = plane().submit(R"("retry":0,"runs_on":["gpu"])");
  EXPECT_EQ(next_of(plane().put_status(agent, lease, finish(agent, uuid()))), "");
  EXPECT_EQ(plane().claim_with(other, not_for_it, uuid()).status, 200);
}

TEST_P(NextJob, IsTheSameAgainInARepeat) {
  const TestAgent agent = plane().register_agent();
  const TestLease first = given_running_job(agent);
  const std::string second = plane().submit(R"("retry":0)"), third = plane().submit(R"("retry":0)");
  const std::string body = finish(agent, uuid());
  const Reply reply = plane().put_status(agent, first, body);
  ASSERT_EQ(next_of(reply), second);
  EXPECT_EQ(plane().put_status(agent, first, body).body, reply.body);
  plane().restart();
  EXPECT_EQ(plane().put_status(agent, first, body).body, reply.body) << "also by a server that has started again";
  EXPECT_EQ(next_of(plane().put_status(agent, first, finish(agent, uuid()))), "") << "a repeat claims nothing";
  EXPECT_EQ(next_of(plane().put_status(agent, first, R"({"status":"succeeded"})")), "")
      << "it is the same finish, as a later process says it";
  EXPECT_EQ(plane().state_of(third), "queued");
}

TEST_P(NextJob, ARepeatThatClaimedNothingClaimsNothingLater) {
  const TestAgent agent = plane().register_agent();
  const TestLease first = given_running_job(agent);
  const std::string body = finish(agent, uuid());
  ASSERT_EQ(next_of(plane().put_status(agent, first, body)), "");
  const std::string job = plane().submit(R"("retry":0)");
  EXPECT_EQ(next_of(plane().put_status(agent, first, body)), "") << "its agent may know the answer and be elsewhere";
  EXPECT_EQ(plane().claim_with(agent, job, uuid()).status, 200);
}

TEST_P(NextJob, AClaimOfAnotherAgentIsNotAnswered) {
  const TestAgent agent = plane().register_agent(), thief = plane().register_agent();
  const TestLease first = given_running_job(agent), of_thief = given_running_job(thief);
  const std::string claim = uuid();
  plane().submit(R"("retry":0)");
  const std::string third = plane().submit(R"("retry":0)");
  ASSERT_NE(next_of(plane().put_status(agent, first, finish(agent, claim))), "");
  EXPECT_EQ(next_of(plane().put_status(thief, of_thief, finish(thief, claim))), "") << "the id is used";
  EXPECT_EQ(next_of(plane().put_status(thief, of_thief, finish(thief, claim))), "");
  EXPECT_EQ(plane().state_of(third), "queued");
}

TEST_P(NextJob, ANewBootOfTheAgentHasLostIt) {
  const TestAgent agent = plane().register_agent();
  const TestLease first = given_running_job(agent);
  const std::string second = plane().submit(R"("retry":{"max":1,"on":["agent_lost"]})"), body = finish(agent, uuid());
  ASSERT_EQ(next_of(plane().put_status(agent, first, body)), second);
  ASSERT_EQ(plane()
                .call(http::Method::post, "/api/v1/agents/register", agent.token,
                      fmt::format(R"({{"name":"again","boot_id":"{}","version":"0.1.0","os":"linux","arch":"x86_64",)"
                                  R"("executors":["shell"]}})",
                                  uuid()))
                .status,
            201);
  EXPECT_EQ(plane().state_of(second), "queued");
  EXPECT_EQ(next_of(plane().put_status(agent, first, body)), "") << "the finish itself still counts";
}

TEST_P(NextJob, ADrainingAgentGetsNone) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = given_running_job(agent);
  const std::string job = plane().submit(R"("retry":0)");
  ASSERT_EQ(plane()
                .call(http::Method::post, "/api/v1/agents/" + agent.id + "/drain", plane().admin(), R"({"drain":true})")
                .status,
            200);
  EXPECT_EQ(next_of(plane().put_status(agent, lease, finish(agent, uuid()))), "");
  EXPECT_EQ(plane().state_of(job), "queued");
}

TEST_P(NextJob, AWithdrawnExecutorGetsNone) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = given_running_job(agent);
  const std::string job = plane().submit(R"("retry":0)");
  ASSERT_EQ(beat(agent, R"(,"withdrawn":{"shell":"its disk is full"})").status, 200);
  EXPECT_EQ(next_of(plane().put_status(agent, lease, finish(agent, uuid()))), "");
  EXPECT_EQ(plane().state_of(job), "queued");
}

// And what was kept for it is another agent's at once.
TEST_P(NextJob, AFinishThatIsNotAcceptedClaimsNone) {
  const TestAgent agent = plane().register_agent(), other = plane().register_agent();
  const TestLease lease = given_running_job(agent);
  const std::string job = plane().submit(R"("retry":0)");
  const std::string logs = fmt::format(R"("logs":{{"0":{{"size":5,"crc32c":"{}"}}}},)", format_crc32c(crc32c("hello")));
  const auto offered = [&] {
    const Reply reply = poll(other, "wait=0");
    return reply.status == 200 && reply.body.contains(job);
  };
  EXPECT_EQ(plane().put_status(agent, lease, finish(agent, uuid(), logs)).text("code"), "logs_incomplete");
  EXPECT_TRUE(offered());
  EXPECT_EQ(plane().claim_with(other, job, uuid()).status, 200);
}

// The second may come while the first is under way: a proxy tries again.
TEST_P(NextJob, IsOneForTwoFinishesAtATime) {
  const TestAgent agent = plane().register_agent();
  TestLease lease = given_running_job(agent);
  for (int round = 0; round < 10; ++round) {
    const std::set<std::string> waiting{plane().submit(R"("retry":0)"), plane().submit(R"("retry":0)")};
    const std::string body = finish(agent, uuid());
    auto twin = std::async(std::launch::async, [&] { return plane().put_status(agent, lease, body); });
    const Reply one = plane().put_status(agent, lease, body), two = twin.get();
    ASSERT_TRUE(waiting.contains(next_of(one)) || round > 0) << one.body;
    ASSERT_EQ(next_of(one), next_of(two));
    ASSERT_NE(next_of(one), "");
    lease = lease_of(one);
  }
  int running = 0;
  for (const auto& job : plane().get("/api/v1/jobs?limit=100").json.at("jobs").as_array())
    running += job.at("state").as_string() == "running" ? 1 : 0;
  EXPECT_EQ(running, 1);
}

TEST_P(NextJob, LeavesThePollThatIsOpenAlone) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = given_running_job(agent);
  const auto rev = poll(agent, "wait=0&seen=1").json.at("rev").as_int64();
  auto open = std::async(std::launch::async, [&] { return poll(agent, fmt::format("wait=2&watch=1&seen={}", rev)); });
  plane().submit(R"("retry":0)");
  plane().submit(R"("retry":0)");
  ASSERT_NE(next_of(plane().put_status(agent, lease, finish(agent, uuid()))), "");
  EXPECT_EQ(open.get().status, 204) << "it is as busy as before";
}

TEST_P(NextJob, ThePollThatIsOpenHearsThatItIsCancelled) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = given_running_job(agent);
  const auto rev = poll(agent, "wait=0&seen=1").json.at("rev").as_int64();
  const std::string second = plane().submit(R"("retry":0)");
  ASSERT_EQ(next_of(plane().put_status(agent, lease, finish(agent, uuid()))), second);
  auto open = std::async(std::launch::async, [&] { return poll(agent, fmt::format("wait=9&watch=1&seen={}", rev)); });
  ASSERT_EQ(
      plane()
          .call(http::Method::put, "/api/v1/jobs/" + second + "/status", plane().admin(), R"({"status":"cancelled"})")
          .status,
      202);
  const Reply told = open.get();
  ASSERT_EQ(told.status, 200);
  EXPECT_EQ(told.json.at("leases").at(0).at("job_id").as_string(), second);
  EXPECT_EQ(told.json.at("leases").at(0).at("state").as_string(), "cancel");
}

TEST_P(NextJob, AWrongFieldOfItIsNamed) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = given_running_job(agent);
  const Reply reply =
      plane().put_status(agent, lease, R"({"status":"succeeded","next":{"claim_id":"x","boot_id":"y","job_id":"z"}})");
  EXPECT_EQ(reply.status, 422);
  EXPECT_TRUE(reply.body.contains("next.job_id")) << reply.body;
  EXPECT_EQ(plane().state_of(lease.job), "running");
}

INSTANTIATE_ON_BOTH_DATABASES(NextJob);

}  // namespace
}  // namespace open_cicd
