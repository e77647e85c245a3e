#include "logs/viewer.h"

#include "base/clock.h"
#include "base/text.h"
#include "logs/logs_fixture.h"

#include <algorithm>

namespace open_cicd::logs {
namespace {

class LogStreams : public LogsFixture {
 protected:
  // A client that is up to date: it has been told the state and waits.
  TestClient& given_live_viewer() {
    TestClient& client = watch();
    client.wait("the status", [&] { return count(client, "status") > 0; });
    return client;
  }
  static std::ptrdiff_t count(const TestClient& client, std::string_view event) {
    return std::ranges::count(client.names(), event);
  }
  std::int64_t append_all(std::string_view text, std::size_t chunk, int step = 0, std::int64_t from = 0) {
    for (; !text.empty(); text.remove_prefix(std::min(chunk, text.size()))) {
      from = append(from, text.substr(0, chunk), step).value();
    }
    return from;
  }
};

TEST_F(LogStreams, ANewViewerGetsAttemptStateLogAndThenLiveBytes) {
  start();
  append(0, "before\n").value();
  TestClient& client = watch();
  client.wait_text("before\n");
  EXPECT_EQ(client.names(), (std::vector<std::string>{"attempt", "step", "step", "status", "log"}));
  append(7, "live\n").value();
  client.wait_text("before\nlive\n");
  EXPECT_EQ(client.events().back().id, "1.0.12");
}

TEST_F(LogStreams, EndComesAfterEveryByteAndReturns) {
  start();
  TestClient& live = given_live_viewer();
  append(0, "hello\n").value();
  finish({{0, "hello\n"}});
  change([](jobs::JobSnapshot& s) {
    s.state = "succeeded";
    s.terminal = true;
    s.steps[0].state = protocol::StepState::succeeded;
  });
  live.wait_end();
  TestClient& late = watch();
  late.wait_end();
  for (const TestClient* client : {&live, &late}) {
    EXPECT_EQ(client->text(), "hello\n");
    EXPECT_EQ(client->names().back(), "end");
    EXPECT_EQ(client->events().back().data, R"({"state":"succeeded","reason":null,"exit_code":null})");
  }
}

TEST_F(LogStreams, EndWaitsForBytesThatAreOnlyKnownAfterTheJobEnded) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  start();
  const std::string whole = lines_of(20'000);
  TestClient& slow = watch(std::nullopt, true);
  append_all(whole, 1500);
  finish({{0, whole}});
  end_job();
  slow.block(false);
  slow.wait_end();
  EXPECT_EQ(slow.text(), whole);
}

TEST_F(LogStreams, AJobThatWaitsIsToldWhenItStarts) {
  snapshot.state = "queued";
  snapshot.attempt = 0;
  snapshot.steps.clear();
  start();
  TestClient& client = given_live_viewer();
  EXPECT_EQ(client.names(), std::vector<std::string>{"status"});
  change([](jobs::JobSnapshot& s) {
    s.state = "running";
    s.attempt = 1;
    s.steps = {{.step = 0, .name = "build", .state = protocol::StepState::running}};
  });
  append(0, "x\n").value();
  client.wait_text("x\n");
  EXPECT_EQ(client.names(), (std::vector<std::string>{"status", "attempt", "step", "status", "log"}));
}

TEST_F(LogStreams, AJobThatNeverRanEnds) {
  snapshot.state = "cancelled";
  snapshot.terminal = true;
  snapshot.attempt = 0;
  snapshot.steps.clear();
  start();
  TestClient& client = watch();
  client.wait_end();
  EXPECT_EQ(client.names(), (std::vector<std::string>{"status", "end"}));
}

TEST_F(LogStreams, StepsComeInOrderAndAPendingOneIsPassedAfterTheGrace) {
  settings.step_grace = std::chrono::milliseconds(30);
  snapshot.steps.insert(snapshot.steps.begin(), {.step = -1, .name = "setup", .state = protocol::StepState::succeeded});
  start();
  TestClient& client = given_live_viewer();
  append(0, "pull\n", -1).value();
  append(0, "build\n", 0).value();
  client.wait_text("pull\nbuild\n");
  append(0, "test\n", 1).value();  // step 0 was never reported as ended
  client.wait_text("pull\nbuild\ntest\n");
}

TEST_F(LogStreams, BytesThatALaterStepOvertookAreStillShownBeforeIt) {
  settings.step_grace = std::chrono::hours(1);
  start();
  TestClient& client = given_live_viewer();
  append(0, "build\n", 0).value();
  append(0, "test\n", 1).value();
  append(6, "built\n", 0).value();
  client.wait_text("build\nbuilt\n");
  change([](jobs::JobSnapshot& s) { s.steps[0].state = protocol::StepState::succeeded; });
  client.wait_text("build\nbuilt\ntest\n");
}

TEST_F(LogStreams, AStepsEndIsToldBeforeTheNextStepsFirstByte) {
  settings.step_grace = std::chrono::hours(1);
  snapshot.steps.insert(snapshot.steps.begin(), {.step = -1, .name = "setup", .state = protocol::StepState::running});
  start();
  TestClient& live = given_live_viewer();
  append(0, "pull\n", -1).value();
  append(0, "build\n", 0).value();
  append(0, "test\n", 1).value();
  finish({{-1, "pull\n"}, {0, "build\n"}, {1, "test\n"}});
  change([](jobs::JobSnapshot& s) {
    s.state = "failed";
    s.terminal = true;
    for (jobs::StepSnapshot& step : s.steps)
      step.state = step.step == 1 ? protocol::StepState::failed : protocol::StepState::succeeded;
  });
  live.wait_end();
  TestClient& late = watch();
  late.wait_end();
  for (const TestClient* client : {&live, &late}) {
    std::vector<std::string> order;
    for (const http::SseEvent& event : client->events()) {
      const boost::json::object data = boost::json::parse(event.data).as_object();
      if (event.event == "log") order.push_back(fmt::format("log {}", data.at("step").to_number<int>()));
      if (event.event != "step" || data.at("state") == "running" || data.at("state") == "pending") continue;
      const std::string end = fmt::format("end {}", data.at("step").to_number<int>());
      if (std::ranges::find(order, end) == order.end()) order.push_back(end);
    }
    EXPECT_EQ(order, (std::vector<std::string>{"log -1", "end -1", "log 0", "end 0", "log 1", "end 1"}));
  }
}

TEST_F(LogStreams, TheEndOfASilentStepIsToldBeforeALaterStepsFirstByte) {
  settings.step_grace = std::chrono::hours(1);
  snapshot.steps = {{.step = 0, .name = "one", .state = protocol::StepState::running},
                    {.step = 1, .name = "silent", .state = protocol::StepState::running},
                    {.step = 2, .name = "three", .state = protocol::StepState::pending}};
  start();
  TestClient& client = given_live_viewer();
  append(0, "one\n", 0).value();
  client.wait_text("one\n");
  change([](jobs::JobSnapshot& s) { s.steps[0].state = protocol::StepState::succeeded; });
  append(0, "three\n", 2).value();
  // Each change gives the viewer a turn, in which it could send those bytes.
  for (int i = 0; i < 20; ++i) {
    const std::ptrdiff_t told = count(client, "step");
    change([i](jobs::JobSnapshot& s) {
      s.steps[2].state = i % 2 == 0 ? protocol::StepState::running : protocol::StepState::pending;
    });
    client.wait("the change", [&] { return count(client, "step") > told; });
  }
  EXPECT_EQ(client.text(), "one\n");
  change([](jobs::JobSnapshot& s) { s.steps[1].state = protocol::StepState::failed; });
  client.wait_text("one\nthree\n");
}

TEST_F(LogStreams, StateChangesAreReadOnceForAllViewers) {
  start();
  std::vector<TestClient*> all;
  for (int i = 0; i < 20; ++i) all.push_back(&given_live_viewer());
  const int before = snapshot_reads;
  change([](jobs::JobSnapshot& s) { s.steps[0].state = protocol::StepState::failed; });
  for (TestClient* client : all) client->wait("the step", [&] { return count(*client, "step") == 3; });
  EXPECT_EQ(snapshot_reads, before + 1);
  for (TestClient* client : all) EXPECT_EQ(count(*client, "status"), 1);
}

TEST_F(LogStreams, AnEndThatNobodyWasToldOfIsSeenAtThePing) {
  settings.ping_interval = std::chrono::milliseconds(20);
  start();
  TestClient& client = given_live_viewer();
  const auto told = client.names();
  const int reads = snapshot_reads;
  client.wait("looks without news", [&] { return snapshot_reads > reads + 3; });
  EXPECT_EQ(client.names(), told) << "no news is not told";
  {
    const std::lock_guard lock(snapshot_mutex);  // and no event: it went down with the answer to the commit
    snapshot.state = "cancelled";
    snapshot.terminal = true;
  }
  client.wait_end();
}

TEST_F(LogStreams, ARetryStartsTheLogAnewAfterTheOldOnesLastByte) {
  start();
  TestClient& client = watch(std::nullopt, true);
  client.wait("the first attempt", [&] { return count(client, "attempt") == 1; });
  append(0, "first attempt\n").value();
  finish({{0, "first attempt\n"}});
  change([](jobs::JobSnapshot& s) { s.attempt = 2; });
  append(0, "second\n", 0, 2).value();
  client.block(false);
  client.wait("the second attempt", [&] { return count(client, "attempt") == 2 && client.text() == "second\n"; });
  const std::string raw = client.raw();
  EXPECT_LT(raw.find("first attempt"), raw.rfind("event: attempt")) << raw;
}

TEST_F(LogStreams, ALiveViewerSeesTheOldAttemptToItsEndBeforeTheNew) {
  start();
  TestClient& client = given_live_viewer();
  append(0, "first\n").value();
  client.wait_text("first\n");
  client.block(true);
  append(6, "more\n").value();
  finish({{0, "first\nmore\n"}});
  change([](jobs::JobSnapshot& s) { s.attempt = 2; });
  append(0, "second\n", 0, 2).value();
  client.block(false);
  client.wait("the second attempt", [&] { return count(client, "attempt") == 2 && client.text() == "second\n"; });
  EXPECT_NE(client.raw().find("more"), std::string::npos);
  EXPECT_LT(client.raw().find("more"), client.raw().find(R"("attempt":2)"));
}

TEST_F(LogStreams, J7_ResumingAtEveryEventGivesExactlyTheRest) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  settings.live_event_bytes_max = 300;
  settings.replay_bytes_max = 700;
  start();
  const std::string a = "setup ü\n", b = lines_of(4000) + "€ und ß\n", c = lines_of(900, 3);
  TestClient& whole = given_live_viewer();
  append_all(a, 3, -1);
  append_all(b, 211, 0);
  append_all(c, 400, 1);
  finish({{-1, a}, {0, b}, {1, c}});
  end_job();
  whole.wait_end();
  ASSERT_EQ(whole.text(), a + b + c);

