// Submitting, listing, idempotency keys and concurrency groups.
#include "api/both_databases.h"

#include <boost/json/serialize.hpp>

#include <future>
#include <map>

namespace open_cicd {
namespace {

class Submit : public BothDatabases {
 protected:
  // What other suites leave in the queue would be offered here too.
  TestPlane& plane() { return shared_planes.on(GetParam(), "submit"); }
  static std::string group(const char* name, const char* on_conflict = "queue") {
    return fmt::format(R"("concurrency":{{"group":"{}-{}","on_conflict":"{}"}})", name, GetParam(), on_conflict);
  }
  TestLease given_running(const std::string& job, const TestAgent& agent) {
    TestLease lease = plane().claim(agent, job);
    EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
    return lease;
  }
};

TEST_P(Submit, ARepeatedKeyGivesTheSameJob) {
  const std::string body = R"({"name":"once","executor":"shell","steps":[{"run":"true"}]})";
  const TestPlane::Headers key{{"Idempotency-Key", format_uuid(make_uuid_v4())}};
  const Reply first = plane().call(http::Method::post, "/api/v1/jobs", plane().admin(), body, key);
  const Reply again = plane().call(http::Method::post, "/api/v1/jobs", plane().admin(), body, key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(first.text("id"), again.text("id"));
  const Reply other = plane().call(http::Method::post, "/api/v1/jobs", plane().admin(),
                                   R"({"steps":[{"run":"false"}],"executor":"shell"})", key);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.text("code"), "idempotency_mismatch");
}

TEST_P(Submit, EveryMistakeIsReportedAtOnceWithItsPlace) {
  const Reply yaml =
      plane().call(http::Method::post, "/api/v1/jobs", plane().admin(),
                   "name: x\nsteps:\n  - run: [1, {}]\n    tiemout: 5m\npriority: 1000\n", {}, "application/yaml");
  EXPECT_EQ(yaml.status, 422);
  ASSERT_TRUE(yaml.json.at("errors").is_array()) << yaml.body;
  EXPECT_GE(yaml.json.at("errors").as_array().size(), 3U) << yaml.body;
  EXPECT_EQ(yaml.json.at("errors").at(0).at("line").as_int64(), 3) << yaml.body;
  EXPECT_EQ(plane().call(http::Method::post, "/api/v1/jobs", plane().admin(), "{\"a\":", {}).status, 400);
  EXPECT_EQ(plane().call(http::Method::post, "/api/v1/jobs", plane().admin(), "steps: []", {}, "text/plain").status,
            415);
}

TEST_P(Submit, AGroupRunsOneAtATimeInOrder) {
  const TestAgent agent = plane().register_agent();
  const std::string first = plane().submit(group("order")), second = plane().submit(group("order")),
                    third = plane().submit(group("order"));
  EXPECT_EQ(plane().state_of(first), "queued");
  EXPECT_EQ(plane().state_of(second), "blocked");
  EXPECT_EQ(plane().get("/api/v1/jobs/" + third).json.at("reason").at("facts").at("position").as_int64(), 2);
  const TestLease lease = given_running(first, agent);
  EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"failed","exit_code":1})").status, 200);
  EXPECT_EQ(plane().state_of(second), "queued") << "its slot is given away before the finish is answered";
  EXPECT_EQ(plane().state_of(third), "blocked");
  EXPECT_EQ(
      plane()
          .call(http::Method::put, "/api/v1/jobs/" + second + "/status", plane().admin(), R"({"status":"cancelled"})")
          .status,
      200);
  EXPECT_EQ(plane().state_of(third), "queued");
}

// Each of them would see a free slot if it did not wait for those before it.
TEST_P(Submit, SixteenSubmissionsAtOnceGetTheGroupsOneSlot) {
  TestPlane& server = plane();
  for (int round = 0; round < 4; ++round) {
    const std::string name = fmt::format("crowd{}", round);
    std::vector<std::future<std::string>> submissions;
    for (int i = 0; i < 16; ++i)
      submissions.push_back(std::async(std::launch::async, [&] { return server.submit(group(name.c_str())); }));
    std::map<std::string, int> states;
    for (auto& submission : submissions) ++states[server.state_of(submission.get())];
    EXPECT_EQ(states, (std::map<std::string, int>{{"blocked", 15}, {"queued", 1}})) << "round " << round;
  }
}

TEST_P(Submit, AGroupsSlotIsTakenFromTheClaimToTheEndOfACancel) {
  const TestAgent agent = plane().register_agent();
  const std::string first = plane().submit(group("taken"));
  const TestLease lease = plane().claim(agent, first);
  const std::string second = plane().submit(group("taken"));
  EXPECT_EQ(plane().state_of(second), "blocked") << "the first is assigned";
  const auto cancel = [&](const std::string& id) {
    return plane()
        .call(http::Method::put, "/api/v1/jobs/" + id + "/status", plane().admin(), R"({"status":"cancelled"})")
        .status;
  };
  EXPECT_EQ(cancel(second), 200);
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
  ASSERT_EQ(cancel(first), 202);
  const std::string third = plane().submit(group("taken"));
  EXPECT_EQ(plane().state_of(third), "blocked") << "the first is cancelling: its steps still run";
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"cancelled"})").status, 200);
  EXPECT_EQ(plane().state_of(third), "queued");
}

TEST_P(Submit, ReplacePendingEndsWhatWaitsAndCancelRunningAlsoWhatRuns) {
  const TestAgent agent = plane().register_agent();
  const std::string running = plane().submit(group("replace"));
  given_running(running, agent);
  const std::string waiting = plane().submit(group("replace"));
  const std::string newer = plane().submit(group("replace", "replace_pending"));
  EXPECT_EQ(plane().state_of(waiting), "cancelled");
  EXPECT_EQ(plane().state_of(running), "running");
  EXPECT_EQ(plane().state_of(newer), "blocked");
  plane().submit(group("replace", "cancel_running"));
  EXPECT_EQ(plane().state_of(newer), "cancelled");
  EXPECT_EQ(plane().state_of(running), "cancelling");
}

