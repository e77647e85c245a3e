// What an answer tells, and to whom: tokens, streams, other origins; sections A, C, E and J of the security cases.
#include "api/both_databases.h"
#include "base/run_alone.h"

#include <fmt/format.h>

namespace open_cicd {
namespace {

class Disclosure : public BothDatabases {
 protected:
  // Everything that an administrator can read about the job.
  std::string everything_about(const std::string& job) {
    std::string all;
    for (const std::string& target : {"/api/v1/jobs/" + job + "?logs=1&spec=1", "/api/v1/jobs/" + job + "/logs",
                                      std::string("/api/v1/jobs?limit=200"), std::string("/api/v1/agents"),
                                      std::string("/metrics"), std::string("/api/v1/openapi.json")}) {
      const Reply reply = plane().get(target);
      EXPECT_EQ(reply.status, 200) << target;
      all += reply.body;
    }
    return all + plane().get("/api/v1/jobs/" + job + "/logs/stream").body;  // it has ended, so the stream ends too
  }
  struct Ended {
    TestAgent agent;
    TestLease lease;
  };
  Ended given_ended_job() {
    Ended made{.agent = plane().register_agent(), .lease = {}};
    made.lease = plane().claim(made.agent, plane().submit(R"("retry":0)"));
    EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"running"})").status, 200);
    EXPECT_EQ(plane().append(made.agent, made.lease, 0, 0, "hello\n").status, 202);
    EXPECT_EQ(plane().put_status(made.agent, made.lease, R"({"status":"succeeded"})").status, 200);
    return made;
  }
};

TEST_P(Disclosure, A11_TheLeaseTokenIsInTheClaimsAnswerOnly) {
  const TestAgent agent = plane().register_agent(R"({"disclosure":"yes"})");
  const std::string job = plane().submit(R"("retry":0,"runs_on":["disclosure"],"env":{"SECRET":"canary-of-the-job"})");
  const Reply offer = plane().call(http::Method::get, "/api/v1/agents/" + agent.id + "/jobs?wait=5", agent.token);
  ASSERT_EQ(offer.status, 200);
  EXPECT_EQ(offer.body.find("canary-of-the-job"), offer.body.npos) << "an offer is not a lease";
  const std::string claim_id = format_uuid(make_uuid_v4());
  const Reply claimed = plane().claim_with(agent, job, claim_id);
  const TestLease lease{.job = job, .attempt = 1, .token = claimed.text("lease_token")};
  ASSERT_GE(lease.token.size(), 32U);
  EXPECT_NE(claimed.body.find("canary-of-the-job"), claimed.body.npos);
  const Reply replayed = plane().claim_with(plane().register_agent(R"({"disclosure":"yes"})"), job, claim_id);
  EXPECT_EQ(replayed.status, 409);
  EXPECT_EQ(replayed.body.find(lease.token), replayed.body.npos);
  const Reply running = plane().put_status(agent, lease, R"({"status":"running"})");
  const Reply finished = plane().put_status(agent, lease, R"({"status":"succeeded"})");
  for (const std::string& body : {running.body, finished.body, everything_about(job)})
    EXPECT_EQ(body.find(lease.token), body.npos);
}

TEST_P(Disclosure, C8_NoAnswerShowsATokenAgain) {
  const Ended made = given_ended_job();
  const std::string all = everything_about(made.lease.job) + plane().get("/api/v1/agents/" + made.agent.id).body;
  for (const std::string& token : {plane().admin(), plane().registration(), made.agent.token, made.lease.token}) {
    EXPECT_EQ(all.find(token), all.npos);
    EXPECT_EQ(all.find(token.substr(4, 20)), all.npos) << "nor a part of one";
  }
}

