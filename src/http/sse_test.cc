#include "http/sse.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace open_cicd::http {
namespace {

std::string shown(const SseEvent& event) {
  return event.event + "|" + event.id + "|" + event.data;
}

std::vector<std::string> read_in_pieces(std::string_view stream, std::size_t size) {
  SseReader reader;
  std::vector<std::string> events;
  while (!stream.empty()) {
    EXPECT_TRUE(reader.feed(stream.substr(0, size), [&](const SseEvent& event) { events.push_back(shown(event)); }));
    stream.remove_prefix(std::min(size, stream.size()));
  }
  return events;
}

using Events = std::vector<std::string>;

void expect_events(std::string_view stream, const Events& expected) {
  for (std::size_t size = 1; size <= stream.size(); ++size)
    ASSERT_EQ(read_in_pieces(stream, size), expected) << "in pieces of " << size;
}

TEST(Sse, ReadsWhatItWrites) {
  const std::string stream = encode_retry(2000) + encode_event("log", "17", R"({"a":"b\nc"})") + std::string(sse_ping) +
                             encode_event("", "", "plain") + encode_event("end", "18", "");
  EXPECT_EQ(encode_event("log", "17", "{}"), "id: 17\nevent: log\ndata: {}\n\n");
  expect_events(stream, {"log|17|{\"a\":\"b\\nc\"}", "message|17|plain", "end|18|"});
}

TEST(Sse, ReadsEveryLineEnding) {
  expect_events("data: a\ndata: b\n\ndata: c\r\ndata: d\r\n\r\ndata: e\rdata: f\r\r",
                {"message||a\nb", "message||c\nd", "message||e\nf"});
}

TEST(Sse, J6_FollowsTheStandardInOddCases) {
  expect_events(
      "\xef\xbb\xbf"
      "data: bom\n\n",
      {"message||bom"});
  expect_events("data\n\ndata:\ndata:\n\n", {"message||", "message||\n"});
  expect_events("data:no space\n\ndata:  two\n\n", {"message||no space", "message|| two"});
  expect_events(": comment\nunknown: x\ndata: y\n\n", {"message||y"});
  expect_events("event: lost\n\ndata: z\n\n", {"message||z"});
  expect_events("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", {"message|1|a", "message|1|b", "message||c"});
  expect_events(std::string_view("id: a\0b\ndata: c\n\n", 17), {"message||c"});
  expect_events("data: unfinished\n", {});
}

TEST(Sse, StopsAtAnEventThatIsTooLarge) {
  const auto ignore = [](const SseEvent&) {};
  SseReader line(100);
  EXPECT_FALSE(line.feed("data: " + std::string(200, 'x'), ignore));
  SseReader lines(100);
  bool goes_on = true;
  for (int i = 0; i < 50 && goes_on; ++i) goes_on = lines.feed("data: 0123456789\n", ignore);
  EXPECT_FALSE(goes_on);
  SseReader many(100);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(many.feed("data: 0123456789\n\n", ignore));
}

TEST(Sse, RefusesToWriteWhatWouldBeTwoLines) {
  EXPECT_THROW(encode_event("log", "1", "a\nb"), std::invalid_argument);
  EXPECT_THROW(encode_event("log", "1", "a\rb"), std::invalid_argument);
  EXPECT_THROW(encode_event("lo\ng", "1", "a"), std::invalid_argument);
  EXPECT_THROW(encode_event("log", "1\n", "a"), std::invalid_argument);
}

}  // namespace
}  // namespace open_cicd::http
