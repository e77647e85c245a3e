#include "logs/sgr.h"

#include <gtest/gtest.h>

namespace open_cicd::logs {
namespace {

Sgr after(std::string_view bytes, Sgr state = {}) {
  SgrReader reader(state);
  reader.read(bytes);
  return reader.state();
}
std::string shown(std::string_view line) {
  std::string room;
  return std::string(without_escapes(line, room));
}

TEST(LogSgr, AColourStaysInForceUntilItIsTakenBack) {
  EXPECT_EQ(after("\x1b[31mred").code(), "\x1b[0;31m");
  EXPECT_EQ(after("\x1b[31mred\x1b[m"), Sgr());
  EXPECT_EQ(after("\x1b[31mred\x1b[39m"), Sgr());
  EXPECT_EQ(after("\x1b[1;4;97;100m").code(), "\x1b[0;1;4;97;100m");
  EXPECT_EQ(after("\x1b[1;2;3m\x1b[22m").code(), "\x1b[0;3m") << "one code takes two back";
}

TEST(LogSgr, ColoursOfAllFormsAreRead) {
  EXPECT_EQ(after("\x1b[38;5;200m").code(), "\x1b[0;38;5;200m");
  EXPECT_EQ(after("\x1b[48;2;1;2;3m").code(), "\x1b[0;48;2;1;2;3m");
  EXPECT_EQ(after("\x1b[38:2::1:2:3m").code(), "\x1b[0;38;2;1;2;3m");
  EXPECT_EQ(after("\x1b[38:5:3m").code(), "\x1b[0;33m");
  EXPECT_EQ(after("\x1b[58;5;9m").code(), "\x1b[0;58;5;9m");
  EXPECT_EQ(after("\x1b[38;5;200;1m").code(), "\x1b[0;1;38;5;200m") << "what follows the colour counts";
}

TEST(LogSgr, WhatIsNoColourChangesNothing) {
  for (const std::string_view bytes : {"\x1b[38;5;300m", "\x1b[38;2;1;2m", "\x1b[38m", "\x1b[999m", "\x1b[?25l", "\x1b[2J",
                                       "\x1b[>4m", "\x1b]0;31m\a", "\x1b(B", "\x1b[31", "[31m"})
    EXPECT_EQ(after(bytes), Sgr()) << bytes;
  EXPECT_EQ(after("\x1b[" + std::string(1000, '1') + "m"), Sgr());
  EXPECT_EQ(after("\x1b[31;" + std::string(1000, ';') + "m"), Sgr()) << "it is too long";
}

TEST(LogSgr, TheCodeOfAStateMakesTheStateAgain) {
  for (const std::string_view bytes :
       {"\x1b[1m", "\x1b[2;3;4;5;7;8;9;53m", "\x1b[21m", "\x1b[94;43m", "\x1b[38;5;17;48;5;250;58;2;9;8;7m"}) {
    const Sgr state = after(bytes);
    EXPECT_NE(state, Sgr());
    EXPECT_EQ(after(state.code(), after("\x1b[9;7;35;46m")), state) << "whatever was in force";
  }
}

TEST(LogSgr, ASequenceMayComeInPieces) {
  const std::string_view bytes = "a\x1b[1;38;5;77mb\x1b]8;;http://x\x1b\\c\x1b[4m";
  const Sgr whole = after(bytes);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    SgrReader reader;
    reader.read(bytes.substr(0, cut));
    reader.read(bytes.substr(cut));
    EXPECT_EQ(reader.state(), whole) << cut;
  }
}

TEST(LogSgr, TextWithoutItsSequencesIsWhatIsShown) {
  EXPECT_EQ(shown("plain"), "plain");
  EXPECT_EQ(shown("\x1b[31mred\x1b[0m!"), "red!");
  EXPECT_EQ(shown("\x1b]8;;http://x\x1b\\link\x1b]8;;\a end"), "link end");
  EXPECT_EQ(shown("\x1b(Bset\x1b[2Kline\x1b[?25h"), "setline");
  EXPECT_EQ(shown("cut\x1b[3"), "cut");
  EXPECT_EQ(shown("\x1b\x1b[1mtwice"), "twice");
}

}  // namespace
}  // namespace open_cicd::logs
