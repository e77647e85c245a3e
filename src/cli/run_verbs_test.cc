#include "base/clock.h"
#include "cli/scripted_server.h"

#include <boost/json/parse.hpp>

#include <atomic>

namespace open_cicd::cli {
namespace {

using http::Method;
using http::Response;

constexpr std::string_view run_id = "0192f0c1-0000-7000-8000-0000000000a1";

Response run_document(std::string_view state, std::string_view jobs, std::string_view more = {}) {
  return Response::json(200, fmt::format(R"({{"id":"{}","number":7,"name":"ci","state":"{}","reason":null,"round":2,)"
                                         R"("created_at":"2026-01-01T00:00:00.000Z",{}"jobs":[{}]}})",
                                         run_id, state, more, jobs));
}

std::string job(std::string_view key, std::string_view state, std::string_view more = {}) {
  return fmt::format(R"({{"id":"j-{}","key":"{}","name":"{}","state":"{}","round":2{}}})", key, key, key, state, more);
}

TEST(RunVerbs, SubmitSendsTheFileWithAllThatWasSaidAndAKey) {
  ScriptedServer server;
  server.on(Method::post, "/api/v1/runs",
            [](const Seen&) { return Response::json(201, R"({"id":"r1","number":7,"state":"queued"})"); });
  server.start();
  const TempFolder folder;
  const std::string file = folder.write("p.yml", "jobs: {}\n");
  const Outcome sent =
      server.run({"run", "submit", file, "--event", "push", "--branch", "b", "--changed", "a b", "--input", "n=1 2",
                  "--job", "one", "--job", "two (a)", "--executor", "shell", "--keep-going"});
  EXPECT_EQ(sent.code, 0);
  EXPECT_EQ(sent.out, "r1 run 7 queued\n");
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].line, "POST /api/v1/runs");
  const auto wanted = boost::json::parse(
      R"json({"pipeline": "jobs: {}\n", "file": "p.yml", "event": "push", "branch": "b", "changed": ["a b"], "inputs": {"n": "1 2"},
          "jobs": ["one", "two (a)"], "executor": "shell", "keep_going": true})json");
  EXPECT_EQ(boost::json::parse(seen[0].body), wanted);
  EXPECT_EQ(seen[0].content_type, "application/json");
  EXPECT_EQ(seen[0].idempotency_key.size(), 36U);
  EXPECT_EQ(server.run({"run", "submit", file, "--input", "n"}).code, 2);
}

TEST(RunVerbs, ShowTellsWhenAJobThatWaitsWillStart) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs/{id}", [](const Seen&) {
    const auto starting = [](std::int64_t in_ms) {
      return fmt::format(R"(,"estimate":{{"starts_at":"{}"}})", format_rfc3339(SystemClock().unix_ms() + in_ms));
    };
    return run_document("running", job("a", "queued", starting(5'000)) + "," + job("b", "blocked", starting(130'000)) +
                                       "," + job("c", "blocked", starting(4 * 3'600'000)) + "," +
                                       job("d", "queued", R"(,"estimate":{})") + "," +
                                       job("e", "running", starting(130'000)));
  });
  server.start();
  const std::string shown = server.run({"run", "show", std::string(run_id)}).out;
  for (const char* part : {"starts within a minute", "starts in ~2 min", "starts in ~4 h"})
    EXPECT_TRUE(shown.contains(part)) << part << "\n" << shown;
  EXPECT_EQ(shown.find("starts in ~2 min"), shown.rfind("starts in ~2 min")) << "a job that runs has started";
}

