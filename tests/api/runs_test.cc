// Runs of pipelines over a real socket: sent as a file, shown with their jobs, worked off by an agent, cancelled.
#include "api/both_databases.h"
#include "base/crypto.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace open_cicd {
namespace {

constexpr std::string_view three_jobs = R"(
jobs:
  build: {executor: shell, retry: 0, steps: [{run: make}]}
  test: {needs: build, executor: shell, retry: 0, env: {RUN: "${{ run.number }}"}, steps: [{run: make test}]}
  tell: {needs: [build, test], if: failure(), executor: shell, retry: 0, steps: [{run: tell}]}
)";

class RunsApi : public BothDatabases {
 protected:
  Reply send(std::string_view yaml, const std::string& query = {}, TestPlane::Headers headers = {}) {
    return plane().call(http::Method::post, "/api/v1/runs" + query, plane().admin(), std::string(yaml),
                        std::move(headers), "application/yaml");
  }
  Reply send_document(const boost::json::value& document, const std::string& query = {}) {
    return plane().call(http::Method::post, "/api/v1/runs" + query, plane().admin(), boost::json::serialize(document));
  }
  std::string given_run(std::string_view yaml) {
    const Reply reply = send(yaml);
    EXPECT_EQ(reply.status, 201) << reply.body;
    return reply.text("id");
  }
  Reply show(const std::string& run, const std::string& rest = {}) { return plane().get("/api/v1/runs/" + run + rest); }
  boost::json::value job_of(const std::string& run, std::string_view key) {
    const Reply reply = show(run);
    for (const auto& job : reply.json.at("jobs").as_array())
      if (job.at("key").as_string() == key) return job;
    throw std::runtime_error("no such job: " + reply.body);
  }
  std::string id_of(const std::string& run, std::string_view key) {
    return std::string(job_of(run, key).at("id").as_string());
  }
  // As an agent that does what it is told.
  Reply work(const TestAgent& agent, const std::string& job, std::string finish) {
    const TestLease lease = plane().claim(agent, job);
    EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
    return plane().put_status(agent, lease, std::move(finish));
  }
};

TEST_P(RunsApi, AFileBecomesARunThatIsWorkedOffInItsOrder) {
  const std::string run = given_run(three_jobs);
  const TestAgent agent = plane().register_agent();
  EXPECT_EQ(show(run).text("state"), "queued");
  EXPECT_EQ(job_of(run, "test").at("state"), "blocked");
  EXPECT_EQ(job_of(run, "test").at("reason").at("code"), "waiting_for_needs");
  EXPECT_EQ(job_of(run, "tell").at("needs"), boost::json::parse(R"(["build","test"])"));
  EXPECT_EQ(work(agent, id_of(run, "build"), R"({"status":"succeeded"})").status, 200);
  EXPECT_EQ(show(run).text("state"), "running");
  const std::string test = id_of(run, "test");
  const Reply claim = plane().claim_with(agent, test, format_uuid(make_uuid_v4()));
  ASSERT_EQ(claim.status, 200) << claim.body;
  EXPECT_EQ(claim.json.at("filled").at("env.RUN").as_string(), std::to_string(show(run).json.at("number").as_int64()));
  const TestLease lease{.job = test, .attempt = 1, .token = claim.text("lease_token")};
  EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
  EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"succeeded"})").status, 200);
  EXPECT_EQ(job_of(run, "tell").at("state"), "skipped");
  EXPECT_EQ(show(run).text("state"), "succeeded");
  EXPECT_FALSE(show(run).text("finished_at").empty());
}

TEST_P(RunsApi, WhoAskedIsToldInWordsAlsoWhenTheTokenIsGone) {
  TestPlane own(GetParam());
  const Reply me = own.get("/api/v1/session");
  const Reply made =
      own.call(http::Method::post, "/api/v1/runs", own.admin(), std::string(three_jobs), {}, "application/yaml");
  const std::string path = "/api/v1/runs/" + made.text("id");
  EXPECT_EQ(own.get(path).text("triggered_by"), me.text("id"));
  EXPECT_EQ(own.get(path).text("triggered_by_name"), "first admin token");
  const Reply list = own.get("/api/v1/runs");
  EXPECT_EQ(list.json.at("runs").at(0).at("triggered_by_name"), "first admin token");
  own.reset_admin_token();
  const Reply later = own.get("/api/v1/session");
  EXPECT_EQ(later.text("name"), "admin token, reset");
  EXPECT_NE(later.text("id"), me.text("id"));
  EXPECT_EQ(own.get(path).text("triggered_by_name"), "first admin token")
      << "it was revoked, and is known all the same";
}