TEST_P(Submit, ALostAttemptHoldsItsSlotUntilItsHolderIsSurelyGone) {
  const TestAgent agent = plane().register_agent();
  const std::string held = plane().submit(group("held") + R"(,"retry":0)"), next = plane().submit(group("held"));
  given_running(held, agent);
  ASSERT_EQ(plane().call(http::Method::delete_, "/api/v1/agents/" + agent.id, plane().admin()).status, 204);
  EXPECT_EQ(plane().state_of(held), "lost");
  EXPECT_EQ(plane().state_of(next), "blocked") << "the dead agent's steps may still run";
  EXPECT_EQ(plane().wait_for_state(next, "queued"), "queued");
}

TEST_P(Submit, AClaimSaysWhenStepsThatCannotRenewMustEndInAGroupBeforeItsSlotIsFreed) {
  const TestAgent agent = plane().register_agent(R"({"fenced":""})"),
                  other = plane().register_agent(R"({"fenced":""})");
  const std::string in_group = plane().submit(group("fence") + R"(,"runs_on":["fenced"])");
  const std::string alone = plane().submit(R"("runs_on":["fenced"])");
  const std::string claim = format_uuid(make_uuid_v4());
  const Reply first = plane().claim_with(agent, in_group, claim);
  ASSERT_EQ(first.status, 200) << first.body;
  const double hold_s = 3, fence_s = 90;  // as support/plane.cc sets them
  EXPECT_DOUBLE_EQ(first.json.at("fence_s").as_double(), hold_s * 3 / 4);
  EXPECT_EQ(plane().claim_with(agent, in_group, claim).body, first.body);
  EXPECT_DOUBLE_EQ(plane().claim_with(other, alone, format_uuid(make_uuid_v4())).json.at("fence_s").as_double(),
                   fence_s);
}

TEST_P(Submit, ARetryInAGroupWaitsUntilItsLostHolderIsSurelyGone) {
  const TestAgent gone = plane().register_agent(R"({"retry_here":""})");
  const TestAgent other = plane().register_agent(R"({"retry_here":""})");
  const std::string job =
      plane().submit(group("retry") + R"(,"runs_on":["retry_here"],"retry":{"max":1,"on":["agent_lost"]})");
  given_running(job, gone);
  ASSERT_EQ(plane().call(http::Method::delete_, "/api/v1/agents/" + gone.id, plane().admin()).status, 204);
  EXPECT_EQ(plane().get("/api/v1/jobs/" + job).json.at("reason").at("code").as_string(),
            "waiting_for_exclusive_release");
  EXPECT_EQ(plane().claim_with(other, job, format_uuid(make_uuid_v4())).text("code"), "not_queued")
      << "the dead agent's steps may still run";
  Reply poll;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  do poll = plane().call(http::Method::get, "/api/v1/agents/" + other.id + "/jobs?wait=1", other.token);
  while (!poll.body.contains(job) && std::chrono::steady_clock::now() < deadline);
  EXPECT_TRUE(poll.body.contains(job)) << "it is offered in the end: " << poll.body;
  EXPECT_EQ(plane().claim(other, job).attempt, 2);
}

TEST_P(Submit, ListsPageWithoutGapsOrDoubles) {
  std::vector<std::string> made;
  for (int i = 0; i < 7; ++i) made.push_back(plane().submit(R"("runs_on":["page_me"])"));
  std::vector<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 20; ++page) {
    const Reply reply =
        plane().get("/api/v1/jobs?runs_on=page_me&limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(reply.status, 200) << reply.body;
    for (const auto& job : reply.json.at("jobs").as_array()) seen.emplace_back(job.at("id").as_string());
    if (reply.json.at("next_cursor").is_null()) break;
    cursor = reply.text("next_cursor");
  }
  std::ranges::reverse(seen);
  EXPECT_EQ(seen, made);
  EXPECT_EQ(plane().get("/api/v1/jobs?state=runing").status, 422);
  EXPECT_EQ(plane().get("/api/v1/jobs?limit=0").status, 422);
  EXPECT_EQ(plane().get("/api/v1/jobs?limit=5&cursor=%27%3B--").status, 422) << "M1";
}

TEST_P(Submit, AListOfTheLargestJobsIsAnswered) {
  const std::string line = "echo " + std::string(1000, 'x');
  std::string script;
  for (int i = 0; i < 200; ++i) script += (i == 0 ? "\"" : ",\"") + line + "\"";
  const std::string body = fmt::format(
      R"({{"name":"large","executor":"shell","runs_on":["of_400_kib"],"steps":[{{"run":[{0}]}},{{"run":[{0}]}}]}})",
      script);
  ASSERT_GT(body.size(), 400'000U);
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(plane().call(http::Method::post, "/api/v1/jobs", plane().admin(), body).status, 201) << i;
  const Reply list = plane().get("/api/v1/jobs?limit=200");
  ASSERT_EQ(list.status, 200) << list.body;
  EXPECT_EQ(list.json.at("jobs").as_array().size(), 200U);
  EXPECT_EQ(list.json.at("jobs").at(0).at("name").as_string(), "large");
  const std::string id(list.json.at("jobs").at(0).at("id").as_string());
  EXPECT_GT(plane().get("/api/v1/jobs/" + id + "?spec=1").body.size(), 400'000U) << "it is shown where it is asked for";
}

INSTANTIATE_ON_BOTH_DATABASES(Submit);

}  // namespace
}  // namespace open_cicd
