// Leases, fencing and repeats over the API: section A of the threat model, by id.
#include "api/both_databases.h"
#include "base/crypto.h"

#include <boost/json/serialize.hpp>

namespace open_cicd {
namespace {

class Lease : public BothDatabases {
 protected:
  TestPlane& plane() { return shared_planes.on(GetParam(), "lease"); }
  std::string uuid() { return format_uuid(make_uuid_v4()); }
  // A job that is running on a fresh agent.
  struct Running {
    TestAgent agent;
    TestLease lease;
  };
  Running given_running_job(std::string extra = R"("retry":0)") {
    Running made{.agent = plane().register_agent(), .lease = {}};
    made.lease = plane().claim(made.agent, plane().submit(std::move(extra)));
    EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"running"})").status, 200);
    return made;
  }
  Reply re_register(const TestAgent& agent, const std::string& boot, int boot_seq, const std::string& labels = "{}") {
    return plane().call(
        http::Method::post, "/api/v1/agents/register", agent.token,
        fmt::format(
            R"({{"name":"again","boot_id":"{}","boot_seq":{},"labels":{},"version":"0.1.0","os":"linux","arch":"x86_64",)"
            R"("executors":["shell"]}})",
            boot, boot_seq, labels));
  }
  boost::json::value job(const std::string& id) { return plane().get("/api/v1/jobs/" + id).json; }
};

TEST_P(Lease, A1_AnotherAgentsTokenChangesNothing) {
  const Running made = given_running_job();
  const TestAgent thief = plane().register_agent();
  const std::string before = plane().get("/api/v1/jobs/" + made.lease.job).body;
  EXPECT_EQ(plane().put_status(thief, made.lease, R"({"status":"succeeded"})").text("code"), "not_lease_holder");
  EXPECT_EQ(plane().append(thief, made.lease, 0, 0, "stolen").text("code"), "not_lease_holder");
  EXPECT_EQ(plane().call(http::Method::get, "/api/v1/jobs/" + made.lease.job, thief.token).status, 404);
  EXPECT_EQ(plane().get("/api/v1/jobs/" + made.lease.job).body, before);
}

TEST_P(Lease, A1_AnEndedJobThatWasJustShownIsStillHiddenFromOtherAgents) {
  const Running made = given_running_job();
  const std::string path = "/api/v1/jobs/" + made.lease.job;
  EXPECT_EQ(plane().state_of(made.lease.job), "running");
  ASSERT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"succeeded"})").status, 200);
  for (int i = 0; i < 2; ++i) {
    const Reply shown = plane().get(path);
    EXPECT_EQ(shown.text("state"), "succeeded");
    EXPECT_EQ(plane().call(http::Method::get, path, made.agent.token).body, shown.body);
    EXPECT_EQ(plane().call(http::Method::get, path, plane().register_agent().token).status, 404);
    const std::string tag = shown.header("ETag");
    EXPECT_EQ(plane().call(http::Method::get, path, plane().admin(), {}, {{"If-None-Match", tag}}).status, 304);
    EXPECT_TRUE(plane().get(path + "?spec=1").json.as_object().contains("spec"));
    EXPECT_FALSE(shown.json.as_object().contains("spec"));
  }
}

TEST_P(Lease, A2_AnAgentIsOnlyItsTokensSubject) {
  const TestAgent a = plane().register_agent(), b = plane().register_agent();
  EXPECT_EQ(plane().call(http::Method::get, "/api/v1/agents/" + a.id + "/jobs?wait=0", b.token).text("code"),
            "not_you");
  EXPECT_EQ(plane()
                .call(http::Method::post, "/api/v1/agents/" + a.id + "/heartbeat", b.token,
                      R"({"boot_id":")" + a.boot_id + R"(","seq":1,"leases":[]})")
                .text("code"),
            "not_you");
  EXPECT_EQ(plane().call(http::Method::delete_, "/api/v1/agents/" + a.id, b.token).text("code"), "not_you");
  EXPECT_EQ(plane()
                .call(http::Method::get, "/api/v1/agents/" + b.id + "/jobs?wait=0", b.token, {}, {{"X-Agent-Id", a.id}})
                .status,
            204);
}

