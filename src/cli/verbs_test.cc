#include "cli/scripted_server.h"

#include <atomic>
#include <csignal>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

using http::encode_event;
using http::Method;
using http::Response;

constexpr std::string_view id = "0192f0c1-0000-7000-8000-000000000001";

std::string path(std::string_view rest = "") {
  return fmt::format("/api/v1/jobs/{}{}", id, rest);
}

TEST(JobRun, PrintsIdAndStateOfWhatItSubmitted) {
  ScriptedServer server;
  server.on(Method::post, "/api/v1/jobs",
            [](const Seen&) { return Response::json(201, R"({"id":"j1","state":"queued"})"); });
  server.start();
  const TempFolder folder;
  const Outcome yaml = server.run({"job", "run", "-f", folder.write("job.yml", "steps: [{run: a}]\n")});
  EXPECT_EQ(yaml.code, 0);
  EXPECT_EQ(yaml.out, "j1 queued\n");
  EXPECT_EQ(yaml.err, "");
  const Outcome json = server.run({"job", "run", "-f", folder.write("job.json", "{}"), "--json"});
  EXPECT_EQ(json.out, "{\"id\":\"j1\",\"state\":\"queued\"}\n");
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].body, "steps: [{run: a}]\n");
  EXPECT_EQ(seen[0].content_type, "application/yaml");
  EXPECT_EQ(seen[0].authorization, "Bearer secret-token");
  EXPECT_EQ(seen[0].idempotency_key.size(), 36u);
  EXPECT_NE(seen[0].idempotency_key, seen[1].idempotency_key);
  EXPECT_EQ(seen[1].content_type, "application/json");
}

TEST(JobRun, SaysEveryFieldErrorWithFileLineAndColumn) {
  ScriptedServer server;
  server.on(Method::post, "/api/v1/jobs", [](const Seen&) {
    return problem_of(
        invalid_fields({{"steps[2].image", "must be a string", 7, 12}, {"timeout", "needs a unit"}}).error());
  });
  server.start();
  const TempFolder folder;
  const std::string file = folder.write("job.yml", "x");
  const Outcome outcome = server.run({"job", "run", "-f", file});
  EXPECT_EQ(outcome.code, 65);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, file + ":7:12: steps[2].image: must be a string\n" + file + ": timeout: needs a unit\n");
}

TEST(JobRun, MissingFileIsNotFound) {
  const Outcome outcome = ScriptedServer::run_cli({"job", "run", "/nonexistent.yml"}, {});
  EXPECT_EQ(outcome.code, 66);
  EXPECT_EQ(outcome.err, "open-cicd: The job file /nonexistent.yml cannot be read: No such file or directory.\n");
  EXPECT_EQ(ScriptedServer::run_cli({"job", "run", "/"}, {}).err,
            "open-cicd: The job file / cannot be read: Is a directory.\n");
}

TEST(JobRun, AnEmptyFileIsToldWhatItLacks) {
  const TempFolder folder;
  const std::string file = folder.write("empty.yml", "\n");
  const Outcome outcome = ScriptedServer::run_cli({"job", "run", file}, {});
  EXPECT_EQ(outcome.code, 65);
  EXPECT_EQ(outcome.err, "open-cicd: " + file + " is empty: a job needs at least \"steps: [{run: …}]\".\n");
}