TEST_P(RunsApi, ItsJobsAreJobsThatKnowTheirRun) {
  const std::string run = given_run(three_jobs);
  const Reply job = plane().get("/api/v1/jobs/" + id_of(run, "build"));
  EXPECT_EQ(job.text("run_id"), run);
  EXPECT_EQ(job.text("key"), "build");
  EXPECT_FALSE(plane().get("/api/v1/jobs/" + plane().submit()).json.as_object().contains("run_id"));
}

// The run and the job say the same of why it waits.
TEST_P(RunsApi, AJobNamesOfItsNeedsThoseThatHaveNotEnded) {
  const std::string run = given_run(
      "jobs:\n  a: {executor: shell, steps: [{run: a}]}\n  b: {executor: shell, steps: [{run: b}]}\n"
      "  c: {needs: [a, b], executor: shell, steps: [{run: c}]}\n");
  work(plane().register_agent(), id_of(run, "a"), R"({"status":"succeeded"})");
  const auto waits = boost::json::parse(R"({"code":"waiting_for_needs","facts":{"jobs":["b"]}})");
  EXPECT_EQ(job_of(run, "c").at("reason"), waits);
  EXPECT_EQ(plane().get("/api/v1/jobs/" + id_of(run, "c")).json.at("reason"), waits);
}

TEST_P(RunsApi, AFinishClaimsTheJobThatItReleases) {
  const std::string run = given_run(three_jobs);
  const TestAgent agent = plane().register_agent();
  const Reply finish = work(agent, id_of(run, "build"), R"({"status":"failed","exit_code":1})");
  EXPECT_EQ(finish.text("state"), "failed");
  EXPECT_EQ(job_of(run, "test").at("reason"),
            boost::json::parse(R"({"code":"skipped_need","facts":{"job":"build","result":"failed"}})"));
  EXPECT_EQ(job_of(run, "tell").at("state"), "queued");
  work(agent, id_of(run, "tell"), R"({"status":"succeeded"})");
  EXPECT_EQ(show(run).text("state"), "failed");
}

TEST_P(RunsApi, WhatCannotBePlannedOrRunIsRefusedWithEveryError) {
  const Reply wrong = send("jobs: {a: {stesp: 1, steps: [{run: a}]}, b: {}}");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.json.at("errors").as_array().size(), 2U);
  const Reply not_yet = send("jobs:\n  a:\n    approval: {count: 1}\n    checkout: true\n    steps: [{run: a}]\n");
  EXPECT_EQ(not_yet.status, 422);
  const auto& errors = not_yet.json.at("errors").as_array();
  ASSERT_EQ(errors.size(), 2U) << not_yet.body;
  EXPECT_EQ(errors[0].at("field"), "jobs.a.approval");
  EXPECT_EQ(errors[0].at("line"), 3);
  EXPECT_EQ(errors[1].at("field"), "jobs.a.checkout");
  EXPECT_EQ(errors[1].at("line"), 4);
  EXPECT_EQ(send("jobs: {a: {checkout: false, steps: [{run: a}]}}").status, 201);
  EXPECT_EQ(send(three_jobs, "?evnet=push").status, 422);
}

TEST_P(RunsApi, ANamedEventIsFilteredAndAnUnnamedOneIsNot) {
  const std::string yaml = "on: {push: {branches: [main]}}\njobs: {a: {steps: [{run: a}]}}";
  EXPECT_EQ(show(send(yaml).text("id")).text("event"), "api");
  EXPECT_EQ(send(yaml).text("state"), "queued");
  const Reply skipped = send(yaml, "?event=push&branch=other");
  EXPECT_EQ(skipped.text("state"), "skipped");
  const Reply shown = show(skipped.text("id"));
  EXPECT_EQ(shown.json.at("reason").at("code"), "skipped_filter");
  EXPECT_EQ(shown.text("branch"), "other");
  EXPECT_EQ(shown.text("event"), "push");
}