TEST(RunVerbs, ShowGivesAReasonForEachJobThatDidNotRun) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs/{id}", [](const Seen&) {
    return run_document(
        "failed",
        job("a", "failed", R"(,"exit_code":3,"reason":{"code":"step_failed","facts":{"exit_code":3}})") + "," +
            job("b", "skipped", R"(,"reason":{"code":"skipped_need","facts":{"job":"a","result":"failed"}})") + "," +
            job("c", "skipped", R"(,"reason":{"code":"skipped_condition","facts":{"expression":"1 == 2"}})") + "," +
            job("d", "blocked", R"(,"reason":{"code":"waiting_for_needs","facts":{"jobs":["x","y"]}})") +
            R"(,{"id":"j-e","key":"e","name":"e","state":"succeeded","round":1})");
  });
  server.start();
  const Outcome shown = server.run({"run", "show", std::string(run_id)});
  EXPECT_EQ(shown.code, 0);
  for (const char* part : {"number 7", "a, which it needs, failed", "its condition was false: 1 == 2",
                           "it waits for x, y", "from round 1"})
    EXPECT_TRUE(shown.out.contains(part)) << part << "\n" << shown.out;
  EXPECT_EQ(server.run({"run", "show", std::string(run_id), "--round", "1"}).code, 0);
  EXPECT_EQ(server.seen().back().line, fmt::format("GET /api/v1/runs/{}?round=1", run_id));
}

TEST(RunVerbs, ShowTellsWhoWantsWhatBeforeSomebodyApproves) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs/{id}", [](const Seen&) {
    return Response::json(200, fmt::format(R"({{"id":"{}","number":7,"name":"ci","state":"pending","pipeline":"ci.yml",
        "event":"pull_request","repository":"acme/app","change":12,"author":"Ada","triggered_by":"eve","triggered_by_name":"eve","approved_by":"01a2","approved_by_name":"the \u001b[31mfirst","trust":"fork",
        "jobs":[]}})",
                                           run_id));
  });
  server.start();
  const std::string shown = server.run({"run", "show", std::string(run_id)}).out;
  for (const char* part : {"file        ci.yml\n", "event       pull_request 12\n", "by          eve\n",
                           "approved by the first\n", "trust       a fork: no secrets\n"})
    EXPECT_TRUE(shown.contains(part)) << part << "\n" << shown;
}

TEST(RunVerbs, ARunIsFoundByItsNumber) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs", [](const Seen&) {
    return Response::json(200, fmt::format(R"({{"runs":[{{"id":"{}","number":7,"name":"ci","state":"queued"}},)"
                                           R"({{"id":"other","number":17,"name":"ci","state":"queued"}}],)"
                                           R"("next_cursor":null}})",
                                           run_id));
  });
  server.on(Method::post, "/api/v1/runs/{id}/cancel",
            [](const Seen&) { return Response::json(202, R"({"state":"queued"})"); });
  server.start();
  const Outcome cancelled = server.run({"run", "cancel", "7"});
  EXPECT_EQ(cancelled.code, 0);
  EXPECT_TRUE(cancelled.out.contains("a second cancel")) << cancelled.out;
  EXPECT_EQ(server.seen().back().line, fmt::format("POST /api/v1/runs/{}/cancel", run_id));
}

TEST(RunVerbs, ListAsksForItsFilters) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs", [](const Seen&) {
    return Response::json(200, R"({"runs":[{"id":"r","number":7,"name":"ci","state":"failed"}],"next_cursor":"9"})");
  });
  server.start();
  const Outcome listed = server.run({"run", "list", "--state", "failed", "--branch", "a/b"});
  EXPECT_EQ(listed.code, 0);
  EXPECT_TRUE(listed.out.contains("ci")) << listed.out;
  EXPECT_TRUE(listed.err.contains("--all")) << listed.err;
  EXPECT_EQ(server.seen().back().line, "GET /api/v1/runs?limit=20&state=failed&branch=a/b");
}

TEST(RunVerbs, ListSaysWhoAsked) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs", [](const Seen&) {
    return Response::json(200, R"({"runs":[
        {"id":"r","number":8,"name":"ci","state":"failed","triggered_by":"01a2","triggered_by_name":"nightly checks"},
        {"id":"q","number":7,"name":"ci","state":"failed","triggered_by":"told by an older server"}],
        "next_cursor":null})");
  });
  server.start();
  const std::string listed = server.run({"run", "list"}).out;
  EXPECT_TRUE(listed.contains("nightly checks")) << listed;
  EXPECT_FALSE(listed.contains("01a2")) << listed;
  EXPECT_TRUE(listed.contains("told by an older server")) << listed;
}