class Follow : public testing::Test {
 protected:
  void given_stream(std::function<Response(int, const Seen&)> stream) {
    server.on(Method::post, "/api/v1/jobs",
              [](const Seen&) { return Response::json(201, fmt::format(R"({{"id":"{}","state":"queued"}})", id)); });
    server.on(Method::get, "/api/v1/jobs/{id}/logs/stream",
              [this, stream = std::move(stream)](const Seen& seen) { return stream(++streams, seen); });
    server.on(Method::get, "/api/v1/jobs/{id}/logs",
              [](const Seen&) { return Response{.status = 206, .content_type = "text/plain", .body = "\xff\xfe\n"}; });
    server.on(Method::put, "/api/v1/jobs/{id}/status",
              [](const Seen&) { return Response::json(202, R"({"state":"cancelling"})"); });
    server.on(Method::get, "/api/v1/jobs/{id}", [this](const Seen&) { return Response::json(200, job); });
    server.start();
  }
  Outcome follow(std::vector<std::string> more = {}, bool terminal = false) {
    std::vector<std::string> arguments = {"job", "run", "-f", folder.write("job.yml", "steps: [{run: a}]"), "--follow"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return server.run(std::move(arguments), {}, terminal);
  }
  static std::string log(std::string_view event_id, int offset, int size, std::string_view data) {
    return encode_event("log", event_id,
                        fmt::format(R"({{"step":0,"offset":{},"size":{},"data":"{}"}})", offset, size, data));
  }
  static std::string end(std::string_view state, std::string_view code = "null") {
    return encode_event("end", "", fmt::format(R"({{"state":"{}","reason":null,"exit_code":{}}})", state, code));
  }

  TempFolder folder;
  ScriptedServer server;
  std::atomic<int> streams = 0;
  std::string job = R"({"id":"j1","state":"succeeded"})";
};

TEST_F(Follow, PrintsTheLogAndExitsLikeTheJob) {
  given_stream([](int, const Seen&) {
    return events_of({encode_event("attempt", "1.0.0", R"({"attempt":1,"agent":"a1"})"),
                      encode_event("step", "", R"({"step":0,"name":"build","state":"running","exit_code":null})"),
                      log("1.0.6", 0, 6, "hello\\n"), log("1.0.12", 6, 6, "world\\n"),
                      encode_event("step", "", R"({"step":0,"name":"build","state":"failed","exit_code":9})"),
                      end("failed", "9")});
  });
  const Outcome outcome = follow();
  EXPECT_EQ(outcome.code, 9);
  EXPECT_EQ(outcome.out, "hello\nworld\n");
  EXPECT_EQ(outcome.err, fmt::format("» job {}\n» attempt 1 on a1\n» step build\n» step build: failed, exit code 9\n"
                                     "» job failed, exit code 9\n",
                                     id));
}

TEST_F(Follow, EveryEndHasItsCode) {
  const std::vector<std::pair<std::string, int>> ends = {
      {"succeeded", 0}, {"timed_out", 124}, {"cancelled", 130}, {"lost", 75}, {"failed", 1}};
  given_stream([&](int n, const Seen&) { return events_of({end(ends[static_cast<std::size_t>(n - 1)].first)}); });
  for (const auto& [state, code] : ends) EXPECT_EQ(follow().code, code) << state;
}

TEST_F(Follow, ResumesWithoutAGapOrADouble) {
  given_stream([](int n, const Seen&) {
    if (n == 1)
      return events_of({encode_event("attempt", "1.0.0", R"({"attempt":1})"),
                        encode_event("status", "", R"({"state":"running","reason":null})"), log("1.0.3", 0, 3, "abc")});
    if (n == 2) return problem_of(Error(ErrorKind::unavailable, "too_many_streams", "Full."));
    return events_of({encode_event("attempt", "1.0.0", R"({"attempt":1})"), log("1.0.3", 0, 3, "abc"),
                      log("1.0.6", 3, 3, "def"), end("succeeded", "0")});
  });
  const Outcome outcome = follow();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "abcdef");
  EXPECT_TRUE(outcome.err.contains("» connection lost, trying again; the job goes on\n» connected again\n"))
      << outcome.err;
  EXPECT_EQ(streams, 3);
  std::vector<std::string> ids;
  for (const Seen& seen : server.seen())
    if (seen.line.ends_with("/stream")) ids.push_back(seen.last_event_id);
  EXPECT_EQ(ids, (std::vector<std::string>{"", "1.0.3", "1.0.3"}));
}

