// A10: every route × every kind of caller, from the route table itself: a route that this does not know fails.
#include "api/both_databases.h"

#include <boost/json/object.hpp>

#include <set>
#include <sys/stat.h>

namespace open_cicd {
namespace {

class Access : public BothDatabases {};

// Written by hand: who may use what. The second word tells which callers the gate lets through; "itself": the gate lets
// everybody in, and the handler asks for a signature or a job's token.
const std::map<std::string, std::string> rules = {
    {"get /healthz", "open"},
    {"get /readyz", "open"},
    {"get /metrics", "admin"},
    {"get /api/v1/openapi.json", "admin"},
    {"get /api/v1/schema/pipeline.json", "open"},
    {"post /api/v1/lint", "admin"},
    {"post /api/v1/plan", "admin"},
    {"get /api/v1/storage", "admin"},
    {"post /api/v1/runs", "admin"},
    {"get /api/v1/runs", "admin"},
    {"get /api/v1/runs/{id}", "admin"},
    {"get /api/v1/runs/{id}/plan", "admin"},
    {"get /api/v1/runs/{id}/analysis", "admin"},
    {"get /api/v1/runs/{id}/workflow", "admin"},
    {"post /api/v1/runs/{id}/cancel", "admin"},
    {"post /api/v1/runs/{id}/rerun", "admin"},
    {"post /api/v1/jobs", "admin"},
    {"get /api/v1/jobs", "admin"},
    {"get /api/v1/jobs/{id}", "admin agent"},
    {"put /api/v1/jobs/{id}/status", "admin agent"},
    {"post /api/v1/jobs/{id}/logs", "agent"},
    {"get /api/v1/jobs/{id}/logs", "admin"},
    {"get /api/v1/jobs/{id}/logs/stream", "admin"},
    {"get /api/v1/jobs/{id}/logs/index", "admin"},
    {"get /api/v1/jobs/{id}/logs/lines", "admin"},
    {"get /api/v1/jobs/{id}/logs/search", "admin"},
    {"post /api/v1/agents/register", "registration agent"},
    {"get /api/v1/agents", "admin"},
    {"get /api/v1/agents/{id}", "admin"},
    {"delete /api/v1/agents/{id}", "admin self"},
    {"post /api/v1/agents/{id}/drain", "admin"},
    {"get /api/v1/agents/{id}/jobs", "self"},
    {"post /api/v1/agents/{id}/heartbeat", "self"},
    {"post /api/v1/agents/{id}/leftovers", "self"},
    {"get /api/v1/queue", "admin"},
    {"get /api/v1/events", "admin"},
    {"post /api/v1/runs/{id}/approve", "admin"},
    {"post /api/v1/repositories", "admin"},
    {"get /api/v1/repositories", "admin"},
    {"get /api/v1/repositories/{id}", "admin"},
    {"patch /api/v1/repositories/{id}", "admin"},
    {"delete /api/v1/repositories/{id}", "admin"},
    {"post /api/v1/repositories/{id}/sync", "admin"},
    {"get /api/v1/repositories/{id}/deliveries", "admin"},
    {"post /api/v1/repositories/{id}/deliveries/{delivery}/redeliver", "admin"},
    {"get /api/v1/repositories/{id}/schedules", "admin"},
    {"get /api/v1/repositories/{id}/run-form", "admin"},
    {"get /api/v1/repositories/{id}/runs", "admin"},
    {"post /api/v1/repositories/{id}/runs", "admin"},
    {"get /api/v1/repositories/{id}/badge.svg", "open"},
    {"post /api/v1/webhooks/{forge}/{repository_id}", "own proof"},  // the webhook's signature
    {"get /api/v1/jobs/{id}/git/info/refs", "own proof"},            // the job's token
    {"post /api/v1/jobs/{id}/git/git-upload-pack", "own proof"},
    {"get /api/v1/secrets", "admin"},
    {"put /api/v1/secrets/{name}", "admin"},
    {"delete /api/v1/secrets/{name}", "admin"},
    {"post /api/v1/secret-keys/rotate", "admin"},
    {"get /api/v1/repositories", "admin"},
    {"post /api/v1/repositories", "admin"},
    {"get /api/v1/repositories/{id}", "admin"},
    {"patch /api/v1/repositories/{id}", "admin"},
    {"delete /api/v1/repositories/{id}", "admin"},
    {"post /api/v1/repositories/{id}/sync", "admin"},
    {"get /api/v1/repositories/{id}/deliveries", "admin"},
    {"post /api/v1/repositories/{id}/deliveries/{delivery}/redeliver", "admin"},
    {"get /api/v1/repositories/{id}/schedules", "admin"},
    {"get /api/v1/repositories/{id}/runs", "admin"},
    {"post /api/v1/repositories/{id}/runs", "admin"},
    {"post /api/v1/runs/{id}/approve", "admin"},
    {"get /api/v1/repositories/{id}/badge.svg", "open"},
    {"post /api/v1/webhooks/{forge}/{repository_id}", "itself"},
    {"post /api/v1/session", "itself"},  // what signs in is in its body
    {"get /api/v1/session", "admin"},
    {"delete /api/v1/session", "admin"},
    {"post /api/v1/session/codes", "admin"},
    {"get /api/v1/jobs/{id}/git/info/refs", "itself"},
    {"post /api/v1/jobs/{id}/git/git-upload-pack", "itself"},
    {"get /api/v1/repositories/{id}/secrets", "admin"},
    {"put /api/v1/repositories/{id}/secrets/{name}", "admin"},
    {"delete /api/v1/repositories/{id}/secrets/{name}", "admin"},
    {"get /api/v1/notifications", "admin"},
    {"post /api/v1/notifications", "admin"},
    {"delete /api/v1/notifications/{notification}", "admin"},
    {"post /api/v1/notifications/{notification}/test", "admin"},
    {"get /api/v1/repositories/{id}/notifications", "admin"},
    {"post /api/v1/repositories/{id}/notifications", "admin"},
    {"delete /api/v1/repositories/{id}/notifications/{notification}", "admin"},
    {"post /api/v1/repositories/{id}/notifications/{notification}/test", "admin"},
    {"get /api/v1/registries", "admin"},
    {"put /api/v1/registries/{host}", "admin"},
    {"delete /api/v1/registries/{host}", "admin"},
    {"get /api/v1/repositories/{id}/registries", "admin"},
    {"put /api/v1/repositories/{id}/registries/{host}", "admin"},
    {"delete /api/v1/repositories/{id}/registries/{host}", "admin"},
};

http::Method method_of(std::string_view name) {
  return name == "get"     ? http::Method::get
         : name == "post"  ? http::Method::post
         : name == "put"   ? http::Method::put
         : name == "patch" ? http::Method::patch
                           : http::Method::delete_;
}

TEST_P(Access, E1_TheTableHasEveryRouteAndNoOther) {
  std::set<std::string> served;
  const auto document = plane().get("/api/v1/openapi.json").json;
  for (const auto& [pattern, operations] : document.at("paths").as_object())
    for (const auto& [method, operation] : operations.as_object())
      served.insert(std::string(method) + " " + std::string(pattern));
  std::set<std::string> ruled;
  for (const auto& [route, rule] : rules) ruled.insert(route);
  EXPECT_EQ(served, ruled);
}

TEST_P(Access, A10_EveryRouteAnswersOnlyWhoItIsFor) {
  const auto document = plane().get("/api/v1/openapi.json").json;
  std::size_t seen = 0;
  for (const auto& [pattern, operations] : document.at("paths").as_object())
    for (const auto& [method, operation] : operations.as_object()) {
      const std::string route = std::string(method) + " " + std::string(pattern);
      const auto rule = rules.find(route);
      ASSERT_NE(rule, rules.end()) << route << " has no row in this table";
      ++seen;
      const TestAgent agent = plane().register_agent();
      std::string target(pattern);
      for (const std::string_view capture : {"{id}", "{repository_id}", "{delivery}", "{notification}"})
        if (const auto at = target.find(capture); at != std::string::npos)
          target.replace(at, capture.size(), format_uuid(make_uuid_v4()));
      if (const auto at = target.find("{forge}"); at != std::string::npos) target.replace(at, 7, "github");
      if (const auto at = target.find("{name}"); at != std::string::npos) target.replace(at, 6, "NAME");
      for (const std::string id : {"{repository_id}", "{delivery}"})
        if (const auto at = target.find(id); at != std::string::npos)
          target.replace(at, id.size(), format_uuid(make_uuid_v4()));
      if (const auto at = target.find("{forge}"); at != std::string::npos) target.replace(at, 7, "gitea");
      if (const auto at = target.find("{host}"); at != std::string::npos) target.replace(at, 6, "registry:5000");
      const std::map<std::string, std::string> tokens = {{"none", ""},
                                                         {"unknown", "oca_" + std::string(43, 'A')},
                                                         {"admin", plane().admin()},
                                                         {"registration", plane().registration()},
                                                         {"agent", agent.token}};
      for (const auto& [who, token] : tokens) {
        const int status = plane().call(method_of(method), target, token, method == "get" ? "" : "{}").status;
        if (rule->second == "own proof")
          EXPECT_TRUE(status == 401 || status == 404) << route << " by " << who << ": " << status;
        else if (rule->second == "open")
          EXPECT_EQ(status, 200) << route << " by " << who;
        else if (rule->second == "itself")
          EXPECT_TRUE(status >= 400 && status < 500) << route << " by " << who << ": " << status;
        else if (who == "none" || who == "unknown")
          EXPECT_EQ(status, 401) << route << " by " << who;
        else if (rule->second.find(who) == std::string::npos)
          EXPECT_EQ(status, 403) << route << " by " << who;
        else
          EXPECT_TRUE(status != 401 && status != 403) << route << " by " << who << ": " << status;
      }
    }
  EXPECT_EQ(seen, rules.size()) << "a row of this table has no route";
}

TEST_P(Access, E7_TokensAreLeftForTheOperatorAlone) {
  for (const char* kind : {"admin.token", "registration.token"}) {
    struct stat file{};
    ASSERT_EQ(::stat((plane().data() / kind).c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600U) << kind;
  }
}

TEST_P(Access, E7_ADatabaseWithTokensNeverWritesThemAgain) {
  TestPlane own(GetParam());
  const std::string admin = own.admin();
  std::filesystem::remove(own.data() / "admin.token");
  own.restart();
  EXPECT_FALSE(std::filesystem::exists(own.data() / "admin.token"));
  EXPECT_EQ(own.call(http::Method::get, "/api/v1/jobs", admin).status, 200);
}

TEST_P(Access, E3_PathTricksReachNothing) {
  for (const char* target : {"//api/v1/jobs",          "/api/v1/../v1/jobs",      "/api/v1/%2e%2e/v1/jobs",
                             "/api%2fv1/jobs",         "/api/v1/jobs;x=.jsp",     "/api/v1/jobs/",
                             "/API/v1/jobs",           "/api/v1/jobs%00",         "/api/v1/jobs.",
                             "/api/v1/./jobs",         "/api/v1/jobs;/",          "/api/v1/jobs%20",
                             "/api/v1/jobs%3f",        "/api/v1/jobs%23",         "/api/v1/JOBS",
                             "/api\\v1\\jobs",         "/api//v1/jobs",           "/..;/api/v1/jobs",
                             "/static/../api/v1/jobs", "/healthz/../api/v1/jobs", "/healthz/%2e%2e/api/v1/jobs"}) {
    const int status = plane().call(http::Method::get, target, "").status;
    EXPECT_TRUE(status == 404 || status == 400) << target << ": " << status;
  }
}

TEST_P(Access, E3_WhatProxiesAreToldByHeadersChangesNothing) {
  const auto status_of = [&](std::string target, TestPlane::Headers headers) {
    return plane().call(http::Method::get, std::move(target), "", {}, std::move(headers)).status;
  };
  for (const char* name :
       {"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Prefix", "X-Forwarded-Path"}) {
    EXPECT_EQ(status_of("/healthz", {{name, "/api/v1/jobs"}}), 200) << name;
    EXPECT_EQ(status_of("/api/v1/jobs", {{name, "/healthz"}}), 401) << name;
  }
  for (const char* name : {"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}) {
    const Reply reply = plane().call(http::Method::get, "/api/v1/queue", plane().admin(), {}, {{name, "DELETE"}});
    EXPECT_EQ(reply.status, 200) << name;
  }
}

TEST_P(Access, E3_ThePathBeforeAllPathsOpensNoOther) {
  TestPlane own(GetParam(), {{"public_url", "https://example.org/ci"}});
  const auto status_of = [&](std::string target) { return own.call(http::Method::get, std::move(target), "").status; };
  EXPECT_EQ(status_of("/ci/api/v1/jobs"), 401);
  EXPECT_EQ(status_of("/ci/healthz"), 200);
  for (const char* target : {"/ci//api/v1/jobs", "//ci/api/v1/jobs", "/CI/api/v1/jobs", "/ci/ci/api/v1/jobs",
                             "/ci/../api/v1/jobs", "/ci/%2e%2e/api/v1/jobs", "/ci%2fapi/v1/jobs", "/cix/api/v1/jobs",
                             "/ci;/api/v1/jobs", "/ci/./api/v1/jobs", "/%63i/api/v1/jobs", "/ci/api/v1/jobs/"}) {
    const int status = status_of(target);
    EXPECT_TRUE(status == 404 || status == 400 || status == 401) << target << ": " << status;
  }
}

INSTANTIATE_ON_BOTH_DATABASES(Access);

}  // namespace
}  // namespace open_cicd