TEST_P(Lease, A3_ANameIsNotAnIdentity) {
  const TestAgent a = plane().register_agent(), b = plane().register_agent();
  EXPECT_NE(a.id, b.id) << "same name, same registration token";
  EXPECT_EQ(plane().call(http::Method::get, "/api/v1/agents/" + a.id + "/jobs?wait=0", a.token).status, 204);
}

TEST_P(Lease, A5_ADelayedFinishOfAnEarlierAttemptIsStale) {
  const Running first = given_running_job(R"("retry":{"max":2,"on":["agent_lost"]})");
  const std::string new_boot = uuid();
  ASSERT_EQ(re_register(first.agent, new_boot, 2).status, 201);  // a restarted agent frees what it held
  EXPECT_EQ(plane().wait_for_state(first.lease.job, "queued"), "queued");
  TestAgent reborn = first.agent;
  reborn.boot_id = new_boot;
  const TestLease second = plane().claim(reborn, first.lease.job);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_EQ(plane().put_status(first.agent, first.lease, R"({"status":"succeeded"})").text("code"), "stale_attempt");
  EXPECT_EQ(plane().append(first.agent, first.lease, 0, 0, "late").text("code"), "stale_attempt");
  EXPECT_EQ(plane().state_of(first.lease.job), "assigned");
}

TEST_P(Lease, A7_AppendBeforeStartAfterEndAndToSkippedStepsIsRefused) {
  TestAgent agent = plane().register_agent();
  const TestLease lease = plane().claim(agent, plane().submit(R"("retry":0)"));
  EXPECT_EQ(plane().append(agent, lease, 0, 0, "x").status, 409) << "not started";
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200);
  EXPECT_EQ(plane().append(agent, lease, 7, 0, "x").status, 422) << "the job has no such step";
  EXPECT_EQ(plane().append(agent, lease, 0, 0, "x").status, 202);
  ASSERT_EQ(plane()
                .put_status(agent, lease, R"({"status":"running","step":0,"step_state":"succeeded","exit_code":0})")
                .status,
            200);
  EXPECT_EQ(plane().append(agent, lease, 0, 1, "y").status, 202) << "after a crash the server asks for it again";
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"running","step":1,"step_state":"skipped"})").status, 200);
  EXPECT_EQ(plane().append(agent, lease, 1, 0, "y").status, 409) << "the step was skipped";
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"succeeded"})").status, 200);
  EXPECT_EQ(plane().append(agent, lease, 0, 2, "z").status, 409) << "the job has ended";
}

TEST_P(Lease, AWrongAttemptInAClaimHidesNothing) {
  const TestAgent agent = plane().register_agent(R"({"only":"here"})");
  const std::string job_id = plane().submit(R"("runs_on":["only"])");
  const Reply refused = plane().call(
      http::Method::put, "/api/v1/jobs/" + job_id + "/status", agent.token,
      fmt::format(R"({{"status":"assigned","claim_id":"{}","boot_id":"{}","attempt":7}})", uuid(), agent.boot_id));
  EXPECT_EQ(refused.text("code"), "not_queued");
  const Reply poll = plane().call(http::Method::get, "/api/v1/agents/" + agent.id + "/jobs?wait=5", agent.token);
  ASSERT_EQ(poll.status, 200);
  EXPECT_EQ(poll.json.at("offers").at(0).at("job_id").as_string(), job_id);
}

TEST_P(Lease, ADrainingAgentClaimsNothing) {
  const TestAgent agent = plane().register_agent();
  ASSERT_EQ(plane()
                .call(http::Method::post, "/api/v1/agents/" + agent.id + "/drain", plane().admin(), R"({"drain":true})")
                .status,
            200);
  EXPECT_EQ(plane().claim_with(agent, plane().submit(), uuid()).text("code"), "agent_draining");
}