  const auto events = whole.events();
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].event != "log") continue;
    std::string seen;
    for (std::size_t k = 0; k <= i; ++k) {
      if (events[k].event == "log") seen += boost::json::parse(events[k].data).at("data").as_string();
    }
    TestClient& resumed = watch(events[i].id);
    resumed.wait_end();
    ASSERT_EQ(seen + resumed.text(), a + b + c) << events[i].id;
    ASSERT_EQ(count(resumed, "attempt"), 0);
    ASSERT_EQ(count(resumed, "step"), 2);
    ASSERT_EQ(count(resumed, "status"), 1);
  }
}

TEST_F(LogStreams, J7_AnythingElseStartsAtTheBeginning) {
  start();
  append(0, "hello\n").value();
  finish({{0, "hello\n"}});
  end_job();
  for (const std::string& id : {std::string("garbage"), std::string("1.0.-4"), std::string("1.0.7"),
                                std::string("1.9.0"), std::string("2.0.0"), std::string(1 << 20, 'x'), std::string()}) {
    TestClient& client = watch(id);
    client.wait_end();
    EXPECT_EQ(client.text(), "hello\n") << id.substr(0, 20);
    EXPECT_EQ(count(client, "attempt"), 1) << id.substr(0, 20);
  }
}

TEST_F(LogStreams, J7_AFutureOffsetIsTheEndThatExistsAndSkipsNothing) {
  settings.segment_bytes = 1000;
  start();
  const std::int64_t later = SystemClock().unix_ms() + 3'600'000;
  append(0, "hello\n").value();
  for (const std::int64_t claimed_at_ms : {later, std::int64_t{0}}) {
    change([&](jobs::JobSnapshot& s) { s.claimed_at_ms = claimed_at_ms; });
    // Of an attempt that this server has seen from its beginning nothing was lost; of an older one at most two
    // segments.
    std::vector<std::string> ids{"1.0.9223372036854775807", "1.0.2007", "1.1.0"};
    if (claimed_at_ms == later) ids.insert(ids.end(), {"1.0.7", "1.1.5"});
    for (const std::string& id : ids) {
      TestClient& client = watch(id);
      client.wait("the status", [&] { return count(client, "status") > 0; });
      EXPECT_EQ(count(client, "attempt"), 0) << id;
    }
  }
  append(6, "world\n").value();
  for (const auto& client : clients) client->wait_text("world\n");
  finish({{0, "hello\nworld\n"}});
  end_job();
  for (const auto& client : clients) {
    client->wait_end();
    EXPECT_EQ(client->text(), "world\n");
  }
}

