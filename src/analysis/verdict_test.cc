#include "analysis/verdict.h"

#include <gtest/gtest.h>

namespace open_cicd::analysis {
namespace {

RunMark run(std::int64_t number) {
  return {.id = RunId(), .number = number, .sha = {}};
}
Ending passed(std::int64_t number) {
  return {.run = run(number), .passed = true, .step = -2, .fingerprint = ""};
}
Ending failed(std::int64_t number, std::string fingerprint = "a", int step = 1) {
  return {.run = run(number), .passed = false, .step = step, .fingerprint = std::move(fingerprint)};
}
std::int64_t number(const std::optional<RunMark>& mark) {
  return mark ? mark->number : 0;
}

TEST(Verdict, WithoutHistoryNothingIsKnown) {
  const Verdict verdict = judge(failed(9), {});
  EXPECT_EQ(verdict.kind, VerdictKind::unknown);
  EXPECT_EQ(number(verdict.first_failed), 9);
  EXPECT_FALSE(verdict.since_run);
}

TEST(Verdict, NewIsWhatTheRunBeforeDidNotHave) {
  const Verdict verdict = judge(failed(9), {.here = {passed(8), failed(7)}, .on_default_branch = {passed(6)}});
  EXPECT_EQ(verdict.kind, VerdictKind::new_failure);
  EXPECT_EQ(number(verdict.since_run), 8);
  EXPECT_EQ(number(verdict.first_failed), 9);
  EXPECT_EQ(number(verdict.passed_on_default_branch), 6);
}

TEST(Verdict, ItStaysNewSinceTheRunThatPassed) {
  const Verdict verdict = judge(failed(9), {.here = {failed(8), failed(7), passed(5)}});
  EXPECT_EQ(verdict.kind, VerdictKind::new_failure);
  EXPECT_EQ(number(verdict.since_run), 5);
  EXPECT_EQ(number(verdict.first_failed), 7);
}

TEST(Verdict, AnotherErrorOrAnotherStepIsANewFailure) {
  for (const Ending& before : {failed(8, "b"), failed(8, "a", 0)}) {
    const Verdict verdict = judge(failed(9), {.here = {before, passed(7)}});
    EXPECT_EQ(verdict.kind, VerdictKind::new_failure);
    EXPECT_EQ(number(verdict.since_run), 8);
  }
}

TEST(Verdict, WhatIsNotKnownOfAFailureDoesNotMakeItAnother) {
  for (const Ending& before : {failed(8, ""), failed(8, "a", -2)})
    EXPECT_EQ(number(judge(failed(9), {.here = {before, passed(7)}}).first_failed), 8);
}

TEST(Verdict, KnownIsWhatTheDefaultBranchHasToo) {
  const Verdict verdict =
      judge(failed(9), {.here = {passed(7)}, .on_default_branch = {failed(8), failed(6), passed(4)}});
  EXPECT_EQ(verdict.kind, VerdictKind::known);
  EXPECT_EQ(number(verdict.on_default_branch_since), 6);
  EXPECT_FALSE(verdict.passed_on_default_branch);
}

TEST(Verdict, AnotherErrorOnTheDefaultBranchIsNotThisOne) {
  const Verdict verdict = judge(failed(9), {.here = {passed(7)}, .on_default_branch = {failed(8, "b")}});
  EXPECT_EQ(verdict.kind, VerdictKind::new_failure);
}

TEST(Verdict, OnTheDefaultBranchItselfOnlyTheFirstIsNew) {
  EXPECT_EQ(judge(failed(9), {.here = {passed(8)}, .is_default_branch = true}).kind, VerdictKind::new_failure);
  const Verdict later = judge(failed(9), {.here = {failed(8), passed(7)}, .is_default_branch = true});
  EXPECT_EQ(later.kind, VerdictKind::known);
  EXPECT_EQ(number(later.on_default_branch_since), 8);
  EXPECT_EQ(number(later.since_run), 7);
}

TEST(Verdict, TheFirstRunOfABranchIsMeasuredByTheDefaultBranch) {
  const Verdict verdict = judge(failed(9), {.on_default_branch = {passed(8), failed(7)}});
  EXPECT_EQ(verdict.kind, VerdictKind::new_failure);
  EXPECT_EQ(number(verdict.since_run), 8);
}

TEST(Verdict, FlakyIsWhatTheSameCommitAlsoPassed) {
  const Verdict verdict =
      judge(failed(9), {.here = {passed(8)}, .on_default_branch = {failed(7)}, .of_commit = {failed(9), passed(6)}});
  EXPECT_EQ(verdict.kind, VerdictKind::flaky);
  EXPECT_EQ(number(verdict.passed_in), 6);
  EXPECT_EQ(judge(failed(9), {.of_commit = {failed(9)}}).kind, VerdictKind::unknown);
}

}  // namespace
}  // namespace open_cicd::analysis