// The end of a job is told after its log: until then nobody knows whether it goes on.
TEST_F(Follow, AJobThatIsDeletedMeanwhileIsSaidToBe) {
  for (const std::string state : {"", "succeeded"}) {
    SCOPED_TRACE(state);
    ScriptedServer deleting;
    std::atomic<int> asked = 0;
    deleting.on(Method::get, "/api/v1/jobs/{id}/logs/stream", [&](const Seen&) {
      if (++asked > 1)
        return problem_of(Error(ErrorKind::not_found, "not_found", fmt::format("There is no job {}.", id)));
      std::vector<std::string> events{encode_event("attempt", "1.0.0", R"({"attempt":1})"), log("1.0.3", 0, 3, "abc")};
      if (!state.empty())
        events.push_back(encode_event("status", "", fmt::format(R"({{"state":"{}","reason":null}})", state)));
      return events_of(std::move(events));
    });
    deleting.start();
    const Outcome outcome = deleting.run({"job", "logs", "--follow", std::string(id)});
    EXPECT_EQ(outcome.code, 66);
    EXPECT_EQ(outcome.out, "abc");
    EXPECT_TRUE(outcome.err.contains("» connection lost, trying again\n")) << outcome.err;
    EXPECT_TRUE(outcome.err.contains("The job was deleted meanwhile, by retention")) << outcome.err;
  }
}

TEST_F(Follow, APipeGetsTheRawBytesOfWhatIsNoText) {
  given_stream([](int, const Seen&) {
    return events_of({log("1.0.3", 0, 3, "\xef\xbf\xbd\xef\xbf\xbd\\n"), end("succeeded", "0")});
  });
  EXPECT_EQ(follow().out, "\xff\xfe\n");
  bool asked = false;
  for (const Seen& seen : server.seen())
    asked = asked || (seen.line == "GET " + path("/logs?step=0&attempt=1") && seen.range == "bytes=0-2");
  EXPECT_TRUE(asked);
}

TEST_F(Follow, I3_ATerminalGetsNoDangerousSequences) {
  given_stream([](int, const Seen&) {
    return events_of({log("1.0.9", 0, 9, R"(\u001b]0;x\u0007\u001b[31mred\u001b[2J)"), end("succeeded", "0")});
  });
  EXPECT_EQ(follow({}, true).out, "\x1b[31mred\x1b[0m\n");
}

TEST_F(Follow, ARetryIsToldAfterTheLogOfItsAttempt) {
  given_stream([](int, const Seen&) {
    return events_of(
        {encode_event("attempt", "1.0.0", R"({"attempt":1})"),
         encode_event("step", "", R"({"step":0,"name":"build","state":"failed","exit_code":2})"),
         encode_event("status", "",
                      R"({"state":"queued","reason":{"code":"retrying","facts":{"cause":"exit","attempt":1}}})"),
         log("1.0.2", 0, 2, "a\\n"), encode_event("attempt", "2.0.0", R"({"attempt":2})"), end("cancelled")});
  });
  EXPECT_EQ(follow().err, fmt::format("» job {}\n» attempt 1\n» step build\n» step build: failed, exit code 2\n"
                                      "» job queued again: a step failed (attempt 1)\n"
                                      "» attempt 2: the job begins again\n» job cancelled\n",
                                      id));
}

TEST_F(Follow, ANewAttemptPrintsItsLogFromTheStart) {
  given_stream([](int, const Seen&) {
    return events_of({encode_event("attempt", "1.0.0", R"({"attempt":1})"), log("1.0.2", 0, 2, "a\\n"),
                      encode_event("attempt", "2.0.0", R"({"attempt":2,"agent":"b"})"), log("2.0.2", 0, 2, "b\\n"),
                      end("succeeded", "0")});
  });
  const Outcome outcome = follow();
  EXPECT_EQ(outcome.out, "a\nb\n");
  EXPECT_TRUE(outcome.err.contains("» attempt 2 on b: the job begins again\n"));
}

TEST_F(Follow, JsonPrintsTheJobAtItsEndAndNoLog) {
  given_stream([](int, const Seen&) { return events_of({log("1.0.2", 0, 2, "a\\n"), end("succeeded", "0")}); });
  EXPECT_EQ(follow({"--json"}).out, "{\"id\":\"j1\",\"state\":\"succeeded\"}\n");
}

