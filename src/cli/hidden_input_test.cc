#include "cli/hidden_input.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <sstream>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

// A terminal, its other end, and a process that reads from it.
class HiddenInput : public testing::Test {
 protected:
  HiddenInput() : keyboard_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    ::grantpt(keyboard_);
    ::unlockpt(keyboard_);
    terminal_ = ::open(::ptsname(keyboard_), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  ~HiddenInput() override {
    if (reader_ > 0) ::kill(reader_, SIGKILL), ::waitpid(reader_, nullptr, 0);
    ::close(terminal_);
    ::close(keyboard_);
  }

  bool shows() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(terminal_, &now), 0);
    return (now.c_lflag & ECHO) != 0;
  }
  static bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < deadline) ::poll(nullptr, 0, 1);
    return condition();
  }
  void type(std::string_view text) const {
    ASSERT_EQ(::write(keyboard_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  // Ends with 0 when it has read `expected`, with 1 when it has not, and with 2 on an error.
  void start_reader(std::string_view expected) {
    reader_ = ::fork();
    ASSERT_GE(reader_, 0);
    if (reader_ > 0) {
      ASSERT_TRUE(eventually([&] { return !shows(); }));
      return;
    }
    std::ostringstream out;
    const auto line = read_hidden_line(terminal_, "Value: ", out);
    ::_exit(!line ? 2 : line->reveal() == expected ? 0 : 1);
  }
  int end_of_reader() {
    int status = 0;
    EXPECT_EQ(::waitpid(reader_, &status, 0), reader_);
    reader_ = -1;
    return status;
  }

  int keyboard_, terminal_ = -1;
  pid_t reader_ = -1;
};

TEST_F(HiddenInput, IsOneLineWithoutItsBreak) {
  for (const char* value : {"s3cr3t", "", " blanks ", "\xc3\xbc \"q\" \\"}) {
    start_reader(value);
    type(std::string(value) + "\n");
    const int status = end_of_reader();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << value;
    EXPECT_TRUE(shows());
  }
}

TEST_F(HiddenInput, ALineIsReadInPieces) {
  start_reader("s3cr3t");
  type("s3c");
  EXPECT_FALSE(shows());
  type("r3t\n");
  const int status = end_of_reader();
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(HiddenInput, TheEndOfTheInputIsNoValue) {
  start_reader("");
  type("\x04");  // Ctrl-D
  const int status = end_of_reader();
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_TRUE(shows());
}

TEST_F(HiddenInput, ASignalLeavesTheTerminalAsItWas) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    start_reader("s3cr3t");
    type("half a sec");
    ::kill(reader_, signal);
    const int status = end_of_reader();
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << signal << " " << status;
    EXPECT_TRUE(shows()) << signal;
    ::tcflush(terminal_, TCIFLUSH);
  }
}

TEST_F(HiddenInput, AStoppedProgramShowsTheTerminalAndAsksAgain) {
  start_reader("s3cr3t");
  ::kill(reader_, SIGTSTP);
  int status = 0;
  // Of an orphaned process group the system stops none: then it asks again at once.
  const pid_t stopped = ::waitpid(reader_, &status, WUNTRACED | WNOHANG);
  if (stopped == reader_ && WIFSTOPPED(status)) {
    EXPECT_TRUE(shows());
  }
  ::kill(reader_, SIGCONT);
  ASSERT_TRUE(eventually([&] { return !shows(); }));
  type("s3cr3t\n");
  status = end_of_reader();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(shows());
}

TEST_F(HiddenInput, WhatIsNoTerminalIsSaid) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::ostringstream out;
  EXPECT_EQ(read_hidden_line(ends[0], "Value: ", out).error().code(), "terminal");
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace open_cicd::cli