TEST_F(LogStreams, R23_AViewerResumesThroughARestartThatLostBytes) {
  settings.segment_bytes = 1000;
  settings.small_bytes_max = 100;
  start();
  const std::string whole = lines_of(5300);
  TestClient& before = given_live_viewer();
  append_all(std::string_view(whole).substr(0, 2600), 500);
  before.wait_text(whole.substr(0, 2600));
  const std::string id = before.events().back().id;
  logs->close_streams();
  before.wait_end();
  crash_and_start();
  TestClient& after = watch(id);
  after.wait("the status", [&] { return count(after, "status") > 0; });
  const std::int64_t next = cores.run(logs->next_offsets(job, 1)).at(0);
  ASSERT_EQ(next, 2000);
  append_all(std::string_view(whole).substr(2000), 500, 0, 2000);
  after.wait("the rest", [&] { return before.text().size() + after.text().size() >= whole.size(); });
  EXPECT_EQ(before.text() + after.text(), whole);
}

TEST_F(LogStreams, ACharacterSplitOverChunksIsHeldBackUntilItIsWhole) {
  const std::string text = "a€b\xf0\x9f\x98\x80ü\xff\xe2\x82x\n";
  for (const auto replay : {std::size_t{4}, std::size_t{65536}}) {
    settings.replay_bytes_max = replay;
    settings.live_event_bytes_max = replay;
    start();
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      const int attempt = static_cast<int>(cut) + (replay == 4 ? 0 : 100);
      change([&](jobs::JobSnapshot& s) { s.attempt = attempt; });
      TestClient& client = watch();
      client.wait("the status", [&] { return count(client, "status") > 0; });
      append(0, text.substr(0, cut), 0, attempt).value();
      append(static_cast<std::int64_t>(cut), text.substr(cut), 0, attempt).value();
      client.wait("the text", [&] { return client.text().ends_with("x\n"); });
      ASSERT_EQ(client.text(), to_valid_utf8(text)) << cut;
      client.leave();
      client.wait_end();
    }
    clients.clear();
  }
}