TEST_P(RunsApi, ADocumentSaysWhatTheQueryCanSay) {
  const std::string yaml =
      "on: {push: {branches: [main]}}\ninputs: {n: {type: number}, who: {default: x}, dry: {type: boolean}}\n"
      "jobs: {a: {steps: [{run: a}], env: {N: '${{ inputs.n }}', WHO: '${{ inputs.who }}', DRY: '${{ inputs.dry }}'}}}";
  const Reply sent = send_document({{"pipeline", yaml},
                                    {"file", "ci/own.yml"},
                                    {"event", "push"},
                                    {"branch", "main"},
                                    {"name", "nightly"},
                                    {"inputs", {{"n", 3}, {"who", "me"}, {"dry", true}}}});
  ASSERT_EQ(sent.status, 201) << sent.body;
  const Reply shown = show(sent.text("id"));
  EXPECT_EQ(shown.text("name"), "nightly");
  EXPECT_EQ(shown.text("pipeline"), "ci/own.yml");
  EXPECT_EQ(shown.text("event"), "push");
  EXPECT_EQ(shown.text("branch"), "main");
  const auto env = show(sent.text("id"), "/plan").json.at("jobs").at(0).at("spec").at("env");
  EXPECT_EQ(env, boost::json::parse(R"({"N":"3","WHO":"me","DRY":"true"})"));
  EXPECT_EQ(
      send_document({{"pipeline", yaml}, {"event", "push"}, {"branch", "b"}, {"inputs", {{"n", 3}}}}).text("state"),
      "skipped");
}

TEST_P(RunsApi, WhatADocumentSaysWronglyIsNamed) {
  const std::string yaml = "inputs: {n: {default: x}}\njobs: {a: {steps: [{run: a}]}}";
  const auto fields_of = [](const Reply& reply) {
    std::vector<std::string> fields;
    for (const auto& error : reply.json.at("errors").as_array()) fields.emplace_back(error.at("field").as_string());
    return fields;
  };
  using Fields = std::vector<std::string>;
  EXPECT_EQ(fields_of(send_document({{"pipeline", yaml}, {"nmae", "x"}})), Fields{"nmae"});
  EXPECT_EQ(fields_of(send_document({{"pipeline", yaml}, {"event", "pushed"}, {"executor", "podman"}})),
            (Fields{"event", "executor"}));
  EXPECT_EQ(fields_of(send_document({{"pipeline", yaml}, {"event", "push"}, {"inputs", {{"n", "a"}}}},
                                    "?event=tag&input.n=b&branch=c")),
            (Fields{"event", "inputs.n"}));
  EXPECT_EQ(fields_of(send_document({{"pipeline", yaml}, {"inputs", {{"n", {1, 2}}}}})), Fields{"inputs.n"});
  const std::string nul("a\0b", 3);
  EXPECT_EQ(fields_of(send_document({{"pipeline", yaml}, {"file", nul}, {"branch", nul}, {"tag", nul}})),
            (Fields{"file", "branch", "tag"}));
  EXPECT_EQ(fields_of(send_document({{"pipeline", yaml}, {"jobs", {"a", "b"}}})), Fields{"jobs[1]"});
  EXPECT_EQ(fields_of(send_document({{"pipeline", yaml}, {"checkout", {{"url", "-x"}, {"ref", "-y"}}}})),
            (Fields{"checkout.url", "checkout.ref"}));
}

TEST_P(RunsApi, APartOfAPipelineRunsWhereTheRestCannotYet) {
  const std::string yaml =
      "jobs: {a: {steps: [{run: a}]}, b: {needs: a, image: i, steps: [{run: b}]}, "
      "c: {approval: {count: 1}, checkout: true, steps: [{run: c}]}}";
  EXPECT_EQ(send_document({{"pipeline", yaml}}).status, 422);
  const Reply sent = send_document({{"pipeline", yaml}, {"jobs", {"b"}}, {"executor", "shell"}});
  ASSERT_EQ(sent.status, 201) << sent.body;
  EXPECT_EQ(show(sent.text("id")).json.at("jobs").as_array().size(), 2U);
  const Reply plan = show(sent.text("id"), "/plan");
  EXPECT_EQ(plan.json.at("jobs").at(1).at("spec").at("executor"), "shell");
}

TEST_P(RunsApi, TemplatesComeWithThePipeline) {
  const std::string yaml = "jobs: {a: {uses: ./ci/job.yml}}";
  EXPECT_EQ(send_document({{"pipeline", yaml}}).status, 422);
  const Reply sent =
      send_document({{"pipeline", yaml}, {"files", {{"ci/job.yml", "steps: [{run: make, name: from template}]"}}}});
  ASSERT_EQ(sent.status, 201) << sent.body;
  const Reply plan = show(sent.text("id"), "/plan");
  EXPECT_EQ(plan.json.at("templates").at(0).at("path"), "ci/job.yml");
  EXPECT_EQ(plan.json.at("jobs").at(0).at("spec").at("steps").at(0).at("name"), "from template");
}