TEST_F(Follow, CtrlCCancelsTheJobAndWaitsForItsEnd) {
  bool cancelled = false;
  given_stream([](int n, const Seen&) {
    if (n == 1) {
      ::kill(::getpid(), SIGINT);
      return events_of({log("1.0.2", 0, 2, "a\\n")});
    }
    return events_of({end("cancelled")});
  });
  const Outcome outcome = follow();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_TRUE(outcome.err.contains("» cancelling the job; Ctrl-C again leaves at once\n")) << outcome.err;
  for (const Seen& seen : server.seen())
    cancelled = cancelled || (seen.line == "PUT " + path("/status") && seen.body == R"({"status":"cancelled"})");
  EXPECT_TRUE(cancelled);
}

TEST(JobList, AlignsItsTableAndSaysThatThereIsMore) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs", [](const Seen&) {
    return Response::json(
        200, R"({"jobs":[{"id":"j1","name":"短い","state":"running","created_at":"2026-01-01T00:00:00.000Z"},
      {"id":"j22","name":"b\u001b[31m","state":"failed","created_at":"2026-01-01T00:00:00.000Z",
       "started_at":"2026-01-01T00:00:01.000Z","finished_at":"2026-01-01T00:00:03.500Z","new_member":1}],"next_cursor":"7"})");
  });
  server.start();
  const Outcome outcome =
      server.run({"job", "list", "--state", "failed", "--runs-on", "a=b c", "--agent", "anvil 1", "--limit", "2"});
  EXPECT_EQ(outcome.code, 0);
  std::istringstream lines(outcome.out);
  std::string head, first, second;
  std::getline(lines, head);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_TRUE(head.starts_with("ID   STATE    NAME  CREATED")) << head;
  EXPECT_TRUE(first.starts_with("j1   running  短い  ")) << first;
  EXPECT_TRUE(second.starts_with("j22  failed   b     ")) << second;
  EXPECT_TRUE(second.ends_with("  2.5s")) << second;
  EXPECT_EQ(outcome.err, "There are more: --all lists every one, --limit N more of them.\n");
  EXPECT_EQ(server.seen()[0].line, "GET /api/v1/jobs?limit=2&state=failed&runs_on=a=b c&agent=anvil 1");
}

TEST(JobList, AllFollowsEveryPage) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs", [](const Seen& seen) {
    const bool second = seen.line.contains("cursor=7");
    return Response::json(
        200, second ? R"({"jobs":[{"id":"b"}],"next_cursor":null})" : R"({"jobs":[{"id":"a"}],"next_cursor":"7"})");
  });
  server.start();
  EXPECT_EQ(server.run({"job", "list", "--all", "--json"}).out,
            "{\"jobs\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"next_cursor\":null}\n");
}

TEST(JobShow, TellsTheWholeStory) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs/{id}", [](const Seen&) {
    return Response::json(
        200, R"({"id":"j1","name":"n","state":"failed","exit_code":3,"executor":"docker","runs_on":["a","b=c"],
      "reason":{"code":"step_failed","facts":{"exit_code":3,"step":0,"name":"build"}},"created_at":"2026-01-01T00:00:00.000Z",
      "attempts":[{"attempt":1,"agent":"one","state":"lost","cause":"agent_lost"},{"attempt":2,"agent":"two","state":"failed","exit_code":3,
        "images":[{"image":"app:latest","digest":"sha256:0123","how":"pulled"}]}],
      "steps":[{"step":0,"name":"build","state":"failed","exit_code":3,"duration_ms":1234,"log_bytes":4200}]})");
  });
  server.start();
  const Outcome outcome = server.run({"job", "show", "j1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const std::string_view part :
       {"state     failed (exit code 3)\n", "reason    step \"build\" ended with exit code 3\n", "runs on   a, b=c\n",
        "1        lost    one          agent_lost", "0     failed  build  3     1.2s  4.1 KiB\n",
        "IMAGE       DIGEST       HOW\n", "app:latest  sha256:0123  pulled\n"})
    EXPECT_TRUE(outcome.out.contains(part)) << part << "\n" << outcome.out;
}