TEST_F(LogStreams, AnUnfinishedCharacterAtTheEndIsShownAsReplaced) {
  start();
  TestClient& client = given_live_viewer();
  append(0, "ok \xe2\x82").value();
  finish({{0, "ok \xe2\x82"}});
  end_job();
  client.wait_end();
  EXPECT_EQ(client.text(), "ok \xef\xbf\xbd");
}

TEST_F(LogStreams, J3_ASlowViewerLagsExactlyAndTheOthersAreNotSlowed) {
  settings.ring_bytes_max = 4096;
  settings.live_event_bytes_max = 512;
  settings.segment_bytes = 8192;
  settings.small_bytes_max = 1000;
  start();
  TestClient& slow = given_live_viewer();
  TestClient& quick = given_live_viewer();
  const std::string whole = lines_of(100'000);
  append(0, whole.substr(0, 100)).value();
  slow.wait_text(whole.substr(0, 100));
  slow.block(true);
  for (std::size_t at = 100; at < whole.size(); at += 400) {
    append(static_cast<std::int64_t>(at), std::string_view(whole).substr(at, 400)).value();
  }
  quick.wait_text(whole);
  EXPECT_EQ(count(slow, "lagged"), 0);
  slow.block(false);
  slow.wait_text(whole);
  EXPECT_GE(count(slow, "lagged"), 1);
}

TEST_F(LogStreams, J4_AViewerThatLeavesChangesNothing) {
  start();
  TestClient& leaving = given_live_viewer();
  TestClient& staying = given_live_viewer();
  leaving.leave();
  leaving.wait_end();
  append(0, "hello\n").value();
  staying.wait_text("hello\n");
  finish({{0, "hello\n"}});
}

TEST_F(LogStreams, J2_TheNumberOfStreamsIsLimitedInAllAndPerViewer) {
  settings.streams_max = 3;
  settings.streams_per_viewer_max = 2;
  start();
  auto first = std::make_optional(logs->admit_stream("ada").value());
  const auto second = logs->admit_stream("ada");
  EXPECT_TRUE(second);
  const auto refused = logs->admit_stream("ada");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unavailable);
  EXPECT_EQ(refused.error().code(), "too_many_streams");
  EXPECT_TRUE(refused.error().retry_after());
  const auto third = logs->admit_stream("bob");
  EXPECT_TRUE(third);
  EXPECT_FALSE(logs->admit_stream("eve"));
  const auto copy = first;
  first.reset();
  EXPECT_FALSE(logs->admit_stream("eve"));
}

