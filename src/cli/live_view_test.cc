#include "cli/live_view.h"

#include "cli/terminal_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

namespace open_cicd::cli {
namespace {

constexpr std::int64_t noon = 1'795'953'600'000;  // 2026-11-29T12:00:00Z

RunJobView job(std::string key, std::string state, std::vector<std::string> needs = {}) {
  RunJobView view{.id = "id-" + key, .key = key, .name = key, .state = std::move(state)};
  view.needs = std::move(needs);
  return view;
}

RunView run_of(std::vector<RunJobView> jobs) {
  RunView run{.id = "r1", .number = 1, .name = "ci", .state = "running"};
  run.created_at = "2026-11-29T11:59:50.000Z";
  run.jobs = std::move(jobs);
  return run;
}

struct Drawn {
  std::ostringstream out;
  TerminalSize size{.columns = 80, .rows = 24};
  LiveView view{out, false, [this] { return size; }};
};

using Lines = std::vector<std::string>;

TEST(LiveView, JobsAreATreeWithStateTimeAndLastLine) {
  Drawn drawn;
  RunView run = run_of({job("build", "succeeded"), job("test (a)", "running", {"build"}),
                        job("test (b)", "failed", {"build"}), job("deploy", "blocked", {"test"})});
  (*run.jobs)[0].started_at = "2026-11-29T11:59:50.000Z";
  (*run.jobs)[0].finished_at = "2026-11-29T11:59:51.500Z";
  (*run.jobs)[1].started_at = "2026-11-29T11:59:52.000Z";
  (*run.jobs)[2].exit_code = 3;
  drawn.view.take(run);
  drawn.view.line("id-test (a)", "first");
  drawn.view.line("id-test (a)", "10%\r20%\r\x1b[31m30%\x1b[0m\r");
  drawn.view.line("id-test (a)", "   ");
  EXPECT_EQ(drawn.view.frame(noon), (Lines{
                                        "✓ build       succeeded      1.5s  ",
                                        "●   test (a)  running        8.0s  30%",
                                        "✗   test (b)  failed               exit code 3",
                                        "○     deploy  blocked              ",
                                        "1 running, 1 waiting, 1 succeeded, 1 failed · 10.0s",
                                    }));
}

TEST(LiveView, ALineIsNoWiderThanTheTerminalAndNothingInItMovesTheCursor) {
  Drawn drawn;
  drawn.size.columns = 60;
  RunView run = run_of({job(std::string(100, 'n'), "running"), job("a\nb\x1b[2J", "running")});
  drawn.view.take(run);
  drawn.view.line(run.jobs->front().id, std::string(500, 'x') + "\x1b[5A\x1b]0;title\x07");
  for (const int columns : {200, 80, 60, 30, 5}) {
    drawn.size.columns = columns;
    for (const std::string& line : drawn.view.frame(noon)) {
      EXPECT_LT(display_width(line), static_cast<std::size_t>(std::max(20, columns)) + 1) << line;
      EXPECT_FALSE(line.contains('\x1b')) << line;
      EXPECT_FALSE(line.contains('\n')) << line;
    }
  }
}

TEST(LiveView, WhatRunsIsShownWhereNotAllFit) {
  Drawn drawn;
  drawn.size.rows = 8;
  std::vector<RunJobView> jobs;
  for (int i = 0; i < 50; ++i)
    jobs.push_back(job(fmt::format("j{}", i), i == 40 ? "running" : i == 45 ? "failed" : "succeeded"));
  drawn.view.take(run_of(std::move(jobs)));
  const Lines lines = drawn.view.frame(noon);
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_TRUE(lines[2].contains("j40")) << lines[2];
  EXPECT_TRUE(lines[3].contains("j45")) << lines[3];
  EXPECT_EQ(lines[4], "… and 46 more");
  EXPECT_TRUE(lines[5].starts_with("1 running, 48 succeeded, 1 failed")) << lines[5];
}

TEST(LiveView, DrawsOverItselfOnlyWhenSomethingChangedAndLeavesNothing) {
  Drawn drawn;
  drawn.view.take(run_of({job("a", "queued"), job("b", "queued")}));
  drawn.view.draw(noon);
  const std::string first = drawn.out.str();
  EXPECT_FALSE(first.starts_with("\x1b[3A")) << first;
  drawn.view.draw(noon);
  EXPECT_EQ(drawn.out.str(), first);
  drawn.view.draw(noon + 1000);
  EXPECT_TRUE(drawn.out.str().substr(first.size()).starts_with("\x1b[3A\r\x1b[2K"));
  const std::size_t before = drawn.out.str().size();
  drawn.view.say("the run is being cancelled");
  EXPECT_TRUE(drawn.out.str().substr(before).starts_with("\x1b[3A\r\x1b[J» the run is being cancelled\n○ a"));
  drawn.view.clear();
  EXPECT_TRUE(drawn.out.str().ends_with("\x1b[3A\r\x1b[J"));
  const std::size_t cleared = drawn.out.str().size();
  drawn.view.clear();
  EXPECT_EQ(drawn.out.str().size(), cleared);
}

}  // namespace
}  // namespace open_cicd::cli