TEST(JobShow, SaysWhatAQueuedJobWaitsFor) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs/{id}", [](const Seen&) {
    return Response::json(200, R"({"id":"j1","name":"n","state":"queued","executor":"shell","runs_on":["tpu"]})");
  });
  server.on(Method::get, "/api/v1/agents",
            [](const Seen&) { return Response::json(200, R"({"agents":[],"next_cursor":null})"); });
  server.start();
  const Outcome outcome = server.run({"job", "show", "j1"});
  EXPECT_TRUE(outcome.out.contains("reason    waiting: no agent is registered.\n")) << outcome.out;
}

TEST(JobLogs, ArePrintedByteForByteIntoAPipe) {
  ScriptedServer server;
  const std::string bytes("a\0\xff\x1b[2Jb", 8);
  server.on(Method::get, "/api/v1/jobs/{id}/logs",
            [&](const Seen&) { return Response{.status = 200, .content_type = "text/plain", .body = bytes}; });
  server.start();
  EXPECT_EQ(server.run({"job", "logs", "j1", "--step", "-1"}).out, bytes);
  EXPECT_EQ(server.seen()[0].line, "GET /api/v1/jobs/j1/logs?step=-1");
  EXPECT_EQ(server.run({"job", "logs", "j1"}, {}, true).out,
            "a\xef\xbf\xbd"
            "b");
}

TEST(JobCancel, SaysWhatCameOfIt) {
  ScriptedServer server;
  server.on(Method::put, "/api/v1/jobs/{id}/status", [](const Seen& seen) {
    if (seen.line.contains("/ended/"))
      return problem_of(Error(ErrorKind::conflict, "already_terminal", "The job has already ended: failed."));
    return Response::json(202, R"({"state":"cancelling"})");
  });
  server.start();
  EXPECT_EQ(server.run({"job", "cancel", "j1"}).out, "j1 cancelling\n");
  const Outcome late = server.run({"job", "cancel", "ended"});
  EXPECT_EQ(late.code, 1);
  EXPECT_EQ(late.err, "open-cicd: The job has already ended: failed.\n");
}

TEST(Agents, AreListedDrainedAndRemoved) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/agents", [](const Seen&) {
    return Response::json(200, R"({"agents":[{"id":"a1","name":"one","state":"busy","labels":{"arch":"amd64","gpu":""},
      "executors":["docker","shell"],"current_job":"j1","last_seen_at":"x"}],"next_cursor":null})");
  });
  server.on(Method::post, "/api/v1/agents/{id}/drain",
            [](const Seen&) { return Response::json(200, R"({"id":"a1","state":"draining"})"); });
  server.on(Method::delete_, "/api/v1/agents/{id}", [](const Seen&) { return Response::empty(204); });
  server.start();
  EXPECT_TRUE(server.run({"agent", "list"}).out.contains("a1  busy   one   docker,shell  arch=amd64 gpu  j1"));
  EXPECT_EQ(server.run({"agent", "drain", "a1"}).out, "a1 finishes its job and takes no other\n");
  EXPECT_EQ(server.run({"agent", "drain", "a1", "--undo"}).out, "a1 takes jobs again\n");
  EXPECT_EQ(server.run({"agent", "remove", "a1"}).out, "a1 removed\n");
  EXPECT_EQ(server.run({"agent", "remove", "a1", "--json"}).out, "{\"id\":\"a1\",\"state\":\"removed\"}\n");
  const auto seen = server.seen();
  std::vector<std::string> changes;
  for (const Seen& request : seen)
    if (!request.line.starts_with("GET")) changes.push_back(request.line + request.body);
  EXPECT_EQ(changes, (std::vector<std::string>{R"(POST /api/v1/agents/a1/drain{"drain":true})",
                                               R"(POST /api/v1/agents/a1/drain{"drain":false})",
                                               "DELETE /api/v1/agents/a1", "DELETE /api/v1/agents/a1"}));
}