TEST_P(Lease, AClaimIsRepeatedAlsoByAnAgentThatDrainsSince) {
  const TestAgent agent = plane().register_agent();
  const std::string job_id = plane().submit(), claim_id = uuid();
  const Reply first = plane().claim_with(agent, job_id, claim_id);
  ASSERT_EQ(first.status, 200);
  ASSERT_EQ(plane()
                .call(http::Method::post, "/api/v1/agents/" + agent.id + "/drain", plane().admin(), R"({"drain":true})")
                .status,
            200);
  EXPECT_EQ(plane().claim_with(agent, job_id, claim_id).body, first.body);
  EXPECT_EQ(plane().claim_with(agent, job_id, uuid()).text("code"), "not_queued");
}

TEST_P(Lease, LookingAtAJobThatWaitsForItsRetryKeepsItsLog) {
  const Running made = given_running_job(R"("retry":{"max":1,"on":["exit"],"delay":"1h"})");
  ASSERT_EQ(plane().append(made.agent, made.lease, 0, 0, "short").status, 202);
  ASSERT_EQ(
      plane().put_status(made.agent, made.lease, R"({"status":"failed","exit_code":1,"cause":"exit"})").text("state"),
      "queued");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(plane().get("/api/v1/jobs/" + made.lease.job + "/logs?step=0&attempt=1").body, "short");
    EXPECT_EQ(job(made.lease.job).at("state").as_string(), "queued");
  }
}

TEST_P(Lease, A8_AJobThatAsksForOtherLabelsIsOutOfScope) {
  const TestAgent plain = plane().register_agent();
  const std::string job = plane().submit(R"("runs_on":["gpu"])");
  EXPECT_EQ(plane().claim_with(plain, job, uuid()).status, 404);
  const TestAgent gpu = plane().register_agent(R"({"gpu":"a100"})");
  EXPECT_EQ(plane().claim_with(gpu, job, uuid()).status, 200);
}

TEST_P(Lease, A9_ARemovedAgentIsRefusedAndItsLeaseIsFree) {
  const Running made = given_running_job(R"("retry":{"max":1,"on":["agent_lost"]})");
  ASSERT_EQ(plane().call(http::Method::delete_, "/api/v1/agents/" + made.agent.id, plane().admin()).status, 204);
  EXPECT_EQ(plane().state_of(made.lease.job), "queued");
  EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"succeeded"})").status, 401);
  EXPECT_EQ(plane().call(http::Method::delete_, "/api/v1/agents/" + made.agent.id, plane().admin()).status, 204)
      << "again is harmless";
}

TEST_P(Lease, A13_LabelsThatWereNotGrantedAreDropped) {
  const TestAgent agent = plane().register_agent(R"({"zone":"eu"})");
  ASSERT_EQ(re_register(agent, uuid(), 5, R"({"zone":"eu","deploy-prod":"yes"})").status, 201);
  const auto shown = plane().get("/api/v1/agents/" + agent.id).json;
  EXPECT_EQ(boost::json::serialize(shown.at("labels")), R"({"zone":"eu"})");
}

TEST_P(Lease, A14_HostileStringsAreRefusedByField) {
  const auto attempt = [&](const std::string& name, const std::string& version) {
    return plane().call(
        http::Method::post, "/api/v1/agents/register", plane().registration(),
        fmt::format(R"({{"name":"{}","boot_id":"{}","version":"{}","os":"linux","arch":"x","executors":["shell"]}})",
                    name, uuid(), version));
  };
  for (const std::string& name : {std::string("a\\u001b[31mred"), std::string("two\\nlines"), std::string("\\u0000"),
                                  std::string(5000, 'x'), std::string("\\u202eevil"), std::string()}) {
    const Reply reply = attempt(name, "1.0.0");
    EXPECT_EQ(reply.status, 422) << name.substr(0, 20);
    EXPECT_NE(reply.body.find("\"name\""), std::string::npos) << reply.body;
  }
  EXPECT_EQ(attempt("fine", "1.0; rm -rf").status, 422);
  EXPECT_EQ(attempt("<b>fine</b>", "1.0.0").status, 201) << "it is text, and shown as text";
}

