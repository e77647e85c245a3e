#include "logs/line_marks.h"

#include <gtest/gtest.h>

namespace open_cicd::logs {
namespace {

TEST(LineMarks, WhatToolsPrintWhenTheyFailIsAnError) {
  for (const std::string_view line :
       {"error: no such file", "Error: Cannot find module 'x'", "ERROR in ./src/a.ts", "[ERROR] Failed to execute goal",
        "main.c:3:5: error: expected ';'", "main.c:3:5: fatal error: x.h: No such file", "error[E0308]: mismatched types",
        "src/a.ts:1:2 - error TS2322: Type", "src/a.ts(1,2): error TS2322: Type", "Prog.cs(3,1): error CS1002: ; expected",
        "E   AssertionError: assert 1 == 2", "FAILED tests/test_a.py::test_b - assert", "--- FAIL: TestX (0.00s)",
        "[  FAILED  ] Suite.Test", "not ok 3 - adds", "Traceback (most recent call last):", "ValueError: bad",
        "java.lang.IllegalStateException: no", "Exception in thread \"main\" java.lang.Error", "npm ERR! code 1",
        "npm error code ELIFECYCLE", "make: *** [Makefile:3: all] Error 2", "make[1]: *** [x] Error 1",
        "/bin/sh: 1: foo: command not found", "a.o: undefined reference to `f'", "fatal: not a git repository",
        "panic: runtime error", "##[error]Process completed", "::error file=a.c,line=3::no",
        "2026-11-30 12:00:01 [main] ERROR c.e.App - no", "ninja: build stopped: subcommand failed.", "    error: indented"})
    EXPECT_TRUE(is_error_line(line)) << line;
}

TEST(LineMarks, WhatOnlySpeaksOfErrorsIsNone) {
  for (const std::string_view line :
       {"", " ", "0 errors, 0 warnings", "ERRORS: 0", "no error", "Compiling error_handling v1.0", "test errors ... ok",
        "warning: unused variable", "FAILOVER enabled", "failed=0", "error_count=0", "Errors are fine", "handled an error",
        "[  PASSED  ] 3 tests.", "ok 1 - error: is shown", "PASS src/Error.test.ts"})
    EXPECT_FALSE(is_error_line(line)) << line;
}

TEST(LineMarks, ALongLineIsJudgedByItsBeginning) {
  EXPECT_FALSE(is_error_line(std::string(classified_bytes_max, 'x') + ": error: late"));
  EXPECT_TRUE(is_error_line("error: " + std::string(1'000'000, 'x')));
}

std::vector<GroupMark> marks_of(std::string_view line) {
  return group_marks(line, line);
}

TEST(LineMarks, GroupsOfGithubAndGitlabAreRead) {
  ASSERT_EQ(marks_of("::group::Build it").size(), 1u);
  EXPECT_EQ(marks_of("::group::Build it").at(0).title, "Build it");
  EXPECT_EQ(marks_of("##[group]Build").at(0).title, "Build");
  EXPECT_EQ(marks_of("::endgroup::").at(0).kind, GroupMark::Kind::end);
  const std::string_view section = "\x1b[0Ksection_start:1560896352:build[collapsed=true]\r\x1b[0KBuilding";
  const std::vector<GroupMark> begun = group_marks(section, "\x1b[0KBuilding");
  ASSERT_EQ(begun.size(), 1u);
  EXPECT_EQ(begun[0].name, "build");
  EXPECT_EQ(begun[0].title, "Building");
  EXPECT_EQ(group_marks("section_end:1560896353:build\r\x1b[0K", "\x1b[0K").at(0).name, "build");
}

TEST(LineMarks, ATitleIsShortCleanAndNeverEmpty) {
  EXPECT_EQ(marks_of("::group::").at(0).title, "group");
  EXPECT_EQ(marks_of("::group::\x1b[31mred\x07\x1b[0m").at(0).title, "red");
  const std::string title = marks_of("::group::" + std::string(150, 'x') + "\xc3\xa9" + std::string(100, '\xff')).at(0).title;
  EXPECT_LE(title.size(), group_title_bytes_max);
  EXPECT_TRUE(marks_of("say ::group:: here").empty());
  EXPECT_TRUE(marks_of("section_start:x:y\rz").empty());
}

}  // namespace
}  // namespace open_cicd::logs
