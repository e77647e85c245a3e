// What waits, over a real socket: in the order of offers, why, and until when.
#include "api/both_databases.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>

namespace open_cicd {
namespace {

namespace bj = boost::json;

constexpr std::chrono::seconds queue_patience{10};

class QueueApi : public BothDatabases {
 protected:
  TestPlane& plane() { return shared_planes.on(GetParam(), "queue"); }
  // Only jobs that ask for `label`: other tests leave jobs, too.
  std::vector<bj::object> waiting(const std::string& label, int limit = 200) {
    std::vector<bj::object> found;
    std::string cursor;
    do {
      const Reply page =
          plane().get("/api/v1/queue?limit=" + std::to_string(limit) + (cursor.empty() ? "" : "&cursor=" + cursor));
      EXPECT_EQ(page.status, 200) << page.body;
      EXPECT_LE(page.json.at("jobs").as_array().size(), static_cast<std::size_t>(limit));
      for (const auto& job : page.json.at("jobs").as_array())
        for (const auto& wanted : job.at("runs_on").as_array())
          if (wanted.as_string() == label) found.push_back(job.as_object());
      cursor = page.text("next_cursor");
    } while (!cursor.empty());
    return found;
  }
  static std::vector<std::string> ids(const std::vector<bj::object>& jobs) {
    std::vector<std::string> all;
    for (const bj::object& job : jobs) all.emplace_back(job.at("id").as_string());
    return all;
  }
  std::string given_run(const std::string& yaml) {
    return plane()
        .call(http::Method::post, "/api/v1/runs?file=queue.yml", plane().admin(), yaml, {}, "application/yaml")
        .text("id");
  }
  bj::object job_of(const std::string& run, std::string_view key) {
    for (const auto& job : plane().get("/api/v1/runs/" + run).json.at("jobs").as_array())
      if (job.at("key").as_string() == key) return job.as_object();
    throw std::runtime_error("no such job");
  }
  // What was known a moment ago is used again, so it is asked until it is `wanted`.
  bj::object job_when(const std::string& run, std::string_view key,
                      const std::function<bool(const bj::object&)>& wanted) {
    bj::object job;
    const auto deadline = std::chrono::steady_clock::now() + queue_patience;
    while (std::chrono::steady_clock::now() < deadline) {
      job = job_of(run, key);
      if (wanted(job)) return job;
    }
    ADD_FAILURE() << "not in time: " << bj::serialize(job);
    return job;
  }
};

TEST_P(QueueApi, WhatIsOfferedComesFirstInItsOrderAndWhatIsBlockedAfterIt) {
  const std::string label = "order-" + std::string(GetParam());
  const auto submit = [&](const std::string& more) {
    return plane().submit(R"("runs_on":[")" + label + R"("],)" + more);
  };
  const std::string held = submit(R"("concurrency":"q1","priority":1)");
  const std::string blocked = submit(R"("concurrency":"q1","priority":9)");
  const std::string low = submit(R"("priority":-5)");
  const std::string old = submit(R"("priority":5)");
  const std::string young = submit(R"("priority":5)");
  const std::vector<std::string> order{old, young, held, low, blocked};
  EXPECT_EQ(ids(waiting(label)), order);
  EXPECT_EQ(ids(waiting(label, 1)), order) << "page by page";
  EXPECT_EQ(ids(waiting(label, 2)), order);
  const std::vector<bj::object> all = waiting(label);
  EXPECT_EQ(all.back().at("state"), "blocked");
  EXPECT_EQ(all.back().at("reason").at("code"), "waiting_for_concurrency");
  EXPECT_EQ(plane().get("/api/v1/queue?cursor=x").status, 422);
}

TEST_P(QueueApi, NoAgentFitsNamesTheNearest) {
  const TestAgent agent = plane().register_agent(R"({"size":"small"})");
  const std::string run = given_run("jobs: {a: {executor: shell, runs_on: [size=small, moon], steps: [{run: a}]}}");
  const bj::object job =
      job_when(run, "a", [](const bj::object& seen) { return seen.at("reason").at("code") == "no_agent_fits"; });
  EXPECT_EQ(job.at("reason").at("facts").at("nearest").at("missing"), bj::parse(R"(["moon"])"));
  EXPECT_FALSE(job.contains("estimate"));
  EXPECT_EQ(plane().get("/api/v1/jobs/" + std::string(job.at("id").as_string())).json.at("reason").at("code"),
            "no_agent_fits");
}

TEST_P(QueueApi, WhatRanBeforeSaysWhenTheNextStarts) {
  TestPlane own(GetParam());
  const std::string yaml =
      "jobs:\n  a: {executor: shell, steps: [{run: a}]}\n  b: {needs: a, executor: shell, steps: [{run: b}]}\n";
  const auto send = [&] {
    return own.call(http::Method::post, "/api/v1/runs?file=p.yml", own.admin(), yaml, {}, "application/yaml")
        .text("id");
  };
  const auto job = [&](const std::string& run, std::string_view key) {
    for (const auto& one : own.get("/api/v1/runs/" + run).json.at("jobs").as_array())
      if (one.at("key").as_string() == key) return one.as_object();
    throw std::runtime_error("no such job");
  };
  const TestAgent agent = own.register_agent();
  const std::string first = send();
  for (const char* key : {"a", "b"}) {
    const TestLease lease = own.claim(agent, std::string(job(first, key).at("id").as_string()));
    own.put_status(agent, lease, R"({"status":"running"})");
    ASSERT_EQ(own.put_status(agent, lease, R"({"status":"succeeded"})").status, 200);
  }
  const std::string next = send();
  bj::object a, b;
  // What was worked out a moment ago is told again, so the first answer may not know yet how long a job takes.
  const auto is_known = [](const bj::object& waiting) {
    const auto* estimate = waiting.if_contains("estimate");
    return estimate != nullptr && estimate->as_object().contains("ends_at") && estimate->at("ends_at").is_string();
  };
  const auto deadline = std::chrono::steady_clock::now() + queue_patience;
  while (!(is_known(a) && is_known(b)) && std::chrono::steady_clock::now() < deadline) {
    a = job(next, "a");
    b = job(next, "b");
  }
  ASSERT_TRUE(is_known(a) && is_known(b)) << bj::serialize(a) << bj::serialize(b);
  EXPECT_EQ(a.at("reason").at("facts").at("agents_fitting"), 1);
  EXPECT_EQ(a.at("reason").at("facts").at("position"), 1);
  EXPECT_LE(a.at("estimate").at("ends_at").as_string(), b.at("estimate").at("starts_at").as_string());
  EXPECT_TRUE(own.get("/api/v1/jobs/" + std::string(b.at("id").as_string())).json.as_object().contains("estimate"));
  const Reply queue = own.get("/api/v1/queue");
  ASSERT_EQ(queue.json.at("jobs").as_array().size(), 2U);
  EXPECT_TRUE(queue.json.at("jobs").at(0).as_object().contains("estimate"));
  EXPECT_FALSE(job(first, "a").contains("estimate"));
}

INSTANTIATE_ON_BOTH_DATABASES(QueueApi);

}  // namespace
}  // namespace open_cicd
