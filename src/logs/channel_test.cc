#include "logs/channel.h"

#include <gtest/gtest.h>

namespace open_cicd::logs {
namespace {

// A step's bytes in memory.
class GrowingStep final : public Source {
 public:
  std::string bytes;
  Sizes sizes() const override { return {{0, static_cast<std::int64_t>(bytes.size())}}; }
  Piece peek(int, std::int64_t offset, std::size_t max) const override {
    return static_cast<std::size_t>(offset) < bytes.size() ? bytes.substr(static_cast<std::size_t>(offset), max)
                                                           : std::string();
  }
};

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() { settings_.ring_bytes_max = 8192; }

  // So many events of 100 bytes each, as the quickest viewer has them encoded; the positions where each begins.
  std::vector<Position> given_events(int count, int generation = 0) {
    std::vector<Position> begins;
    for (int i = 0; i < count; ++i) {
      const Position at{1, 0, static_cast<std::int64_t>(step_.bytes.size())};
      step_.bytes += std::string(99, static_cast<char>('a' + i % 26)) + "\n";
      EXPECT_TRUE(channel_->next(step_, generation, at, false).text);
      begins.push_back(at);
    }
    return begins;
  }
  bool in_ring(Position at, int generation = 0) { return channel_->next(step_, generation, at, false).text != nullptr; }

  LogSettings settings_;
  GrowingStep step_;
  std::shared_ptr<Channel> channel_ = std::make_shared<Channel>(JobId::make(), settings_, SnapshotSource());
};

// A viewer that is a little behind is served from memory, however long the log already is.
TEST_F(ChannelTest, TheRingHoldsAsMuchAtTheEndOfALongLogAsAtItsBeginning) {
  const std::vector<Position> events = given_events(1000);
  EXPECT_FALSE(in_ring(events[0])) << "what is old has made room";
  EXPECT_FALSE(in_ring(events[900])) << "and so have more bytes than the ring may hold";
  for (std::size_t behind = 1; behind <= 20; ++behind) EXPECT_TRUE(in_ring(events[events.size() - behind])) << behind;
}

TEST_F(ChannelTest, ALogThatBeginsAnewHasTheWholeRing) {
  given_events(1000);
  step_.bytes.clear();
  const std::vector<Position> events = given_events(20, 1);
  for (const Position& event : events) EXPECT_TRUE(in_ring(event, 1)) << event.offset;
}

}  // namespace
}  // namespace open_cicd::logs
