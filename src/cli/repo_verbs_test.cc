#include "cli/scripted_server.h"

#include <boost/json/parse.hpp>

#include <fstream>

namespace open_cicd::cli {
namespace {

using http::Method;
using http::Response;

class RepoVerbs : public testing::Test {
 protected:
  RepoVerbs() {
    server.on(Method::patch, "/api/v1/repositories/{id}", [this](const Seen&) { return answer; });
    server.on(Method::post, "/api/v1/repositories/{id}/runs", [this](const Seen&) { return started; });
    server.on(Method::get, "/api/v1/repositories/{id}/deliveries",
              [this](const Seen&) { return Response::json(200, deliveries); });
    server.on(Method::post, "/api/v1/repositories/{id}/deliveries/{delivery}/redeliver",
              [](const Seen&) { return Response::json(202, "{}"); });
    server.start();
  }
  boost::json::value sent() { return boost::json::parse(server.seen().back().body); }

  ScriptedServer server;
  Response answer = Response::json(200, R"({"id":"r","full_name":"tools","forge":"gitea","trust":"nobody",
                                     "webhook":{"url":"","state":"none"}})");
  Response started = Response::json(201, R"({"id":"run-id","number":7,"state":"queued"})");
  std::string deliveries = R"({"deliveries":[]})";
};

TEST_F(RepoVerbs, SetSendsWhatIsNamedAndNothingElse) {
  const Outcome outcome = server.run({"repo", "set", "tools", "--trust", "nobody", "--protect", "refs/heads/main",
                                      "--protect", "refs/tags/v1", "--inactive", "--poll-s", "0"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(server.seen().back().line, "PATCH /api/v1/repositories/tools");
  EXPECT_EQ(sent(), boost::json::parse(R"({"trust": "nobody", "protected_refs": ["refs/heads/main", "refs/tags/v1"],
                                            "active": false, "poll_s": 0})"));
  EXPECT_NE(outcome.out.find("forks: nobody"), std::string::npos) << outcome.out;
}

TEST_F(RepoVerbs, SetReadsANewTokenFromItsFile) {
  const std::string file = testing::TempDir() + "/repo-set.token";
  std::ofstream(file) << "hush-hush-1\n";
  EXPECT_EQ(server.run({"repo", "set", "tools", "--token-file", file}).code, 0);
  EXPECT_EQ(sent(), boost::json::parse(R"({"token": "hush-hush-1"})"));
}

TEST_F(RepoVerbs, SetRefusesToChangeNothing) {
  EXPECT_EQ(server.run({"repo", "set", "tools"}).code, 65);
  EXPECT_EQ(server.run({"repo", "set", "tools", "--active", "--inactive"}).code, 2);
  EXPECT_EQ(server.run({"repo", "set", "tools", "--trust", "everyone"}).code, 2);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(RepoVerbs, RunSendsRefAndInputs) {
  const Outcome outcome = server.run(
      {"repo", "run", "tools", "--pipeline", "release", "--ref", "v1", "--input", "level=high", "--input", "note=a=b"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(server.seen().back().line, "POST /api/v1/repositories/tools/runs");
  EXPECT_EQ(sent(), boost::json::parse(R"({"pipeline": "release", "ref": "v1",
                                            "inputs": {"level": "high", "note": "a=b"}})"));
  EXPECT_EQ(outcome.out, "tools#7 is queued: `open-cicd run watch run-id` follows it\n");
}

TEST_F(RepoVerbs, RunRefusesAnInputWithoutAName) {
  const Outcome outcome = server.run({"repo", "run", "tools", "--input", "high"});
  EXPECT_EQ(outcome.code, 65);
  EXPECT_EQ(outcome.err, "open-cicd: --input is written NAME=VALUE.\n");
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(RepoVerbs, DeliveriesShowTheRunsOrWhyThereAreNone) {
  deliveries = R"({"deliveries":[
    {"id":"d2","source":"webhook","event":"push","ref":"refs/heads/main","state":"done",
     "created_at":"2026-01-01T00:00:00.000Z","runs":[{"number":7},{"number":8}]},
    {"id":"d1","source":"poll","event":"push","ref":"refs/heads/a\u001b[31mb","state":"done",
     "created_at":"2026-01-01T00:00:00.000Z","verdict":"no pipeline file","runs":[]}]})";
  const Outcome outcome = server.run({"repo", "deliveries", "tools", "--limit", "2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(server.seen().back().line, "GET /api/v1/repositories/tools/deliveries?limit=2");
  EXPECT_NE(outcome.out.find("#7 #8"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("no pipeline file"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << "an escape sequence of a ref reaches no terminal";
}

TEST_F(RepoVerbs, RedeliverNamesTheDelivery) {
  EXPECT_EQ(server.run({"repo", "redeliver", "tools", "d1"}).code, 0);
  EXPECT_EQ(server.seen().back().line, "POST /api/v1/repositories/tools/deliveries/d1/redeliver");
}

}  // namespace
}  // namespace open_cicd::cli
