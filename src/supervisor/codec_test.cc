#include "supervisor/codec.h"

#include "supervisor/protocol.h"

#include <gtest/gtest.h>

#include <cstring>

namespace open_cicd::supervisor {
namespace {

std::string event_frame(std::uint32_t type, std::uint32_t id, std::string_view payload) {
  const FrameHeader header{.type = type, .id = id, .length = static_cast<std::uint32_t>(payload.size())};
  std::string out(sizeof header, '\0');
  std::memcpy(out.data(), &header, sizeof header);
  return out.append(payload);
}

std::string numbers(std::initializer_list<std::uint32_t> values) {
  std::string out;
  for (const auto value : values) out.append(reinterpret_cast<const char*>(&value), sizeof value);
  return out;
}

TEST(EventReader, AnyPiecesGiveTheSameEvents) {
  const auto stream = event_frame(event_hello, 0, numbers({protocol_version})) +
                      event_frame(event_output, 7, {"a\0b\n", 4}) +
                      event_frame(event_exit, 7, numbers({137, exit_by_deadline | exit_out_of_memory})) +
                      event_frame(event_error, 8, "program: No such file or directory");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    EventReader reader;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.feed(std::string_view(stream).substr(at, piece));
      while (true) {
        const auto event = reader.next();
        ASSERT_TRUE(event);
        if (!*event) break;
        seen.push_back(fmt::format("{} {} {} {}{}{}", static_cast<int>((*event)->type), (*event)->id, (*event)->bytes,
                                   (*event)->code, (*event)->by_deadline, (*event)->out_of_memory));
      }
    }
    const std::vector<std::string> expected{"0 0  0falsefalse", std::string("1 7 a\0b\n 0falsefalse", 20),
                                            "2 7  137truetrue", "3 8 program: No such file or directory 0falsefalse"};
    EXPECT_EQ(seen, expected) << "pieces of " << piece;
  }
}

TEST(EventReader, RefusesWhatIsNotTheProtocol) {
  for (const auto& bytes :
       {event_frame(99, 1, "x"), event_frame(event_exit, 1, "short"), event_frame(event_hello, 0, numbers({2})),
        event_frame(event_output, 1, std::string(output_frame_bytes_max + 1, 'x'))}) {
    EventReader reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next());
  }
}

TEST(OwnStartFailure, TellsTheJobsDoingFromTheMachines) {
  EXPECT_EQ(own_start_failure("program: Permission denied", "/w", "/bin/sh"),
            "/bin/sh can't be run: Permission denied");
  EXPECT_EQ(own_start_failure("program: Argument list too long", "/w", "/bin/sh"),
            "/bin/sh can't be run: its environment is larger than this machine lets a program have: Argument list too "
            "long");
  EXPECT_EQ(own_start_failure("script: File exists", "/w", "/bin/sh"),
            "The step's script can't be written: File exists");
  for (const char* text : {"machine: No space left on device", "process: Resource temporarily unavailable", "user: x",
                           "standard streams: x", "", "program"})
    EXPECT_EQ(own_start_failure(text, "/w", "/bin/sh"), std::nullopt) << text;
}

TEST(EncodeStart, RefusesWhatExecveCannotCarry) {
  const auto refused = [](Command command) { return !encode_start(1, command, OutputMode::frames); };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({.argv = {std::string("a\0b", 3)}}));
  EXPECT_TRUE(refused({.argv = {"true"}, .env = {{"A", std::string("\0", 1)}}}));
  EXPECT_TRUE(refused({.argv = {"true"}, .env = {{"A=B", "c"}}}));
  EXPECT_TRUE(refused({.argv = {"true"}, .env = {{"", "c"}}}));
  EXPECT_TRUE(refused({.argv = {"true"}, .script = std::string(17 << 20, 'x')}));
  EXPECT_FALSE(refused({.argv = {"true"}, .env = {{"A", "=\n\"'"}}, .script = std::string("a\0b", 3)}));
}

}  // namespace
}  // namespace open_cicd::supervisor