TEST_P(Disclosure, E2_ForgedTokensAllGetTheSameAnswer) {
  const std::string admin = plane().admin();
  const std::string body = admin.substr(4);
  std::string flipped = admin;
  flipped.back() = flipped.back() == 'A' ? 'B' : 'A';
  const auto refused = [&](const std::string& authorization) {
    Reply reply = plane().call(http::Method::get, "/api/v1/jobs", "", {}, {{"Authorization", authorization}});
    EXPECT_EQ(reply.status, 401) << authorization;
    return reply.text("code") + ": " + reply.text("detail") + " " + reply.header("WWW-Authenticate");
  };
  const std::string unknown = refused("Bearer " + flipped);
  for (const std::string& token :
       {admin + "A", admin.substr(0, admin.size() - 1), "ocr_" + body, "OCU_" + body, body, admin + " " + admin,
        admin + ",", "\"" + admin + "\"", std::string("null"), std::string("undefined"), admin + "=", admin + "%00",
        std::string("' OR 1=1 --"), std::string("../../etc/passwd"),
        std::string("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."), "\xc3\xa9" + admin})
    EXPECT_EQ(refused("Bearer " + token), unknown) << token;
  const std::string malformed = refused("Basic YTpi");
  for (const std::string& header : {"Bearer=" + admin, "Basic " + admin, "Digest " + admin, "Token " + admin, admin,
                                    std::string("Bearer"), "Bearer " + std::string(20'000, 'A')})
    EXPECT_EQ(refused(header), malformed) << header.substr(0, 60);
  const Reply twice = plane().call(http::Method::get, "/api/v1/jobs", admin, {}, {{"Authorization", "Bearer x"}});
  EXPECT_TRUE(twice.status == 400 || twice.status == 401) << "two tokens are no token: " << twice.status;
}

TEST_P(Disclosure, E18_NoOtherOriginReadsAnAnswer) {
  for (const char* origin : {"null", "https://ci.example.evil", "http://127.0.0.1.evil.example", "http://127.0.0.1:1"})
    for (const char* target : {"/healthz", "/api/v1/jobs", "/api/v1/nothing"}) {
      const Reply reply = plane().call(http::Method::get, target, plane().admin(), {}, {{"Origin", origin}});
      EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "") << target;
      EXPECT_EQ(reply.header("Access-Control-Allow-Credentials"), "") << target;
    }
}

TEST_P(Disclosure, E19_EveryAnswerHasItsHeaders) {
  const std::vector<std::pair<std::string, int>> answers{
      {"/healthz", 200}, {"/api/v1/jobs", 200}, {"/api/v1/nothing", 404}, {"/api/v1/jobs?limit=x", 422}};
  for (const auto& [target, status] : answers) {
    const Reply reply = plane().get(target);
    EXPECT_EQ(reply.status, status) << target;
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(reply.header("Cache-Control"), "no-store") << target;
    EXPECT_EQ(reply.header("Server"), "") << target;
  }
  const Reply anonymous = plane().call(http::Method::get, "/api/v1/jobs", "");
  EXPECT_EQ(anonymous.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(anonymous.header("Cache-Control"), "no-store");
  const Reply log = plane().get("/api/v1/jobs/" + given_ended_job().lease.job + "/logs");
  EXPECT_EQ(log.header("Content-Type"), "text/plain; charset=utf-8") << "a log is never markup";
  EXPECT_EQ(log.header("X-Content-Type-Options"), "nosniff");
}

TEST_P(Disclosure, J1_AStreamIsForAnAdministratorAndAJobThatIsThere) {
  const Ended made = given_ended_job();
  const std::string stream = "/api/v1/jobs/" + made.lease.job + "/logs/stream";
  EXPECT_EQ(plane().call(http::Method::get, stream, "").status, 401);
  EXPECT_EQ(plane().call(http::Method::get, stream, made.agent.token).status, 403);
  EXPECT_EQ(plane().call(http::Method::get, stream, plane().registration()).status, 403);
  EXPECT_EQ(plane().get("/api/v1/jobs/" + format_uuid(make_uuid_v4()) + "/logs/stream").status, 404);
  EXPECT_EQ(plane().get("/api/v1/jobs/nonsense/logs/stream").status, 404);
  EXPECT_NE(plane().get(stream).body.find("event: end"), std::string::npos);
}

TEST_P(Disclosure, J5_AnotherOriginCannotReadAStream) {
  const std::string stream = "/api/v1/jobs/" + given_ended_job().lease.job + "/logs/stream";
  const Reply reply = plane().call(http::Method::get, stream, plane().admin(), {},
                                   {{"Origin", "https://evil.example"}, {"Sec-Fetch-Mode", "cors"}});
  EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "");
  const Reply by_cookie = plane().call(http::Method::get, stream, "", {}, {{"Cookie", "token=" + plane().admin()}});
  EXPECT_EQ(by_cookie.status, 401) << "nothing that a browser sends by itself is a token";
}

TEST_P(Disclosure, J8_ATokenInTheUrlIsNoToken) {
  const std::string stream = "/api/v1/jobs/" + given_ended_job().lease.job + "/logs/stream";
  for (const char* name : {"token", "access_token", "authorization", "api_key", "Authorization"}) {
    EXPECT_EQ(plane().call(http::Method::get, fmt::format("{}?{}={}", stream, name, plane().admin()), "").status, 401);
    EXPECT_EQ(
        plane().call(http::Method::get, fmt::format("{}?{}=Bearer%20{}", stream, name, plane().admin()), "").status,
        401);
  }
}

// What a stream sends until `text` has come, or until it ends or nothing came for ten seconds; whether it ended.
struct Followed {
  std::string text;
  bool ended = false;
};
Task<void> follow_until(http::ResponseStream& stream, std::string text, Followed& followed) {
  while (!followed.text.contains(text)) {
    const auto piece = co_await stream.read(65536, std::chrono::seconds(10));
    followed.ended = !piece || piece->empty();
    if (followed.ended || !piece) co_return;
    followed.text += *piece;
  }
}

TEST_P(Disclosure, E9_ARevokedTokenEndsTheStreamsItOpenedAndOnlyThose) {
  TestPlane own(GetParam(), {{"logs.stream_token_check", "10ms"}});
  const TestAgent agent = own.register_agent();
  const TestLease lease = own.claim(agent, own.submit(R"("retry":0)"));
  ASSERT_EQ(own.put_status(agent, lease, R"({"status":"running"})").status, 200);
  asio::io_context context;
  const auto client = http::Client::make(context.get_executor(), own.url());
  const auto open = [&] {
    auto stream = run_on(context, (*client)->open({.target = "/api/v1/jobs/" + lease.job + "/logs/stream",
                                                   .headers = {{"Authorization", "Bearer " + own.admin()}}}));
    EXPECT_EQ(stream.value()->head().status, 200);
    return std::move(stream.value());
  };
  Followed old_one, new_one;
  const auto old_stream = open();
  std::int64_t offset = 0;
  for (int i = 0; i < 50; ++i) {  // its token is looked at again and again meanwhile
    const std::string line = fmt::format("line {};", i);
    ASSERT_EQ(own.append(agent, lease, 0, offset, line).status, 202);
    offset += static_cast<std::int64_t>(line.size());
    run_on(context, follow_until(*old_stream, line, old_one));
    ASSERT_FALSE(old_one.ended) << old_one.text;
  }
  own.reset_admin_token();
  const auto new_stream = open();
  run_on(context, follow_until(*old_stream, "never printed", old_one));
  EXPECT_TRUE(old_one.ended);
  ASSERT_EQ(own.append(agent, lease, 0, offset, "last line").status, 202);
  run_on(context, follow_until(*new_stream, "last line", new_one));
  EXPECT_FALSE(new_one.ended);
  EXPECT_FALSE(old_one.text.contains("last line"));
}

INSTANTIATE_ON_BOTH_DATABASES(Disclosure);

}  // namespace
}  // namespace open_cicd
