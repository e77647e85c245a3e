#include "cli/follow_marks.h"

#include <gtest/gtest.h>

#include <vector>

namespace open_cicd::cli {
namespace {

class StepMarksTest : public testing::Test {
 protected:
  std::vector<std::string> said;
  StepMarks marks{[this](std::string mark) { said.push_back(std::move(mark)); }};
};

using Said = std::vector<std::string>;

TEST_F(StepMarksTest, StatesThatRunAheadWaitForTheirLog) {
  marks.on_state(0, "one", "running", std::nullopt);
  marks.on_state(0, "one", "succeeded", 0);
  marks.on_state(1, "two", "failed", 127);
  EXPECT_EQ(said, Said{});
  marks.on_log(0);
  marks.on_log(0);
  EXPECT_EQ(said, Said{"step one"});
  marks.on_log(1);
  EXPECT_EQ(said, (Said{"step one", "step one: succeeded", "step two"}));
  marks.end_attempt();
  EXPECT_EQ(said.back(), "step two: failed, exit code 127");
  EXPECT_EQ(said.size(), 4u);
}

TEST_F(StepMarksTest, AStepThatPrintedNothingGetsOneLine) {
  marks.on_state(-1, "setup", "succeeded", std::nullopt);
  marks.on_state(0, "one", "succeeded", 0);
  marks.on_state(1, "two", "pending", std::nullopt);
  marks.on_log(1);
  EXPECT_EQ(said, (Said{"step one: succeeded", "step two"}));
}

TEST_F(StepMarksTest, AStepThatIsQuietForAWhileIsNamed) {
  marks.on_state(0, "one", "succeeded", 0);
  marks.on_state(1, "two", "running", std::nullopt);
  marks.on_state(2, "three", "pending", std::nullopt);
  marks.on_quiet();
  EXPECT_EQ(said, (Said{"step one: succeeded", "step two"}));
  marks.on_quiet();
  EXPECT_FALSE(marks.on_log(1));
  EXPECT_EQ(said.size(), 2u);
  marks.on_state(1, "two", "succeeded", 0);
  marks.on_quiet();
  marks.end_attempt();
  EXPECT_EQ(said, (Said{"step one: succeeded", "step two", "step two: succeeded"}));
}

TEST_F(StepMarksTest, TheSetupIsNamed) {
  marks.on_state(-1, "setup", "failed", std::nullopt);
  marks.on_log(-1);
  marks.on_state(-1, "setup", "failed", std::nullopt);
  marks.end_attempt();
  EXPECT_EQ(said, (Said{"setup", "setup: failed"}));
}

TEST_F(StepMarksTest, AnOutcomeThatComesLateIsSaidAtOnceAndOnce) {
  marks.on_log(0);
  marks.on_log(1);
  marks.on_state(0, "one", "succeeded", 0);
  EXPECT_EQ(said.back(), "step one: succeeded");
  marks.end_attempt();
  EXPECT_EQ(said.size(), 3u);
}

TEST_F(StepMarksTest, StepsThatPrintByTurnsAreNamedAtEachTurn) {
  marks.on_state(0, "serve", "running", std::nullopt, true);
  EXPECT_FALSE(marks.on_log(-1));
  EXPECT_TRUE(marks.on_log(0));
  EXPECT_FALSE(marks.on_log(0));
  EXPECT_TRUE(marks.on_log(1));
  EXPECT_TRUE(marks.on_log(0));
  EXPECT_TRUE(marks.on_log(1));
  marks.on_state(0, "serve", "succeeded", std::nullopt, true);
  marks.on_state(1, "test", "succeeded", 0);
  EXPECT_EQ(said, (Said{"setup", "step serve (in the background)", "step 1", "step serve (in the background) goes on",
                        "step 1 goes on"}));
  marks.end_attempt();
  EXPECT_EQ(said.back(), "step test: succeeded");
  EXPECT_EQ(said[5], "step serve (in the background): succeeded");
}

}  // namespace
}  // namespace open_cicd::cli