TEST_P(Lease, A15_AClaimIsIdempotentByItsId) {
  const TestAgent agent = plane().register_agent();
  const std::string job = plane().submit(R"("retry":0)"), claim = uuid();
  const Reply first = plane().claim_with(agent, job, claim), again = plane().claim_with(agent, job, claim);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(plane().claim_with(plane().register_agent(), job, claim).text("code"), "claim_used");
  const TestLease lease{.job = job, .attempt = 1, .token = first.text("lease_token")};
  ASSERT_EQ(plane().put_status(agent, lease, R"({"status":"queued","reason":"drain"})").status, 200);
  EXPECT_EQ(plane().claim_with(agent, job, claim).text("code"), "claim_used") << "its attempt is closed";
}

TEST_P(Lease, A18_UnknownFieldsAreRefusedByName) {
  const TestAgent agent = plane().register_agent();
  const Reply reply =
      plane().call(http::Method::post, "/api/v1/agents/" + agent.id + "/heartbeat", agent.token,
                   R"({"boot_id":")" + agent.boot_id + R"(","seq":1,"leases":[],"provision_command":"id"})");
  EXPECT_EQ(reply.status, 422);
  EXPECT_NE(reply.body.find("provision_command"), std::string::npos);
}

TEST_P(Lease, AnAgentHoldsOneLeaseAtATime) {
  const Running made = given_running_job();
  EXPECT_EQ(plane().claim_with(made.agent, plane().submit(), uuid()).text("code"), "agent_busy");
}

TEST_P(Lease, AnOlderBootIsSuperseded) {
  const TestAgent agent = plane().register_agent();
  ASSERT_EQ(re_register(agent, uuid(), 7).status, 201);
  EXPECT_EQ(re_register(agent, uuid(), 6).text("code"), "superseded");
  EXPECT_EQ(re_register(agent, uuid(), 7).text("code"), "superseded") << "the same number with another id";
  EXPECT_EQ(
      plane()
          .call(http::Method::get, "/api/v1/agents/" + agent.id + "/jobs?wait=0&boot_id=" + agent.boot_id, agent.token)
          .text("code"),
      "superseded");
}

TEST_P(Lease, FinishWaitsForTheLog) {
  const Running made = given_running_job();
  ASSERT_EQ(plane().append(made.agent, made.lease, 0, 0, "hello ").status, 202);
  const std::string finish =
      fmt::format(R"({{"status":"succeeded","exit_code":0,"logs":{{"0":{{"size":11,"crc32c":"{}"}}}}}})",
                  format_crc32c(crc32c("hello world")));
  const Reply early = plane().put_status(made.agent, made.lease, finish);
  EXPECT_EQ(early.status, 202);
  EXPECT_EQ(early.text("code"), "logs_incomplete");
  EXPECT_EQ(early.json.at("next").at("0").as_int64(), 6);
  EXPECT_EQ(plane().state_of(made.lease.job), "running");
  EXPECT_EQ(plane().append(made.agent, made.lease, 0, 9, "ld").status, 416) << "a gap";
  ASSERT_EQ(plane().append(made.agent, made.lease, 0, 4, "o world").status, 202) << "an overlap is fine";
  const Reply done = plane().put_status(made.agent, made.lease, finish);
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(plane().put_status(made.agent, made.lease, finish).body, done.body)
      << "the same finish again gets the stored answer";
  EXPECT_EQ(plane().get("/api/v1/jobs/" + made.lease.job + "/logs?step=0").body, "hello world");
  EXPECT_TRUE(job(made.lease.job).at("log_flags").as_array().empty());
}

TEST_P(Lease, TheLogOfAStepThatTheJobLacksIsNotFound) {
  const Running made = given_running_job();
  ASSERT_EQ(plane().append(made.agent, made.lease, 0, 0, "hello").status, 202);
  const std::string logs = "/api/v1/jobs/" + made.lease.job + "/logs?step=";
  EXPECT_EQ(plane().get(logs + "0").body, "hello");
  EXPECT_EQ(plane().get(logs + "-1").status, 200) << "every job has a setup, also one that printed nothing";
  const Reply missing = plane().get(logs + "9");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.text("code"), "no_such_step");
  EXPECT_TRUE(missing.text("detail").starts_with("The job has no step 9: its steps are 0 to ")) << missing.body;
  const std::string queued = plane().submit(R"("runs_on":["nowhere"])");
  EXPECT_EQ(plane().get("/api/v1/jobs/" + queued + "/logs?step=0").status, 200) << "nothing yet";
  EXPECT_EQ(plane().get("/api/v1/jobs/" + queued + "/logs?step=9").status, 404);
}