TEST_P(RunsApi, TheSameKeyMakesOneRun) {
  const TestPlane::Headers key{{"Idempotency-Key", format_uuid(make_uuid_v4())}};
  const Reply first = send(three_jobs, "?branch=b", key);
  EXPECT_EQ(first.header("Location"), "/api/v1/runs/" + first.text("id"));
  EXPECT_EQ(send(three_jobs, "?branch=b", key).text("id"), first.text("id"));
  EXPECT_EQ(send(three_jobs, "?branch=c", key).text("code"), "idempotency_mismatch");
}

TEST_P(RunsApi, PlanAndTextAreShownAsTheyWere) {
  const Reply sent = send(three_jobs, "?event=push");
  const std::string run = sent.text("id");
  EXPECT_EQ(show(run, "/workflow").body, three_jobs);
  const Reply plan = plane().call(http::Method::post, "/api/v1/plan?event=push", plane().admin(),
                                  std::string(three_jobs), {}, "application/yaml");
  EXPECT_EQ(show(run, "/plan").body, plan.body);
  EXPECT_EQ(show(format_uuid(make_uuid_v4()), "/plan").status, 404);
  EXPECT_EQ(show("x").status, 404);
}

TEST_P(RunsApi, AListGoesOnFromItsCursor) {
  std::vector<std::string> sent;
  for (int i = 0; i < 3; ++i)
    sent.push_back(send("jobs: {a: {steps: [{run: a}]}}", "?file=listed.yml&branch=x").text("id"));
  const std::string filter = "/api/v1/runs?pipeline=listed.yml&branch=x";
  const Reply page = plane().get(filter + "&limit=2");
  ASSERT_EQ(page.json.at("runs").as_array().size(), 2U);
  EXPECT_EQ(page.json.at("runs").at(0).at("id"), boost::json::value(sent[2]));
  const Reply rest = plane().get(filter + "&cursor=" + page.text("next_cursor"));
  ASSERT_EQ(rest.json.at("runs").as_array().size(), 1U);
  EXPECT_EQ(rest.json.at("runs").at(0).at("id"), boost::json::value(sent[0]));
  EXPECT_TRUE(rest.json.at("next_cursor").is_null());
  EXPECT_EQ(plane().get("/api/v1/runs?state=odd").status, 422);
}

TEST_P(RunsApi, ACancelEndsWhatWaitsAndAsksTheOthersToStop) {
  const std::string run = given_run(R"(
jobs:
  a: {executor: shell, retry: 0, steps: [{run: a}]}
  b: {needs: a, executor: shell, retry: 0, steps: [{run: b}]}
  clean: {needs: a, if: always(), executor: shell, retry: 0, steps: [{run: c}]}
)");
  const TestAgent agent = plane().register_agent();
  const TestLease a = plane().claim(agent, id_of(run, "a"));
  plane().put_status(agent, a, R"({"status":"running"})");
  const Reply cancelled = plane().call(http::Method::post, "/api/v1/runs/" + run + "/cancel", plane().admin());
  EXPECT_EQ(cancelled.status, 202) << cancelled.body;
  EXPECT_EQ(job_of(run, "a").at("state"), "cancelling");
  EXPECT_EQ(job_of(run, "b").at("state"), "cancelled");
  EXPECT_EQ(job_of(run, "clean").at("state"), "blocked");
  EXPECT_EQ(plane().put_status(agent, a, R"({"status":"cancelled"})").status, 200);
  work(agent, id_of(run, "clean"), R"({"status":"succeeded"})");
  EXPECT_EQ(show(run).text("state"), "cancelled");
  EXPECT_EQ(show(run).json.at("reason").at("code"), "cancelled");
  const Reply late = plane().call(http::Method::post, "/api/v1/runs/" + run + "/cancel", plane().admin());
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.text("code"), "already_terminal");
}

TEST_P(RunsApi, WaitsThroughARestart) {
  const std::string run = given_run(three_jobs);
  plane().restart();
  const TestAgent agent = plane().register_agent();
  work(agent, id_of(run, "build"), R"({"status":"succeeded"})");
  plane().restart();
  EXPECT_EQ(plane().wait_for_state(id_of(run, "test"), "queued"), "queued");
}

INSTANTIATE_ON_BOTH_DATABASES(RunsApi);

}  // namespace
}  // namespace open_cicd