TEST(RunVerbs, RerunSaysWhatIsRepeated) {
  ScriptedServer server;
  server.on(Method::post, "/api/v1/runs/{id}/rerun",
            [](const Seen&) { return Response::json(202, R"({"round":3,"state":"queued","jobs":2})"); });
  server.start();
  const std::string id(run_id);
  EXPECT_EQ(server.run({"run", "rerun", id}).out, id + " round 3: 2 jobs\n");
  server.run({"run", "rerun", id, "--failed"});
  server.run({"run", "rerun", id, "test (a, b)", "build"});
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].body, R"({"jobs":"all"})");
  EXPECT_EQ(seen[1].body, R"({"jobs":"failed"})");
  EXPECT_EQ(seen[2].body, R"-({"jobs":["test (a, b)","build"]})-");
  EXPECT_EQ(server.run({"run", "rerun", id, "build", "--failed"}).code, 2);
}

TEST(RunVerbs, WatchFollowsTheLogsAndEndsAsTheRunDoes) {
  ScriptedServer server;
  std::atomic<int> looks = 0;
  server.on(Method::get, "/api/v1/runs/{id}", [&looks](const Seen&) {
    if (++looks == 1) return run_document("running", job("a", "running") + "," + job("b", "blocked"));
    return run_document("failed", job("a", "failed", R"(,"exit_code":9)") + "," + job("b", "skipped"));
  });
  server.on(Method::get, "/api/v1/jobs/j-a/logs/stream", [](const Seen&) {
    return events_of({http::encode_event("log", "1-0-3", R"({"step":0,"offset":0,"size":3,"data":"hi\n"})"),
                      http::encode_event("end", "", R"({"state":"failed","reason":null,"exit_code":9})")});
  });
  server.start();
  const Outcome watched = server.run({"run", "watch", std::string(run_id)});
  EXPECT_TRUE(watched.out.starts_with("a │ hi\n")) << watched.out;
  EXPECT_TRUE(watched.err.contains("» b: skipped\n")) << watched.err;
  EXPECT_TRUE(watched.out.ends_with("run 7 failed\n")) << watched.out;
  EXPECT_EQ(watched.code, 9);
}

TEST(RunVerbs, SubmitAndFollowIsSubmitAndWatch) {
  ScriptedServer server;
  server.on(Method::post, "/api/v1/runs", [](const Seen&) {
    return Response::json(201, fmt::format(R"({{"id":"{}","number":7,"state":"queued"}})", run_id));
  });
  server.on(Method::get, "/api/v1/runs/{id}",
            [](const Seen&) { return run_document("cancelled", job("a", "cancelled")); });
  server.start();
  const TempFolder folder;
  const Outcome followed = server.run({"run", "submit", folder.write("p.yml", "jobs: {}\n"), "--follow"});
  EXPECT_TRUE(followed.err.starts_with(fmt::format("» run 7, {}\n", run_id))) << followed.err;
  EXPECT_TRUE(followed.out.contains("cancelled")) << followed.out;
  EXPECT_EQ(followed.code, 130);
}

TEST(RunVerbs, AnAllowedFailureIsNoFailureOfTheRun) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs/{id}", [](const Seen&) {
    return run_document("succeeded", job("a", "failed", R"(,"exit_code":9,"warning":true)"), R"("warnings":true,)");
  });
  server.start();
  const Outcome watched = server.run({"run", "watch", std::string(run_id)});
  EXPECT_EQ(watched.code, 0);
  EXPECT_TRUE(watched.out.ends_with("run 7 succeeded with warnings\n")) << watched.out;
}

}  // namespace
}  // namespace open_cicd::cli
