// A viewer of a job with steps in the background.
#include "logs/logs_fixture.h"
#include "logs/viewer.h"

#include <algorithm>

namespace open_cicd::logs {
namespace {

// Step 0 in the background, 1 and 2 after it.
class LogStreamsBeside : public LogsFixture {
 protected:
  void SetUp() override {
    using protocol::StepState;
    snapshot.steps = {{.step = 0, .name = "serve", .state = StepState::running, .background = true},
                      {.step = 1, .name = "test", .state = StepState::running},
                      {.step = 2, .name = "last", .state = StepState::pending}};
    settings.step_grace = std::chrono::hours(1);
  }
};

TEST_F(LogStreamsBeside, WhatABackgroundStepPrintsComesBetweenTheOthers) {
  start();
  TestClient& client = watch();
  client.wait("the status", [&] { return std::ranges::count(client.names(), "status") > 0; });
  append(0, "up\n", 0).value();
  client.wait_text("up\n");
  append(0, "test\n", 1).value();
  client.wait_text("up\ntest\n");
  append(3, "request\n", 0).value();
  client.wait_text("up\ntest\nrequest\n");
  EXPECT_EQ(client.events().back().id, "1.1.5+0.11");
  append(5, "more\n", 1).value();
  client.wait_text("up\ntest\nrequest\nmore\n");
  change([](jobs::JobSnapshot& s) { s.steps[1].state = protocol::StepState::succeeded; });
  append(0, "last\n", 2).value();
  client.wait_text("up\ntest\nrequest\nmore\nlast\n");
}

TEST_F(LogStreamsBeside, AResumeGoesOnInAllOfThem) {
  start();
  append(0, "up\nrequest\n", 0).value();
  append(0, "test\nmore\n", 1).value();
  TestClient& known = watch("1.1.5+0.3");
  known.wait_text("request\nmore\n");
  TestClient& unknown = watch("1.1.5");
  unknown.wait("all of the background", [&] { return unknown.text().size() == 16; });
  EXPECT_TRUE(unknown.text().contains("up\nrequest\n"));
  EXPECT_TRUE(unknown.text().contains("more\n"));
  TestClient& made_up = watch("1.1.5+0.999");
  made_up.wait_text("more\n");
  TestClient& anew = watch("1.0.3");
  anew.wait("all", [&] { return anew.text().size() == 21; });
}

TEST_F(LogStreamsBeside, AnEndedJobIsReadInTheOrderOfItsSteps) {
  start();
  append(0, "up\n", 0).value();
  append(0, "test\n", 1).value();
  append(3, "down\n", 0).value();
  append(0, "last\n", 2).value();
  finish({{0, "up\ndown\n"}, {1, "test\n"}, {2, "last\n"}});
  end_job();
  TestClient& late = watch();
  late.wait_end();
  EXPECT_EQ(late.text(), "up\ndown\ntest\nlast\n");
}

TEST_F(LogStreamsBeside, TheEndComesAfterEveryByteOfTheBackground) {
  start();
  TestClient& client = watch(std::nullopt, true);
  append(0, "up\n", 0).value();
  append(0, "test\n", 1).value();
  append(3, lines_of(20'000), 0).value();
  finish({{0, "up\n" + lines_of(20'000)}, {1, "test\n"}});
  end_job();
  client.block(false);
  client.wait_end();
  EXPECT_EQ(client.text().size(), 8 + lines_of(20'000).size());
}

}  // namespace
}  // namespace open_cicd::logs