TEST_F(LogStreams, APlaceIsGivenBackWithTheLastTicket) {
  settings.streams_max = 1;
  start();
  {
    const auto ticket = logs->admit_stream("ada");
    EXPECT_FALSE(logs->admit_stream("ada"));
  }
  EXPECT_TRUE(logs->admit_stream("ada"));
}

TEST_F(LogStreams, PingsWhenNothingHappens) {
  settings.ping_interval = std::chrono::milliseconds(20);
  start();
  TestClient& client = watch();
  client.wait("two pings", [&] {
    const std::string raw = client.raw();
    const std::size_t first = raw.find(": ping\n\n");
    return first != raw.npos && raw.find(": ping\n\n", first + 1) != raw.npos;
  });
}

TEST_F(LogStreams, AShutdownSendsTheRetryHintAndReturns) {
  start();
  TestClient& client = given_live_viewer();
  logs->close_streams();
  client.wait_end();
  EXPECT_TRUE(client.raw().ends_with("retry: 1000\n\n"));
  EXPECT_EQ(count(client, "end"), 0);
}

TEST_F(LogStreams, BytesThatAFinishFoundWrongAreShownAnew) {
  start();
  TestClient& client = given_live_viewer();
  append(0, "hellO\n").value();
  client.wait_text("hellO\n");
  EXPECT_FALSE(verify(claim_of({{0, "hello\n"}})).next.empty());
  append(0, "hello\n").value();
  client.wait("the right text", [&] { return count(client, "attempt") == 2 && client.text() == "hello\n"; });
}

TEST_F(LogStreams, ManyViewersOfABusyLogAllSeeAllOfIt) {
  settings.segment_bytes = 16'384;
  settings.small_bytes_max = 1000;
  settings.ring_bytes_max = 16'384;
  settings.live_event_bytes_max = 2000;
  start();
  const std::string whole = lines_of(400'000);
  for (int i = 0; i < 10; ++i) watch();
  for (std::size_t at = 0; at < whole.size(); at += 3000) {
    append(static_cast<std::int64_t>(at), std::string_view(whole).substr(at, 3000)).value();
    if (at % 60'000 == 0) watch(at % 120'000 == 0 ? std::nullopt : std::optional<std::string>("1.0.0"));
    if (at % 45'000 == 0) clients[at / 45'000]->block(true);
    if (at % 45'000 == 15'000) clients[at / 45'000]->block(false);
  }
  finish({{0, whole}});
  end_job();
  for (const auto& client : clients) {
    client->block(false);
    client->wait_end();
    ASSERT_EQ(client->text(), whole);
  }
}

}  // namespace
}  // namespace open_cicd::logs