TEST_P(Lease, AFinishWithoutLogsIsMarkedUnverified) {
  const Running made = given_running_job();
  ASSERT_EQ(plane().append(made.agent, made.lease, 0, 0, "hello").status, 202);
  ASSERT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"succeeded"})").status, 200);
  EXPECT_EQ(boost::json::serialize(job(made.lease.job).at("log_flags")), R"(["log_unverified"])");
}

TEST_P(Lease, ARetryThatCoversTheCauseQueuesTheJobAgain) {
  const Running made = given_running_job(R"("retry":{"max":1,"on":["exit"],"exit_codes":[3]})");
  const Reply reply = plane().put_status(made.agent, made.lease, R"({"status":"failed","exit_code":3,"cause":"exit"})");
  EXPECT_EQ(reply.text("state"), "queued") << reply.body;
  const TestLease second = plane().claim(made.agent, made.lease.job);
  EXPECT_EQ(second.attempt, 2);
  ASSERT_EQ(plane().put_status(made.agent, second, R"({"status":"running"})").status, 200);
  EXPECT_EQ(plane().put_status(made.agent, second, R"({"status":"failed","exit_code":3,"cause":"exit"})").text("state"),
            "failed")
      << "no retry is left";
  EXPECT_EQ(job(made.lease.job).at("attempts").as_array().size(), 2U);
}

TEST_P(Lease, ARetryThatDoesNotCoverTheExitCodeEndsTheJob) {
  const Running made = given_running_job(R"("retry":{"max":1,"on":["exit"],"exit_codes":[3]})");
  EXPECT_EQ(
      plane().put_status(made.agent, made.lease, R"({"status":"failed","exit_code":4,"cause":"exit"})").text("state"),
      "failed");
}

TEST_P(Lease, AnImageThatCouldNotBePulledIsTriedAgainAfterAPauseThatGrows) {
  const std::string failed = R"({"status":"failed","cause":"image_pull","message":"no registry"})";
  const Running made = given_running_job(R"("retry":{"max":2,"on":["image_pull"]})");
  ASSERT_EQ(plane().put_status(made.agent, made.lease, failed).text("state"), "queued");
  EXPECT_EQ(job(made.lease.job).at("reason").at("facts").at("pause_ms").as_int64(), 60'000);
  const Reply offer =
      plane().call(http::Method::get, "/api/v1/agents/" + made.agent.id + "/jobs?wait=0", made.agent.token);
  EXPECT_FALSE(offer.body.contains(made.lease.job)) << "it is not offered at once";
  const TestLease second = plane().claim(made.agent, made.lease.job);
  ASSERT_EQ(plane().put_status(made.agent, second, R"({"status":"running"})").status, 200);
  ASSERT_EQ(plane().put_status(made.agent, second, failed).text("state"), "queued");
  EXPECT_EQ(job(made.lease.job).at("reason").at("facts").at("pause_ms").as_int64(), 120'000);
  ASSERT_EQ(plane()
                .call(http::Method::put, "/api/v1/jobs/" + made.lease.job + "/status", plane().admin(),
                      R"({"status":"cancelled"})")
                .text("state"),
            "cancelled")
      << "a pause holds no cancel up";
}

TEST_P(Lease, TooManyReleasesFailTheJobAsUnplaceable) {
  const std::string job_id = plane().submit();
  const TestAgent agent = plane().register_agent();
  for (int i = 1; i <= 20; ++i) {
    const TestLease lease = plane().claim(agent, job_id);
    EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"queued","reason":"mismatch"})").text("state"),
              i < 20 ? "queued" : "failed")
        << i;
  }
  EXPECT_EQ(job(job_id).at("reason").at("code").as_string(), "unplaceable");
}

