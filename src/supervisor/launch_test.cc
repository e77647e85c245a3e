// The helper's side of a start: what comes may be cut or made up by whoever holds the other end of the pipe.
#include "supervisor/launch.h"

#include "supervisor/codec.h"
#include "supervisor/protocol.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace open_cicd::supervisor {
namespace {

// Exactly so many bytes of memory, so that a sanitizer sees a read behind them.
bool is_start(std::string_view payload) {
  const auto copy = std::make_unique<char[]>(payload.size());
  std::memcpy(copy.get(), payload.data(), payload.size());
  LaunchRequest request;
  return parse_launch(copy.get(), static_cast<std::uint32_t>(payload.size()), &request);
}

std::string start_of(const Command& command) {
  return encode_start(1, command, OutputMode::frames)->substr(sizeof(FrameHeader));
}

const Command command{.argv = {"sh", "-c", "true"}, .env = {{"A", "b"}}, .cwd = "/work space"};

TEST(ParseLaunch, ReadsWhatTheAgentWrites) {
  const std::string payload = start_of(command);
  LaunchRequest request;
  ASSERT_TRUE(parse_launch(payload.data(), static_cast<std::uint32_t>(payload.size()), &request));
  EXPECT_STREQ(request.cwd, "/work space");
  EXPECT_STREQ(request.argv[0], "sh");
  EXPECT_STREQ(request.argv[2], "true");
  EXPECT_EQ(request.argv[3], nullptr);
  EXPECT_STREQ(request.env[0], "A=b");
  EXPECT_EQ(request.env[1], nullptr);
}

TEST(ParseLaunch, RefusesWhatIsCutOrTooLong) {
  const std::string payload = start_of(command);
  ASSERT_TRUE(is_start(payload));
  for (std::size_t length = 0; length < payload.size(); ++length)
    EXPECT_FALSE(is_start(payload.substr(0, length))) << length;
  EXPECT_FALSE(is_start(payload + '\0'));
}

// The last string's length is where it can reach behind the frame.
TEST(ParseLaunch, RefusesStringsThatReachBehindTheFrame) {
  const std::string payload = start_of(command);
  const std::size_t length_at = payload.size() - sizeof(std::uint32_t) - std::strlen("A=b") - 1;
  for (const std::uint32_t length : {2U, 4U, 5U, 4096U, 0xffffffffU}) {
    std::string longer = payload;
    std::memcpy(longer.data() + length_at, &length, sizeof length);
    EXPECT_FALSE(is_start(longer)) << length;
  }
}

TEST(ParseLaunch, RefusesAStringWithoutItsEndAndACommandWithoutAProgram) {
  std::string payload = start_of(command);
  payload.back() = 'x';
  EXPECT_FALSE(is_start(payload));
  std::string nothing(3 * sizeof(std::uint32_t), '\0');           // flags, uid, gid
  nothing += std::string(3 * (sizeof(std::uint32_t) + 1), '\0');  // three empty strings
  EXPECT_FALSE(is_start(nothing + std::string(2 * sizeof(std::uint32_t), '\0')));
}

}  // namespace
}  // namespace open_cicd::supervisor
