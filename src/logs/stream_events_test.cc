#include "logs/stream_events.h"

#include "base/text.h"
#include "http/sse.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace open_cicd::logs {
namespace {

std::vector<http::SseEvent> read(std::string_view text) {
  std::vector<http::SseEvent> events;
  http::SseReader reader;
  reader.feed(text, [&](http::SseEvent event) { events.push_back(std::move(event)); });
  return events;
}

boost::json::object data_of(const http::SseEvent& event) {
  return boost::json::parse(event.data).as_object();
}

TEST(StreamEvents, J6_LogDataArrivesExactly) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  const std::string lone_surrogate = "\xed\xa0\x80";
  for (const std::string& raw : {std::string("plain\n"), std::string("a\rb\r\nc\n\n\nd"), std::string("\0nul\0", 5),
                                 std::string("\xe2\x80\xa8 and \xe2\x80\xa9"), lone_surrogate, std::string("  leading"),
                                 std::string("data: x\n\nevent: end\nid: 9.9.9\n\n"), std::string("\"\\\b\f\t\x1b[31m"),
                                 std::string("\xef\xbb\xbf bom"), std::string("grün €\n"), every_byte}) {
    const auto events = read(log_event({1, 0, 4096}, raw));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].event, "log");
    EXPECT_EQ(events[0].id, (Position{1, 0, 4096 + static_cast<std::int64_t>(raw.size())}.str()));
    const auto data = data_of(events[0]);
    EXPECT_EQ(data.at("step").as_int64(), 0);
    EXPECT_EQ(data.at("offset").as_int64(), 4096);
    EXPECT_EQ(data.at("size").as_int64(), static_cast<std::int64_t>(raw.size()));
    EXPECT_EQ(std::string_view(data.at("data").as_string()), to_valid_utf8(raw));
  }
}

jobs::JobSnapshot running_job() {
  jobs::JobSnapshot job;
  job.state = "running";
  job.attempt = 2;
  job.agent = "a\nb";
  job.steps = {{.step = -1, .name = "setup", .state = protocol::StepState::succeeded, .exit_code = 0},
               {.step = 0, .name = "build", .state = protocol::StepState::running}};
  return job;
}

TEST(StreamEvents, TheWholeStateWithoutOneBefore) {
  const auto events = read(state_events(nullptr, running_job()));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].event, "step");
  EXPECT_EQ(events[0].data, R"({"step":-1,"name":"setup","state":"succeeded","exit_code":0})");
  EXPECT_EQ(events[1].data, R"({"step":0,"name":"build","state":"running","exit_code":null})");
  EXPECT_EQ(events[2].event, "status");
  EXPECT_EQ(events[2].data, R"({"state":"running","reason":null})");
}

TEST(StreamEvents, OnlyTheDifferences) {
  const jobs::JobSnapshot before = running_job();
  jobs::JobSnapshot now = before;
  EXPECT_EQ(state_events(&before, now), "");
  now.steps[1].state = protocol::StepState::failed;
  now.steps[1].exit_code = 3;
  const auto events = read(state_events(&before, now));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].data, R"({"step":0,"name":"build","state":"failed","exit_code":3})");
  now.attempt = 3;
  EXPECT_EQ(read(state_events(&before, now)).size(), 3u);
}

TEST(StreamEvents, TheOthers) {
  jobs::JobSnapshot job = running_job();
  const auto attempt = read(attempt_event(job, {2, -1, 0}));
  EXPECT_EQ(attempt.at(0).id, "2.-1.0");
  EXPECT_EQ(attempt.at(0).data, R"({"attempt":2,"agent":"a\nb"})");
  job.state = "failed";
  job.reason = boost::json::object{{"code", "exit"}};
  EXPECT_EQ(read(end_event(job)).at(0).data, R"({"state":"failed","reason":{"code":"exit"},"exit_code":null})");
  EXPECT_EQ(read(lagged_event({2, 0, 5}, 90)).at(0).data, R"({"step":0,"from":5,"to":90})");
}

}  // namespace
}  // namespace open_cicd::logs
