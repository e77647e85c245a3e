#include "base/text.h"

#include "base/one_line.h"

#include <gtest/gtest.h>

namespace open_cicd {
namespace {

TEST(Text, KnowsValidUtf8) {
  for (const std::string& text : {std::string(), std::string("a\0b", 3), std::string("äöü"),
                                  std::string("\xf0\x9f\x98\x80"), std::string("\xf4\x8f\xbf\xbf")})
    EXPECT_TRUE(is_valid_utf8(text));
  for (const char* text : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                           "\xf4\x90\x80\x80", "\xf5", "\xc3", "a\xff", "\xe2\x82"})
    EXPECT_FALSE(is_valid_utf8(text)) << text;
}

TEST(Text, ReplacesInvalidSequencesAsTheWhatwgDecoderDoes) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(to_valid_utf8("a\xff"
                          "b"),
            "a" + r + "b");
  EXPECT_EQ(to_valid_utf8("\xe2\x82"
                          "A"),
            r + "A");
  EXPECT_EQ(to_valid_utf8("\xe2\x82"), r);
  EXPECT_EQ(to_valid_utf8("\xc0\xaf"), r + r);
  EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), r + r + r);
  EXPECT_EQ(to_valid_utf8("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

TEST(Text, I6_EscapesWhatCouldForgeALine) {
  EXPECT_EQ(escape_for_line("a\nb\t\"\\\r"), "a\\nb\\t\\\"\\\\\\r");
  EXPECT_EQ(escape_for_line("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(escape_for_line("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(escape_for_line("a\xe2\x80\xae"
                            "b"),
            "a\\u202eb");
  EXPECT_EQ(escape_for_line("\xff"), "\\xff");
  EXPECT_EQ(escape_for_line("日本"), "日本");
}

TEST(Text, I6_ASentenceIsMadeOneLineOnceHoweverManyLayersDoIt) {
  const std::string sentence = to_one_line("step \"eat\" \\ a\nb \x1b[31m \xff \xc2\x9b");
  EXPECT_EQ(sentence, "step \"eat\" \\ a\\nb \\x1b[31m \\xff \\u009b");
  EXPECT_EQ(to_one_line(sentence), sentence);
}

TEST(Text, HoldsBackAnUnfinishedCharacter) {
  EXPECT_EQ(utf8_complete_prefix("abc"), 3u);
  EXPECT_EQ(utf8_complete_prefix("ab\xe2\x82"), 2u);
  EXPECT_EQ(utf8_complete_prefix("ab\xe2\x82\xac"), 5u);
  EXPECT_EQ(utf8_complete_prefix("\xf0\x9f\x98"), 0u);
  EXPECT_EQ(utf8_complete_prefix("a\xff"), 2u);
  EXPECT_EQ(utf8_complete_prefix("a\x80\x80\x80\x80"), 5u);
  EXPECT_EQ(utf8_complete_prefix(""), 0u);
}

}  // namespace
}  // namespace open_cicd
