#include "expressions/pattern.h"

#include "expressions/limits.h"
#include "support/cpu_time.h"

#include <gtest/gtest.h>

namespace open_cicd::expressions {
namespace {

TEST(Pattern, IsFoundAnywhereUnlessItIsBound) {
  EXPECT_EQ(matches_pattern("xv1", "v[0-9]"), true);
  EXPECT_EQ(matches_pattern("xv1", "^v[0-9]"), false);
  EXPECT_EQ(matches_pattern("v1\n", "^v1$"), false) << "a line break is no end";
  EXPECT_EQ(matches_pattern("a\nb", "a.b"), false);
  EXPECT_EQ(matches_pattern("", ""), true);
  EXPECT_EQ(matches_pattern("grün", "^gr\\pLn$"), true);
  EXPECT_EQ(matches_pattern("GIT", "(?i)git"), true);
  EXPECT_EQ(matches_pattern(std::string_view("a\0b", 3), "^a.b$"), true);
}

TEST(Pattern, SaysWhatIsWrong) {
  EXPECT_EQ(check_pattern("a+"), std::nullopt);
  EXPECT_EQ(check_pattern("("), "has a ( without its ): (");
  EXPECT_EQ(check_pattern(")"), "has a ) without its (: )");
  EXPECT_EQ(check_pattern("[a"), "has a [ without its ]: [a");
  EXPECT_EQ(check_pattern("\\"), "ends with a single \\");
  EXPECT_EQ(check_pattern("*"), "repeats nothing at *");
  EXPECT_EQ(check_pattern("a{1001}"), "repeats too often at {1001}");
  EXPECT_EQ(check_pattern("a**"), "has two repetitions in a row: **");
  EXPECT_EQ(check_pattern("\\y"), "has an escape that is not known: \\y");
  EXPECT_EQ(check_pattern("[[:nope:]]"), "has a class of characters that is not known: [:nope:]");
  EXPECT_EQ(check_pattern("(?<!a)b"), "has what RE2 does not know, such as looking ahead or behind: (?<");
  EXPECT_EQ(check_pattern("(\\d)\\1"), "has an escape that is not known: \\1");
  EXPECT_EQ(check_pattern("(\\pL{100}){10}"), "takes more than 64 KiB of memory when it is compiled");
  EXPECT_EQ(check_pattern("[\\pL\\PL\\pN\\pL\\pL\\pL\\pL]\\\\pL\\\\pL"), std::nullopt)
      << "seven, and two that are text";
  EXPECT_EQ(check_pattern("(?i)[\\pL\\PL\\pL\\PL\\pL\\PL\\pL\\PL\\pN]"),
            "has more than 8 classes of Unicode, such as \\pL");
  EXPECT_EQ(check_pattern(std::string(limits::pattern_bytes_max, 'a')), std::nullopt);
  EXPECT_EQ(check_pattern(std::string(limits::pattern_bytes_max + 1, 'a')), "is longer than 1024 bytes");
}

TEST(Pattern, G7_NoPatternIsSlow) {
  const std::string text(64 << 10, 'a');
  for (const char* pattern : {"(a*)*b", "(a+)+b", "(a|aa)+b", "(.*)(.*)(.*)(.*)b", "(a?){100}a{100}b"}) {
    const double start = cpu_seconds();
    EXPECT_EQ(matches_pattern(text, pattern), false) << pattern;
    EXPECT_LT(cpu_seconds() - start, 1) << pattern;
  }
  for (const char* pattern : {"(a{1000}){1000}", "((a{100}){100}){100}", "(x{1000}){1000}{1000}"})
    EXPECT_NE(check_pattern(pattern), std::nullopt) << pattern;
  EXPECT_NE(check_pattern(std::string(100 << 10, 'a')), std::nullopt);
}

}  // namespace
}  // namespace open_cicd::expressions
