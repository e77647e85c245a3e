#include "base/globs.h"

#include "support/cpu_time.h"

#include <gtest/gtest.h>

namespace open_cicd {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto glob = Glob::parse(pattern);
  EXPECT_TRUE(glob) << pattern;
  return glob && glob->matches(text);
}

TEST(Globs, StarsStopAtSlashesAndDoubleStarsDoNot) {
  EXPECT_TRUE(matches("*", "main"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_FALSE(matches("*", "a/b"));
  EXPECT_TRUE(matches("**", "a/b"));
  EXPECT_TRUE(matches("release/*", "release/1.2"));
  EXPECT_FALSE(matches("release/*", "release/1/2"));
  EXPECT_TRUE(matches("release/**", "release/1/2"));
  EXPECT_FALSE(matches("src/**", "src"));
  EXPECT_TRUE(matches("v*.*", "v1.2"));
  EXPECT_FALSE(matches("v*.*", "v12"));
  EXPECT_TRUE(matches("a**b", "a/x/b"));
}

TEST(Globs, FoldersInFrontMayBeNone) {
  for (const char* text : {"a.md", "x/a.md", "x/y/a.md"}) EXPECT_TRUE(matches("**/*.md", text)) << text;
  EXPECT_FALSE(matches("**/*.md", "a.mdx"));
  EXPECT_TRUE(matches("a/**/b", "a/b"));
  EXPECT_TRUE(matches("a/**/b", "a/x/y/b"));
  EXPECT_FALSE(matches("a/**/b", "axb"));
  EXPECT_FALSE(matches("a/**/b", "ab"));
  for (const char* text : {"xb", "x/ab", "a/b/xb"}) EXPECT_FALSE(matches("**/b", text)) << text;
  EXPECT_FALSE(matches("a/**/b", "a/xb"));
  EXPECT_TRUE(matches("**/**/b", "b"));
  EXPECT_TRUE(matches("**/**", "b"));
}

TEST(Globs, OneCharacterIsOneCharacter) {
  EXPECT_TRUE(matches("?", "é"));
  EXPECT_FALSE(matches("?", "éé"));
  EXPECT_FALSE(matches("a?b", "a/b"));
  EXPECT_TRUE(matches("?*", "éa"));
  EXPECT_TRUE(matches("[a-c]1", "b1"));
  EXPECT_FALSE(matches("[a-c]1", "d1"));
  EXPECT_TRUE(matches("[!a-c]1", "é1"));
  EXPECT_FALSE(matches("[!a-c]1", "/1"));
  EXPECT_TRUE(matches("[]]", "]"));
  EXPECT_TRUE(matches("\\*", "*"));
  EXPECT_FALSE(matches("\\*", "a"));
}

TEST(Globs, WhatIsWrongIsSaid) {
  EXPECT_EQ(wrong_pattern("a[b"), "has \"[\" without \"]\": write \"\\[\" for the character itself");
  EXPECT_EQ(wrong_pattern(""), "must not be empty");
  EXPECT_EQ(wrong_pattern("!"), "must not be empty");
  EXPECT_EQ(wrong_pattern("a\\"), "ends with \"\\\": write the character that it stands before");
  EXPECT_EQ(wrong_pattern("[z-a]"), "has the empty range \"z-a\"");
  EXPECT_TRUE(wrong_pattern("/src/**").starts_with("must be relative"));
  EXPECT_EQ(wrong_pattern("!src/**"), "");
}

bool passes(std::vector<std::string> patterns, std::string_view text) {
  return Filter::parse(patterns).value().passes(text);
}

TEST(Globs, TheLastLineThatMatchesDecides) {
  EXPECT_TRUE(passes({"src/**", "!**/*.md"}, "src/a.c"));
  EXPECT_FALSE(passes({"src/**", "!**/*.md"}, "src/a.md"));
  EXPECT_TRUE(passes({"src/**", "!**/*.md", "src/README.md"}, "src/README.md"));
  EXPECT_FALSE(passes({"src/**"}, "docs/a"));
  EXPECT_TRUE(passes({"!docs/**"}, "src/a"));
  EXPECT_FALSE(passes({"!docs/**"}, "docs/a"));
}

TEST(Globs, G7_NoPatternIsSlow) {
  std::string pattern;
  for (int i = 0; i < 250; ++i) pattern += "*a?*";
  const std::string text(20'000, 'a');
  const double start = cpu_seconds();
  EXPECT_FALSE(matches(pattern, text + "/"));
  EXPECT_LT(cpu_seconds() - start, 2);
}

}  // namespace
}  // namespace open_cicd
