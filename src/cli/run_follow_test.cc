#include "cli/run_follow.h"

#include "cli/line_stream.h"
#include "cli/scripted_server.h"

#include <atomic>

namespace open_cicd::cli {
namespace {

using http::encode_event;
using http::Method;
using http::Response;

std::string job_json(std::string_view name, std::string_view state, std::string_view rest = "") {
  return fmt::format(R"({{"id":"id-{0}","key":"{0}","name":"{0}","state":"{1}"{2}}})", name, state, rest);
}

std::string run_json(std::string_view state, const std::vector<std::string>& jobs) {
  return fmt::format(R"({{"id":"r1","number":1,"name":"ci","state":"{}","jobs":[{}]}})", state, fmt::join(jobs, ","));
}

// The log of a job that ends so; its stream is the same whenever it is opened.
void given_log(ScriptedServer& server, std::string_view name, std::string text, std::string_view end, int exit_code) {
  const std::string log = fmt::format(R"({{"step":0,"offset":0,"size":{},"data":"{}"}})", text.size(), text);
  const std::string last = fmt::format(R"({{"state":"{}","reason":null,"exit_code":{}}})", end, exit_code);
  server.on(Method::get, fmt::format("/api/v1/jobs/id-{}/logs/stream", name), [log, last](const Seen&) {
    return events_of({encode_event("attempt", "", R"({"attempt":1,"agent":"local-1"})"),
                      encode_event("log", "1-0-9", log), encode_event("end", "", last)});
  });
}

// Answers `states` one after the other, and the last one for ever.
void given_run(ScriptedServer& server, std::vector<std::string> states, std::atomic<std::size_t>& looks) {
  server.on(Method::get, "/api/v1/runs/{id}", [states = std::move(states), &looks](const Seen&) {
    return Response::json(200, states[std::min(looks++, states.size() - 1)]);
  });
}

struct Followed {
  std::string out, err;
  std::optional<RunView> run;
  int code = -1;
};

Task<int> follow(Api& api, const Context& context, RunFollowOptions options, Followed& followed) {
  options.run_id = "r1";
  options.look_max = std::chrono::milliseconds(10);
  RunFollower follower(api, context, std::move(options));
  const auto end = co_await follower.run();
  if (!end) co_return 1;
  followed.run = *end;
  if (*end) {
    print_jobs(context, **end, JobIds::hidden);
    followed.code = exit_code_of_run(**end);
  }
  co_return 0;
}

Followed follow_run(ScriptedServer& server, RunFollowOptions options = {}) {
  std::ostringstream out, err;
  Context context{.io = {out, err, false, false, 200},
                  .environment = {{"OPEN_CICD_SERVER", server.url()}, {"OPEN_CICD_TOKEN", "t"}}};
  Followed followed;
  EXPECT_EQ(with_api(context, {}, [&](Api& api) { return follow(api, context, options, followed); }), 0);
  followed.out = out.str();
  followed.err = err.str();
  return followed;
}

TEST(RunFollow, LinesOfJobsHaveTheirNamesAndTheEndIsATable) {
  constexpr std::string_view need = R"(,"reason":{"code":"skipped_need","facts":{"job":"test","result":"failed"}})";
  std::atomic<std::size_t> looks = 0;
  ScriptedServer server;
  given_run(
      server,
      {run_json("queued", {job_json("build", "queued"), job_json("test", "blocked"), job_json("deploy", "blocked")}),
       run_json("running", {job_json("build", "running", R"(,"attempts":1)"), job_json("test", "blocked"),
                            job_json("deploy", "blocked")}),
       run_json("failed",
                {job_json("build", "succeeded", R"(,"attempts":1,"exit_code":0)"),
                 job_json("test", "failed", R"(,"attempts":1,"exit_code":3)"), job_json("deploy", "skipped", need)})},
      looks);
  given_log(server, "build", R"(one\ntwo\n)", "succeeded", 0);
  given_log(server, "test", "no line break", "failed", 3);
  server.start();
  const Followed followed = follow_run(server);
  EXPECT_TRUE(followed.out.contains("build  │ one\nbuild  │ two\n")) << followed.out;
  EXPECT_TRUE(followed.out.contains("test   │ no line break\n")) << followed.out;
  EXPECT_FALSE(followed.out.contains("deploy │")) << followed.out;
  EXPECT_TRUE(followed.err.contains("test   │ » job failed")) << followed.err;
  EXPECT_TRUE(followed.err.contains("» deploy: ")) << followed.err;
  EXPECT_EQ(followed.code, 3);
  EXPECT_EQ(followed.out.substr(followed.out.find("JOB ")).substr(0, 10), "JOB     ST") << followed.out;
}

TEST(RunFollow, AnInterruptCancelsTheRunOnceAndItsEndIsAwaited) {
  std::atomic<std::size_t> looks = 0;
  std::atomic<bool> cancelled = false;
  ScriptedServer server;
  server.on(Method::post, "/api/v1/runs/{id}/cancel", [&](const Seen&) {
    cancelled = true;
    return Response::json(202, R"({"state":"running"})");
  });
  server.on(Method::get, "/api/v1/runs/{id}", [&](const Seen&) {
    ++looks;
    return Response::json(200, cancelled ? run_json("cancelled", {job_json("a", "cancelled")})
                                         : run_json("running", {job_json("a", "blocked")}));
  });
  server.start();
  const Followed followed =
      follow_run(server, {.cancel_on_interrupt = true, .interrupted = [&] { return looks > 2 && !cancelled; }});
  EXPECT_TRUE(followed.err.starts_with("» cancelling the run; Ctrl-C again ends its clean-up jobs too\n"))
      << followed.err;
  EXPECT_EQ(followed.code, 130);
}

TEST(RunFollow, WhatCannotWorkHereEndsTheRunAtOnce) {
  std::atomic<std::size_t> looks = 0;
  ScriptedServer server;
  given_run(server, {run_json("queued", {job_json("build", "queued")})}, looks);
  server.start();
  std::ostringstream out, err;
  Context context{.io = {out, err, false, false, 200},
                  .environment = {{"OPEN_CICD_SERVER", server.url()}, {"OPEN_CICD_TOKEN", "t"}}};
  Followed followed;
  RunFollowOptions options{
      .on_look = []() -> Result<void> { return fail(ErrorKind::internal, "no_agent", "It cannot work."); }};
  EXPECT_EQ(with_api(context, {}, [&](Api& api) { return follow(api, context, options, followed); }), 1);
  EXPECT_FALSE(followed.run.has_value());
}

TEST(RunFollow, TheThirdInterruptLeaves) {
  std::atomic<int> cancels = 0;
  ScriptedServer server;
  server.on(Method::post, "/api/v1/runs/{id}/cancel", [&](const Seen&) {
    ++cancels;
    return Response::json(202, R"({"state":"running"})");
  });
  server.on(Method::get, "/api/v1/runs/{id}",
            [&](const Seen&) { return Response::json(200, run_json("running", {job_json("a", "blocked")})); });
  server.start();
  const Followed followed = follow_run(server, {.cancel_on_interrupt = true, .interrupted = [] { return true; }});
  EXPECT_FALSE(followed.run.has_value());
  EXPECT_EQ(cancels, 2);
}

TEST(RunFollow, ARunThatIsNotThereIsAnError) {
  ScriptedServer server;
  server.on(Method::get, "/api/v1/runs/{id}",
            [](const Seen&) { return problem_of(Error(ErrorKind::not_found, "not_found", "There is no such run.")); });
  server.start();
  std::ostringstream out, err;
  Context context{.io = {out, err, false, false, 80},
                  .environment = {{"OPEN_CICD_SERVER", server.url()}, {"OPEN_CICD_TOKEN", "t"}}};
  Followed followed;
  EXPECT_EQ(with_api(context, {}, [&](Api& api) { return follow(api, context, {}, followed); }), 1);
}

TEST(RunFollow, AnAllowedFailureIsAWarning) {
  RunView run;
  run.state = "succeeded";
  run.warnings = true;
  run.jobs.emplace();
  run.jobs->push_back({.id = "", .key = "", .name = "flaky", .state = "failed", .warning = true, .exit_code = 7});
  EXPECT_EQ(exit_code_of_run(run), 0);
  EXPECT_EQ(state_of(run), "succeeded with warnings");
  run.state = "failed";
  run.jobs->push_back(
      {.id = "", .key = "", .name = "second", .state = "timed_out", .warning = false, .exit_code = std::nullopt});
  EXPECT_EQ(exit_code_of_run(run), 124);
}

TEST(PrefixedStream, WholeLinesOnly) {
  std::ostringstream to;
  {
    PrefixedStream a(to, "a: "), b(to, "b: ");
    a << "one";
    b << "two\n";
    a << " more\n" << std::flush;
    b << "rest";
  }
  EXPECT_EQ(to.str(), "b: two\na: one more\nb: rest\n");
}

TEST(PrefixedStream, AnEndlessLineIsCut) {
  std::ostringstream to;
  {
    PrefixedStream a(to, "");
    a << std::string(PrefixedStream::line_bytes_max + 10, 'x');
  }
  EXPECT_EQ(to.str().find('\n'), PrefixedStream::line_bytes_max);
}

}  // namespace
}  // namespace open_cicd::cli
