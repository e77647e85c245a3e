#include "cli/scripted_server.h"

#include <boost/json/parse.hpp>

#include <iostream>

namespace open_cicd::cli {
namespace {

using http::Method;
using http::Response;

class RegistryVerbs : public testing::Test {
 protected:
  RegistryVerbs() {
    for (const char* pattern : {"/api/v1/registries/{host}", "/api/v1/repositories/{id}/registries/{host}"}) {
      server.on(Method::put, pattern, [this](const Seen&) { return answer; });
      server.on(Method::delete_, pattern, [](const Seen&) { return Response::empty(204); });
    }
    server.on(Method::get, "/api/v1/registries", [this](const Seen&) { return Response::json(200, list); });
    server.start();
  }
  Outcome log_in(std::string typed, std::vector<std::string> more = {"--username", "ann"}) {
    std::istringstream text(std::move(typed));
    std::streambuf* before = std::cin.rdbuf(text.rdbuf());
    std::vector<std::string> arguments{"registry", "login", "r.example.org:5000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = server.run(std::move(arguments));
    std::cin.rdbuf(before);
    std::cin.clear();
    return outcome;
  }

  ScriptedServer server;
  Response answer = Response::json(201, R"({"host":"r.example.org:5000","username":"ann","version":1})");
  std::string list = R"({"registries":[],"next_cursor":null})";
};

TEST_F(RegistryVerbs, LoginSendsWhatStandardInputHoldsWithoutItsLineBreak) {
  for (const char* typed : {"hush-hush-1", "hush-hush-1\n", "hush-hush-1\r\n"}) {
    const Outcome outcome = log_in(typed);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "Login for r.example.org:5000 stored\n");
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(boost::json::parse(server.seen().back().body),
              boost::json::parse(R"({"username": "ann", "password": "hush-hush-1"})"));
  }
  EXPECT_EQ(server.seen().front().line, "PUT /api/v1/registries/r.example.org%3A5000");
}

TEST_F(RegistryVerbs, LoginMayBeOfOneRepository) {
  EXPECT_EQ(log_in("hush-hush-1", {"--username", "ann", "--repository", "acme"}).code, 0);
  EXPECT_EQ(server.seen().back().line, "PUT /api/v1/repositories/acme/registries/r.example.org%3A5000");
}

TEST_F(RegistryVerbs, LoginRefusesWhatCannotBeSent) {
  EXPECT_EQ(log_in("").code, 65);
  EXPECT_EQ(log_in("\n").code, 65);
  EXPECT_EQ(log_in("\xff\xfe").code, 65);
  EXPECT_EQ(log_in("hush-hush-1", {}).code, 2) << "whose password?";
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(RegistryVerbs, C8_NoVerbTakesAPasswordAsAnArgument) {
  EXPECT_EQ(log_in("", {"--username", "ann", "--password", "hush-hush-1"}).code, 2);
  EXPECT_EQ(log_in("", {"--username", "ann", "hush-hush-1"}).code, 2);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(RegistryVerbs, LoginSaysWhatTheServerRefuses) {
  answer = problem_of(invalid_fields({{"host", "must be a registry"}}).error());
  const Outcome outcome = log_in("hush-hush-1");
  EXPECT_EQ(outcome.code, 65);
  EXPECT_EQ(outcome.err, "host: must be a registry\n");
}

TEST_F(RegistryVerbs, ListShowsUsersAndTimes) {
  list = R"({"registries":[{"host":"ghcr.io","username":"ann","version":1,"created_by":"x",)"
         R"("created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"},)"
         R"({"host":"registry:5000","version":1,"created_by":"x",)"
         R"("created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}],"next_cursor":null})";
  const Outcome outcome = server.run({"registry", "list"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("REGISTRY       USER                CHANGED\nghcr.io        ann    "))
      << outcome.out;
  EXPECT_TRUE(outcome.out.contains("registry:5000  (cannot be opened)  ")) << outcome.out;
}

TEST_F(RegistryVerbs, LogoutSaysWhatIsGone) {
  EXPECT_EQ(server.run({"registry", "logout", "ghcr.io"}).out, "Login for ghcr.io removed\n");
  EXPECT_EQ(server.seen().back().line, "DELETE /api/v1/registries/ghcr.io");
}

}  // namespace
}  // namespace open_cicd::cli