TEST_P(Lease, ACancelTravelsInTheNextAnswer) {
  const Running made = given_running_job();
  ASSERT_EQ(plane()
                .call(http::Method::put, "/api/v1/jobs/" + made.lease.job + "/status", plane().admin(),
                      R"({"status":"cancelled"})")
                .status,
            202);
  const Reply beat =
      plane().call(http::Method::post, "/api/v1/agents/" + made.agent.id + "/heartbeat", made.agent.token,
                   fmt::format(R"({{"boot_id":"{}","seq":1,"leases":[{{"job_id":"{}","attempt":1}}]}})",
                               made.agent.boot_id, made.lease.job));
  EXPECT_EQ(beat.json.at("leases").at(made.lease.job).as_string(), "cancel");
  const Reply poll =
      plane().call(http::Method::get, "/api/v1/agents/" + made.agent.id + "/jobs?wait=5", made.agent.token);
  EXPECT_EQ(poll.json.at("leases").at(0).at("state").as_string(), "cancel");
  EXPECT_TRUE(plane()
                  .put_status(made.agent, made.lease, R"({"status":"running","step":0,"step_state":"cancelled"})")
                  .json.at("cancel")
                  .as_bool());
  EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"succeeded","exit_code":0})").text("state"),
            "cancelled")
      << "it ended while the cancel travelled";
  const auto reason = job(made.lease.job).at("reason");
  EXPECT_EQ(reason.at("code").as_string(), "cancelled");
  EXPECT_TRUE(reason.at("facts").as_object().contains("by")) << "who cancelled it is still known at the end";
  EXPECT_EQ(reason.at("facts").at("by_name"), "first admin token");
}

TEST_P(Lease, ASilentLeaseIsLostAfterItsTimeToLive) {
  const Running made = given_running_job(R"("retry":0)");
  EXPECT_EQ(plane().wait_for_state(made.lease.job, "lost"), "lost");
  EXPECT_EQ(job(made.lease.job).at("reason").at("code").as_string(), "agent_lost");
  EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"succeeded"})").text("code"), "stale_attempt");
}

TEST_P(Lease, AClaimThatDoesNotStartGoesToAnother) {
  const TestAgent agent = plane().register_agent();
  const TestLease lease = plane().claim(agent, plane().submit(R"("retry":{"max":1,"on":["agent_lost"]})"));
  EXPECT_EQ(plane().wait_for_state(lease.job, "queued"), "queued");
}

TEST_P(Lease, AClaimMayStartItsJobInTheSameMoment) {
  const TestAgent agent = plane().register_agent();
  const std::string id = plane().submit(R"("retry":0)"), path = "/api/v1/jobs/" + id;
  const std::string body =
      fmt::format(R"({{"status":"assigned","claim_id":"{}","boot_id":"{}","start":true}})", uuid(), agent.boot_id);
  const auto claim = [&] { return plane().call(http::Method::put, path + "/status", agent.token, body); };
  const Reply first = claim();
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_TRUE(first.json.at("started").as_bool());
  EXPECT_EQ(claim().body, first.body) << "repeated";
  const auto shown = job(id);
  EXPECT_EQ(shown.at("state").as_string(), "running");
  EXPECT_TRUE(shown.at("started_at").is_string());
  EXPECT_EQ(shown.at("attempts").at(0).at("state").as_string(), "running");
  const TestLease lease{.job = id, .attempt = 1, .token = first.text("lease_token")};
  EXPECT_EQ(plane().append(agent, lease, 0, 0, "x").status, 202);
  EXPECT_EQ(plane().put_status(agent, lease, R"({"status":"running"})").status, 200) << "once more changes nothing";
  EXPECT_EQ(plane().call(http::Method::put, path + "/status", plane().admin(), R"({"status":"cancelled"})").status,
            202);
  EXPECT_FALSE(claim().json.at("started").as_bool()) << "what was cancelled since must not start";
}

TEST_P(Lease, AClaimWithoutAStartIsOnlyAssigned) {
  const TestAgent agent = plane().register_agent();
  const std::string id = plane().submit();
  EXPECT_FALSE(plane().claim_with(agent, id, uuid()).json.at("started").as_bool());
  EXPECT_EQ(plane().state_of(id), "assigned");
}

INSTANTIATE_ON_BOTH_DATABASES(Lease);

}  // namespace
}  // namespace open_cicd