TEST(Agents, GoByTheirNameOrAnEndOfTheirId) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/agents", [](const Seen&) {
    return Response::json(200, R"({"agents":[{"id":"0192f0c1-aaaa","name":"one"},{"id":"0192f0c1-bbbb","name":"two"},
      {"id":"0192f0c2-cccc","name":"two"},{"id":"0192f0c3-0000-aaaabbbb","name":"three"}],"next_cursor":null})");
  });
  server.on(Method::delete_, "/api/v1/agents/{id}", [](const Seen&) { return Response::empty(204); });
  server.start();
  EXPECT_EQ(server.run({"agent", "remove", "one", "--json"}).out, "{\"id\":\"0192f0c1-aaaa\",\"state\":\"removed\"}\n");
  EXPECT_EQ(server.run({"agent", "remove", "0192f0c2"}).code, 0);
  EXPECT_EQ(server.seen().back().line, "DELETE /api/v1/agents/0192f0c2-cccc");
  EXPECT_EQ(server.run({"agent", "remove", "two"}).err,
            "open-cicd: 2 agents go by \"two\": give the whole id, or its last 8 characters, like 0c1-bbbb.\n");
  EXPECT_EQ(server.run({"agent", "remove", "aaaabbbb"}).code, 0);
  EXPECT_EQ(server.seen().back().line, "DELETE /api/v1/agents/0192f0c3-0000-aaaabbbb");
  EXPECT_EQ(server.run({"agent", "remove", "aaabbbb"}).code, 0);
  EXPECT_EQ(server.seen().back().line, "DELETE /api/v1/agents/aaabbbb") << "seven may fit by chance";
  EXPECT_EQ(server.run({"agent", "remove", "0192f0c1"}).code, 1);
  EXPECT_EQ(server.run({"agent", "remove", "nobody"}).code, 0);
  EXPECT_EQ(server.seen().back().line, "DELETE /api/v1/agents/nobody");
}

TEST(Jobs, GoByAnEndOfTheirId) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs", [](const Seen&) {
    return Response::json(200, fmt::format(R"({{"jobs":[{{"id":"{}"}},{{"id":"0192f0c2"}}],"next_cursor":null}})", id));
  });
  server.on(Method::put, "/api/v1/jobs/{id}/status",
            [](const Seen&) { return Response::json(202, R"({"state":"cancelling"})"); });
  server.start();
  EXPECT_EQ(server.run({"job", "cancel", "0192f0c1"}).out, fmt::format("{} cancelling\n", id));
  EXPECT_EQ(server.seen().front().line, "GET /api/v1/jobs?limit=200");
  EXPECT_EQ(server.run({"job", "cancel", "00000001"}).out, fmt::format("{} cancelling\n", id));
}

TEST(Errors, HaveTheirExitCodes) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs/{id}", [](const Seen& seen) {
    if (seen.line.starts_with("GET /api/v1/jobs/401"))
      return problem_of(Error(ErrorKind::unauthenticated, "unauthenticated", "Who are you?"));
    if (seen.line.starts_with("GET /api/v1/jobs/403"))
      return problem_of(Error(ErrorKind::forbidden, "forbidden", "No."));
    if (seen.line.starts_with("GET /api/v1/jobs/500"))
      return problem_of(Error(ErrorKind::internal, "internal", "Oops."));
    if (seen.line.starts_with("GET /api/v1/jobs/html"))
      return Response{.status = 200, .content_type = "text/html", .body = "<html>"};
    return problem_of(not_found("job", "x").error());
  });
  server.start();
  EXPECT_EQ(server.run({"job", "show", "x"}).code, 66);
  EXPECT_EQ(server.run({"job", "show", "401"}).code, 77);
  EXPECT_TRUE(server.run({"job", "show", "401"}).err.contains("--token-file"));
  EXPECT_EQ(server.run({"job", "show", "403"}).code, 77);
  EXPECT_EQ(server.run({"job", "show", "500"}).code, 70);
  EXPECT_EQ(server.run({"job", "show", "html"}).code, 69);
  EXPECT_EQ(server.run({"job", "show"}).code, 2);
  EXPECT_EQ(server.run({"job", "show", "x", "--nope"}).code, 2);
  EXPECT_EQ(server.run({}).code, 2);
  EXPECT_EQ(server.run({"--help"}).code, 0);
  EXPECT_EQ(server.run({"job", "list", "--state", "nope"}).code, 2);
}

