#include "cli/local_processes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <pthread.h>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace open_cicd::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds deadline{10};

// What the children say, in order: each writes short lines to one pipe.
class Story {
 public:
  Story() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~Story() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  // A child: `script` says what it has to say with "say WORD".
  std::vector<std::string> child(const std::string& script) const {
    return {"/bin/sh", "-c", fmt::format("say() {{ echo $1 >&{}; }}; {}", ends_[1], script)};
  }
  void say(std::string_view word) const {
    const std::string line = fmt::format("{}\n", word);
    EXPECT_EQ(::write(ends_[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
  }
  std::string next() const {
    std::string word;
    for (char c = 0; ::read(ends_[0], &c, 1) == 1 && c != '\n';) word += c;
    return word;
  }

 private:
  std::array<int, 2> ends_{};
};

// Ends at the second SIGTERM, as an agent with a job does.
constexpr std::string_view busy_child =
    "n=0; trap 'n=$((n+1)); say told$n' TERM; say ready; while [ $n -lt 2 ]; do sleep 0.02; done; say hurried";
constexpr std::string_view idle =
    "trap 'trap \"\" TERM; say idle-ended; exit' TERM; say ready; while :; do sleep 0.02; done";

TEST(LocalProcesses, TheFirstIsStoppedLast) {
  const Story story;
  LocalProcesses processes;
  processes.start("server", story.child("trap 'say server-ended; exit' TERM; say ready; while :; do sleep 0.02; done"));
  processes.start("agent", story.child("trap 'sleep 0.1; say agent-ended; exit' TERM; say ready; "
                                       "while :; do sleep 0.02; done"));
  EXPECT_EQ(story.next(), "ready");
  EXPECT_EQ(story.next(), "ready");
  processes.stop();
  EXPECT_EQ(story.next(), "agent-ended");
  EXPECT_EQ(story.next(), "server-ended");
}

TEST(LocalProcesses, AnIdleOneEndsWhileABusyOneWorksOnAndASecondSignalEndsThat) {
  const Story story;
  LocalProcesses processes;
  processes.start("server", story.child("trap exit TERM; say ready; while :; do sleep 0.02; done"));
  processes.start("idle", story.child(std::string(idle)));
  processes.start("busy", story.child(std::string(busy_child)));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(story.next(), "ready");
  const pthread_t stopping = ::pthread_self();
  std::thread user([&] {
    std::array<std::string, 2> told{story.next(), story.next()};
    std::ranges::sort(told);
    EXPECT_EQ(told, (std::array<std::string, 2>{"idle-ended", "told1"}));
    ::pthread_kill(stopping, SIGINT);
  });
  const auto started = steady_clock::now();
  processes.stop();
  user.join();
  EXPECT_EQ(story.next(), "told2");
  EXPECT_EQ(story.next(), "hurried");
  EXPECT_LT(steady_clock::now() - started, deadline);
}

TEST(LocalProcesses, WhatIgnoresTwoSignalsIsKilled) {
  const Story story;
  LocalProcesses processes(Milliseconds(100));
  processes.start("server", story.child("trap exit TERM; say ready; while :; do sleep 0.02; done"));
  processes.start("deaf", story.child("trap '' TERM; say ready; while :; do sleep 0.02; done"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(story.next(), "ready");
  ::pthread_kill(::pthread_self(), SIGTERM);
  const auto started = steady_clock::now();
  processes.stop();
  EXPECT_GE(steady_clock::now() - started, std::chrono::milliseconds(100));
  EXPECT_LT(steady_clock::now() - started, deadline);
}

TEST(LocalProcesses, WhatIsWithheldIsNotInTheEnvironment) {
  ::setenv("OPEN_CICD_TEST_SECRET", "s3cret", 1);
  ::setenv("OPEN_CICD_TEST_SECRET_OF_ALL", "kept", 1);
  const Story story;
  LocalProcesses processes;
  const std::string script = "say \"${OPEN_CICD_TEST_SECRET-none}\"; say $OPEN_CICD_TEST_SECRET_OF_ALL; exec sleep 60";
  processes.start("trusted", story.child(script));
  EXPECT_EQ(story.next(), "s3cret");
  EXPECT_EQ(story.next(), "kept");
  processes.start("other", story.child(script), {"OPEN_CICD_TEST_SECRET"});
  EXPECT_EQ(story.next(), "none");
  EXPECT_EQ(story.next(), "kept");
  ::unsetenv("OPEN_CICD_TEST_SECRET");
  ::unsetenv("OPEN_CICD_TEST_SECRET_OF_ALL");
}

TEST(LocalProcesses, AServerThatDiesWhileTheOthersFinishIsStartedAgain) {
  const Story story;
  std::string file = "/tmp/local-processes-XXXXXX";
  ::close(::mkstemp(file.data()));
  LocalProcesses processes;
  processes.start("server", story.child(fmt::format("trap 'say server-ended; exit' TERM; say ready; echo $$ > {}; "
                                                    "while :; do sleep 0.02; done",
                                                    file)));
  EXPECT_EQ(story.next(), "ready");
  processes.start("agent",
                  story.child(fmt::format("while ! [ -s {0} ]; do sleep 0.02; done; "
                                          "trap 'old=$(cat {0}); kill -9 $old; "
                                          "while [ \"$(cat {0})\" = $old ] || ! [ -s {0} ]; do sleep 0.02; done; "
                                          "say agent-ended; exit' TERM; say ready; while :; do sleep 0.02; done",
                                          file)));
  EXPECT_EQ(story.next(), "ready");
  processes.stop();
  EXPECT_EQ(story.next(), "ready") << "a new server";
  EXPECT_EQ(story.next(), "agent-ended");
  EXPECT_EQ(story.next(), "server-ended");
  ::unlink(file.c_str());
}

TEST(LocalProcesses, AnEarlyEndIsReported) {
  LocalProcesses processes;
  processes.start("broken", {"/bin/sh", "-c", "exit 7"});
  std::optional<int> code;
  const auto give_up = steady_clock::now() + deadline;
  while (!code && steady_clock::now() < give_up) code = processes.look_after(Milliseconds(60'000));
  EXPECT_EQ(code, 7);
}

TEST(LocalProcesses, AKilledOneIsStartedAgain) {
  const Story story;
  LocalProcesses processes;
  processes.start("killed", story.child("say ran; kill -9 $$"));
  EXPECT_EQ(story.next(), "ran");
  std::atomic<bool> again = false;
  std::thread listener([&] { again = story.next() == "ran"; });
  const auto give_up = steady_clock::now() + deadline;
  while (!again && steady_clock::now() < give_up) {
    EXPECT_EQ(processes.look_after(Milliseconds(60'000)), std::nullopt);
    EXPECT_FALSE(processes.asked_to_stop(Milliseconds(10)));
  }
  EXPECT_TRUE(again);
  processes.stop();
  story.say("end");  // for a listener that still waits
  listener.join();
}

}  // namespace
}  // namespace open_cicd::cli
