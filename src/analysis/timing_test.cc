#include "analysis/timing.h"

#include <gtest/gtest.h>

namespace open_cicd::analysis {
namespace {

// Times in seconds.
runs::RunJob job(const std::string& key, std::vector<std::string> needs, int queued, int started, int finished) {
  return {.id = JobId::make(),
          .key = key,
          .job = key.substr(0, key.find(' ')),
          .name = key,
          .needs = std::move(needs),
          .waits_for_slot = {},
          .state = jobs::JobState::succeeded,
          .reason = {},
          .exit_code = {},
          .queued_at = queued * 1000,
          .started_at = started * 1000,
          .finished_at = finished * 1000};
}
runs::RunDetail run_of(std::vector<runs::RunJob> jobs, int finished) {
  runs::RunDetail detail;
  detail.run.finished_at = finished * 1000;
  detail.jobs = std::move(jobs);
  return detail;
}
std::string keys(const std::vector<PathJob>& path) {
  std::string text;
  for (const PathJob& job : path)
    text += job.key + " " + std::to_string(job.waited_ms / 1000) + "+" + std::to_string(job.ran_ms / 1000) + "; ";
  return text;
}

TEST(CriticalPath, IsTheLastJobAndWhatReleasedEachOne) {
  const auto path = critical_path(
      run_of({job("build", {}, 0, 1, 10), job("lint", {}, 0, 1, 3), job("test (1)", {"build", "lint"}, 10, 14, 20),
              job("test (2)", {"build", "lint"}, 10, 11, 30), job("tell", {"test"}, 30, 30, 31)},
             31));
  EXPECT_EQ(keys(path), "build 1+9; test (2) 1+19; tell 0+1; ");
}

TEST(CriticalPath, LegsOfAMatrixAreOneNeed) {
  const auto path = critical_path(
      run_of({job("test (a)", {}, 0, 1, 10), job("test (b)", {}, 0, 1, 12), job("tell", {"test"}, 12, 13, 14)}, 14));
  EXPECT_EQ(path.size(), 2U) << keys(path);
}

TEST(CriticalPath, IsEmptyWhileTheRunGoesOn) {
  runs::RunDetail open = run_of({job("build", {}, 0, 1, 10)}, 0);
  open.run.finished_at.reset();
  EXPECT_TRUE(critical_path(open).empty());
  EXPECT_TRUE(critical_path(run_of({}, 1)).empty()) << "nor has one without jobs any";
}

TEST(CriticalPath, OfALaterRoundHasWhatWasRepeated) {
  std::vector<runs::RunJob> jobs{job("build", {}, 0, 1, 10), job("test", {"build"}, 100, 101, 120)};
  jobs[1].round = 2;
  runs::RunDetail detail = run_of(std::move(jobs), 120);
  detail.run.round = 2;
  EXPECT_EQ(keys(critical_path(detail)), "test 1+19; ");
}

TEST(CriticalPath, EndsOnHostileTimes) {
  EXPECT_EQ(critical_path(run_of({job("a", {"b"}, 0, 0, 0), job("b", {"a"}, 0, 0, 0)}, 0)).size(), 2U);
  EXPECT_EQ(critical_path(run_of({job("a", {"a"}, 9, 5, 1)}, 9)).front().ran_ms, 0) << "a clock went back";
}

struct SlowerTest : testing::Test {
  static std::vector<PastJob> past_jobs(int runs) {
    std::vector<PastJob> jobs;
    for (int i = 0; i < runs; ++i) {
      jobs.push_back({"build", 1'000, 10'000});
      jobs.push_back({"test", 1'000, 20'000});
    }
    return jobs;
  }
  static std::optional<Slower> slower_than(const Past& past, const runs::RunDetail& detail) {
    return slower(detail, critical_path(detail), past);
  }
  const Past usual = past_of({32'000, 31'000, 33'000}, past_jobs(3));
};

TEST_F(SlowerTest, TheLargestCausesComeFirst) {
  const auto found = slower_than(usual, run_of({job("build", {}, 0, 16, 26), job("test", {"build"}, 26, 27, 77)}, 77));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->usual_ms, 32'000);
  EXPECT_EQ(found->actual_ms, 77'000);
  ASSERT_EQ(found->because.size(), 2U);
  EXPECT_EQ(found->because[0].key, "test");
  EXPECT_FALSE(found->because[0].waited);
  EXPECT_EQ(found->because[0].usual_ms, 20'000);
  EXPECT_EQ(found->because[0].actual_ms, 50'000);
  EXPECT_EQ(found->because[1].key, "build");
  EXPECT_TRUE(found->because[1].waited);
  EXPECT_EQ(found->because[1].actual_ms, 16'000);
}

TEST_F(SlowerTest, AJobThatIsNewHasNoUsualTime) {
  const auto found = slower_than(usual, run_of({job("build", {}, 0, 1, 11), job("scan", {"build"}, 11, 11, 60)}, 60));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->because.size(), 1U);
  EXPECT_EQ(found->because[0].key, "scan");
  EXPECT_EQ(found->because[0].usual_ms, std::nullopt);
}

TEST_F(SlowerTest, WhatNobodyAsksAboutIsNotTold) {
  const auto normal = run_of({job("build", {}, 0, 1, 11), job("test", {"build"}, 11, 12, 34)}, 34);
  EXPECT_FALSE(slower_than(usual, normal)) << "two seconds";
  const Past long_ones = past_of({100'000, 100'000, 100'000}, past_jobs(3));
  EXPECT_FALSE(slower_than(long_ones, run_of({job("build", {}, 0, 1, 110)}, 110))) << "a tenth";
  EXPECT_FALSE(slower_than(past_of({1'000, 1'000}, past_jobs(2)), normal)) << "two runs make no habit";
  runs::RunDetail again = run_of({job("build", {}, 0, 1, 200)}, 200);
  again.run.round = 2;
  EXPECT_FALSE(slower_than(usual, again)) << "people, not machines, decide when a round begins";
}

}  // namespace
}  // namespace open_cicd::analysis