TEST(Errors, UnreachableServerIsNamedOnce) {
  const Outcome outcome = ScriptedServer::run_cli({"job", "list"}, {{"OPEN_CICD_SERVER", "http://127.0.0.1:1"}});
  EXPECT_EQ(outcome.code, 69);
  EXPECT_EQ(outcome.err,
            "open-cicd: The server at http://127.0.0.1:1 cannot be reached: Connection refused. Is it running, and is "
            "the address right (--server, OPEN_CICD_SERVER)?\n");
  EXPECT_EQ(ScriptedServer::run_cli({"job", "list", "--server", "nonsense"}, {}).code, 2);
}

TEST(Errors, AMissingTokenIsNamedAndAWrongKindAdvised) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs/{id}", [](const Seen& seen) {
    if (seen.authorization.empty())
      return problem_of(Error(ErrorKind::unauthenticated, "unauthenticated", "Send the header Authorization."));
    const bool kind = seen.line.starts_with("GET /api/v1/jobs/kind");
    return problem_of(Error(ErrorKind::forbidden, kind ? "wrong_token_kind" : "not_you", "No."));
  });
  server.start();
  const Outcome none = ScriptedServer::run_cli({"job", "show", "x"}, {{"OPEN_CICD_SERVER", server.url()}});
  EXPECT_EQ(none.code, 77);
  EXPECT_TRUE(none.err.starts_with("open-cicd: No token was given.\nGive a token with --token-file")) << none.err;
  EXPECT_EQ(server.run({"job", "show", "kind"}).err, "open-cicd: No.\nUse the admin token.\n");
  EXPECT_EQ(server.run({"job", "show", "x"}).err, "open-cicd: No.\n");
}

TEST(Errors, AreProblemDocumentsWithJson) {
  ScriptedServer server;
  server.on(Method::post, "/api/v1/jobs",
            [](const Seen&) { return problem_of(invalid_fields({{"timeout", "needs a unit", 7, 12}}).error()); });
  server.start();
  const TempFolder folder;
  const Outcome outcome = server.run({"job", "run", folder.write("job.yml", "x"), "--json"});
  EXPECT_EQ(outcome.code, 65);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(outcome.out.contains(R"("errors":[{"field":"timeout","message":"needs a unit","line":7,"column":12}])"))
      << outcome.out;
  EXPECT_TRUE(outcome.out.contains(R"("status":422,"code":"invalid")")) << outcome.out;
  const Outcome local = server.run({"job", "run", "/nonexistent.yml", "--json"});
  EXPECT_EQ(local.code, 66);
  EXPECT_TRUE(local.out.contains(R"("code":"no_file")")) << local.out;
}

TEST(Errors, A17_TokenNeverTravelsInTheClearToAnotherMachine) {
  for (const char* server :
       {"http://192.0.2.1:1", "http://127.0.0.1.example.org:1", "http://localhost.example.org:1"}) {
    const Outcome outcome = ScriptedServer::run_cli({"job", "list", "--server", server}, {{"OPEN_CICD_TOKEN", "t"}});
    EXPECT_EQ(outcome.code, 77) << server;
    EXPECT_TRUE(outcome.err.contains("--allow-insecure-http")) << server;
  }
}

TEST(Token, ComesFromItsFileFirst) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs",
            [](const Seen&) { return Response::json(200, R"({"jobs":[],"next_cursor":null})"); });
  server.start();
  const TempFolder folder;
  EXPECT_EQ(server.run({"job", "list", "--token-file", folder.write("t", "from-file\n")}).code, 0);
  EXPECT_EQ(server.seen()[0].authorization, "Bearer from-file");
  EXPECT_EQ(server.run({"job", "list", "--token-file", folder.write("e", "a\nb")}).code, 65);
  EXPECT_EQ(server.run({"job", "list", "--token-file", "/nonexistent"}).code, 66);
  EXPECT_EQ(server.seen().size(), 1u);
}

}  // namespace
}  // namespace open_cicd::cli
