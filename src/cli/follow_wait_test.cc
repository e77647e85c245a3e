#include "cli/api.h"
#include "cli/follow.h"
#include "cli/scripted_server.h"

#include <atomic>

namespace open_cicd::cli {
namespace {

using http::encode_event;
using http::Method;
using http::Response;
using std::chrono::milliseconds;

// A queued job, whose stream ends once the server was asked `questions` times what it waits for. Each question but the
// last has been answered and said by then: the follower asks one after another.
void given_queued_job(ScriptedServer& server, std::atomic<int>& asked, int questions,
                      std::function<std::string(int)> agents) {
  server.on(Method::get, "/api/v1/jobs/{id}", [&asked](const Seen&) {
    ++asked;
    return Response::json(200, R"({"id":"j1","name":"n","state":"queued","executor":"shell","runs_on":["tpu"]})");
  });
  server.on(Method::get, "/api/v1/agents", [&asked, agents = std::move(agents)](const Seen&) {
    return Response::json(200, fmt::format(R"({{"agents":[{}],"next_cursor":null}})", agents(asked)));
  });
  server.on(Method::get, "/api/v1/jobs/{id}/logs/stream", [&asked, questions](const Seen&) {
    Response response{.status = 200, .content_type = "text/event-stream"};
    response.stream = [&asked, questions](http::BodyWriter& writer) -> Task<void> {
      if (!co_await writer.write(encode_event("status", "", R"({"state":"queued","reason":null})"))) co_return;
      asio::steady_timer timer(co_await asio::this_coro::executor);
      while (asked < questions && !writer.shutting_down()) {
        timer.expires_after(milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
      }
      co_await writer.write(encode_event("end", "", R"({"state":"succeeded","reason":null,"exit_code":0})"));
    };
    return response;
  });
  server.start();
}

Task<int> follow_impatiently(Api& api, const Context& context) {
  Follower follower(api, context, {.job_id = "j1", .wait_first = milliseconds(1), .wait_again = milliseconds(1)});
  const auto end = co_await follower.run();
  co_return end && end->state == "succeeded" ? 0 : 1;
}

std::string said_by_follower(ScriptedServer& server, int exit_code = 0) {
  std::ostringstream out, err;
  Context context{.io = {out, err, false, false, 80},
                  .environment = {{"OPEN_CICD_SERVER", server.url()}, {"OPEN_CICD_TOKEN", "t"}}};
  EXPECT_EQ(with_api(context, {}, [&context](Api& api) { return follow_impatiently(api, context); }), exit_code);
  EXPECT_EQ(out.str(), "");
  return err.str();
}

TEST(FollowWait, WhatAQueuedJobWaitsForIsSaidOnce) {
  std::atomic<int> asked = 0;
  ScriptedServer server;
  given_queued_job(server, asked, 4, [](int) { return ""; });
  EXPECT_EQ(said_by_follower(server), "» waiting: no agent is registered.\n» job succeeded\n");
}

TEST(FollowWait, ThePauseBeforeARetryIsSaidOnceWithTheRetry) {
  constexpr std::string_view pausing =
      R"({"state":"queued","id":"j1","reason":{"code":"retrying","facts":{"cause":"agent","attempt":1,"pause_ms":2000,"at":"9999-12-31T23:59:59.000Z"}}})";
  std::atomic<int> asked = 0;
  ScriptedServer server;
  server.on(Method::get, "/api/v1/jobs/{id}", [&asked, pausing](const Seen&) {
    ++asked;
    return Response::json(200, std::string(pausing));
  });
  server.on(Method::get, "/api/v1/jobs/{id}/logs/stream", [&asked, pausing](const Seen&) {
    Response response{.status = 200, .content_type = "text/event-stream"};
    response.stream = [&asked, pausing](http::BodyWriter& writer) -> Task<void> {
      co_await writer.write(encode_event("attempt", "1.0.0", R"({"attempt":1})"));
      if (!co_await writer.write(encode_event("status", "", std::string(pausing)))) co_return;
      asio::steady_timer timer(co_await asio::this_coro::executor);
      while (asked < 3 && !writer.shutting_down()) {
        timer.expires_after(milliseconds(1));
        co_await timer.async_wait(asio::use_awaitable);
      }
      co_await writer.write(encode_event("end", "", R"({"state":"cancelled","reason":null,"exit_code":null})"));
    };
    return response;
  });
  server.start();
  const std::string said = said_by_follower(server, 1);
  EXPECT_EQ(std::ranges::count(said, '\n'), 3) << said;
  EXPECT_TRUE(said.starts_with("» attempt 1\n» job queued again, after a pause of 2s")) << said;
  EXPECT_TRUE(said.ends_with("» job cancelled\n")) << said;
}

TEST(FollowWait, AndAgainWhenItIsAnotherReason) {
  std::atomic<int> asked = 0;
  ScriptedServer server;
  given_queued_job(server, asked, 5, [](int question) {
    return question < 3 ? "" : R"({"id":"a1","name":"one","state":"idle","labels":{},"executors":["shell"]})";
  });
  const std::string said = said_by_follower(server);
  EXPECT_TRUE(said.starts_with("» waiting: no agent is registered.\n» waiting: ")) << said;
  EXPECT_TRUE(said.contains("tpu")) << said;
  EXPECT_EQ(std::ranges::count(said, '\n'), 3) << said;
}

}  // namespace
}  // namespace open_cicd::cli
