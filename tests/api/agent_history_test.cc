// What an agent took, over a real socket: by its id and by its name, newest first, page by page.
#include "api/both_databases.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace open_cicd {
namespace {

namespace bj = boost::json;
using http::Method;

class AgentHistory : public BothDatabases {
 protected:
  static constexpr const char* finish = R"({"status":"succeeded"})";

  TestAgent given_agent(const std::string& name) {
    TestAgent agent{.id = {}, .token = {}, .boot_id = format_uuid(make_uuid_v4())};
    const Reply reply = plane().call(
        Method::post, "/api/v1/agents/register", plane().registration(),
        fmt::format(R"({{"name":"{}","boot_id":"{}","labels":{{"own":"{}"}},"version":"0.1.0","os":"linux",)"
                    R"("arch":"x86_64","executors":["shell"]}})",
                    name, agent.boot_id, name));
    EXPECT_EQ(reply.status, 201) << reply.body;
    agent.id = reply.text("agent_id");
    agent.token = reply.text("agent_token");
    return agent;
  }
  // That no other test's agent is offered.
  std::string given_job(const std::string& agent_name, const std::string& more = {}) {
    return plane().submit(fmt::format(R"("runs_on":["own={}"]{})", agent_name, more));
  }
  TestLease take(const TestAgent& agent, const std::string& job) {
    TestLease lease = plane().claim(agent, job);
    EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
    return lease;
  }
  std::string worked_off(const TestAgent& agent, const std::string& name, std::string how = finish) {
    const std::string job = given_job(name, R"(,"retry":0)");
    EXPECT_EQ(plane().put_status(agent, take(agent, job), std::move(how)).status, 200);
    return job;
  }
  Reply history(const std::string& agent, const std::string& more = {}) {
    return plane().get("/api/v1/jobs?agent=" + agent + more);
  }
  static std::vector<std::string> ids_of(const Reply& reply) {
    std::vector<std::string> ids;
    for (const bj::value& job : reply.json.at("jobs").as_array()) ids.emplace_back(job.at("id").as_string());
    return ids;
  }
};

INSTANTIATE_ON_BOTH_DATABASES(AgentHistory);

using Ids = std::vector<std::string>;

TEST_P(AgentHistory, IsWhatTheAgentTookNewestFirstPageByPage) {
  const TestAgent agent = given_agent("paged"), other = given_agent("another");
  worked_off(other, "another");
  Ids taken;
  for (int i = 0; i < 5; ++i) taken.insert(taken.begin(), worked_off(agent, "paged"));
  const std::string running = given_job("paged");
  take(agent, running);
  taken.insert(taken.begin(), running);

  const Reply all = history(agent.id);
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(ids_of(all), taken);
  EXPECT_TRUE(all.json.at("next_cursor").is_null());
  const bj::value& newest = all.json.at("jobs").at(0);
  EXPECT_EQ(newest.at("state"), "running");
  EXPECT_EQ(newest.at("attempts").as_array().size(), 1U);
  EXPECT_EQ(newest.at("attempts").at(0).at("agent"), "paged");

  Ids paged;
  std::string cursor;
  for (int pages = 0; pages < 4; ++pages) {
    const Reply page = history(agent.id, "&limit=2" + cursor);
    ASSERT_EQ(page.status, 200) << page.body;
    for (const std::string& id : ids_of(page)) paged.push_back(id);
    if (page.json.at("next_cursor").is_null()) break;
    EXPECT_EQ(ids_of(page).size(), 2U);
    cursor = "&cursor=" + page.text("next_cursor");
  }
  EXPECT_EQ(paged, taken);
}

TEST_P(AgentHistory, IsFoundByNameAlsoWhenTheAgentWasRemoved) {
  const TestAgent before = given_agent("named"), agent = given_agent("named");
  const std::string early = worked_off(before, "named"), late = worked_off(agent, "named");
  EXPECT_EQ(ids_of(history("named")), Ids{late}) << "of two with the name, the one that registered last";
  EXPECT_EQ(ids_of(history(before.id)), Ids{early});
  EXPECT_EQ(plane().call(Method::delete_, "/api/v1/agents/" + agent.id, plane().admin()).status, 204);
  EXPECT_EQ(ids_of(history("named")), Ids{late});
  EXPECT_EQ(ids_of(history(agent.id)), Ids{late});
  const TestAgent disguised = given_agent(before.id);
  EXPECT_EQ(ids_of(history(before.id)), Ids{early}) << "an id is never taken for a name";
}

TEST_P(AgentHistory, AJobThatCameTwiceStandsOnceWithItsLaterAttempt) {
  const TestAgent agent = given_agent("twice"), other = given_agent("twice");
  const std::string job = given_job("twice", R"(,"retry":0)");
  const std::string given_back = R"({"status":"queued","reason":"no room"})";
  EXPECT_EQ(plane().put_status(agent, plane().claim(agent, job), given_back).status, 200);
  EXPECT_EQ(plane().put_status(other, plane().claim(other, job), given_back).status, 200);
  EXPECT_EQ(plane().put_status(agent, take(agent, job), finish).status, 200);
  const Reply by_agent = history(agent.id), by_other = history(other.id);
  ASSERT_EQ(ids_of(by_agent), Ids{job});
  EXPECT_EQ(by_agent.json.at("jobs").at(0).at("attempts").at(0).at("attempt"), 3);
  ASSERT_EQ(ids_of(by_other), Ids{job});
  EXPECT_EQ(by_other.json.at("jobs").at(0).at("state"), "succeeded") << "of the job";
  EXPECT_EQ(by_other.json.at("jobs").at(0).at("attempts").at(0).at("state"), "released") << "of what this agent did";
}

TEST_P(AgentHistory, OtherFiltersNarrowIt) {
  const TestAgent agent = given_agent("narrow");
  const std::string good = worked_off(agent, "narrow");
  const std::string bad = worked_off(agent, "narrow", R"({"status":"failed","exit_code":3,"cause":"exit"})");
  EXPECT_EQ(ids_of(history(agent.id, "&state=failed")), Ids{bad});
  EXPECT_EQ(ids_of(history(agent.id, "&runs_on=own%3Dnarrow")), (Ids{bad, good}));
  EXPECT_EQ(ids_of(history(agent.id, "&runs_on=own")), Ids{});
}

TEST_P(AgentHistory, WhatIsWrongIsNamed) {
  const TestAgent agent = given_agent("fresh");
  EXPECT_EQ(ids_of(history(agent.id)), Ids{}) << "it took nothing yet";
  EXPECT_EQ(history("nobody").status, 404);
  EXPECT_EQ(history("nobody").text("code"), "not_found");
  EXPECT_EQ(history(format_uuid(make_uuid_v7())).status, 404);
  EXPECT_EQ(history("").status, 422);
  EXPECT_EQ(history(std::string(600, 'a')).status, 422);
  for (const std::string& cursor :
       Ids{"x", "5", "5.", ".5", "-1." + agent.id, "5.no-id", "99999999999999999999." + agent.id})
    EXPECT_EQ(history(agent.id, "&cursor=" + cursor).status, 422) << cursor;
  EXPECT_EQ(history(agent.id, "&cursor=5." + agent.id).status, 200) << "a place, whatever stood there";
  EXPECT_EQ(plane().get("/api/v1/jobs?cursor=5." + agent.id).status, 422) << "the other list has another cursor";
  EXPECT_EQ(plane().call(Method::get, "/api/v1/jobs?agent=" + agent.id, agent.token).status, 403);
}

}  // namespace
}  // namespace open_cicd
