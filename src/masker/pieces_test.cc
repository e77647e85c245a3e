#include "masker/pieces.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace open_cicd::masker {
namespace {

Pieces pieces(std::initializer_list<std::string_view> all) {
  Pieces pieces;
  for (const std::string_view one : all) pieces.add(one, false);
  pieces.sort();
  return pieces;
}

TEST(Pieces, TheLongestOfSeveralCounts) {
  const Pieces all = pieces({"abcdefgh", "abcd", "abcz", "abcdef", "abcd"});
  EXPECT_EQ(all.size(), 4u);
  EXPECT_EQ(all.longest_at("abcdefghij").size, 8u);
  EXPECT_EQ(all.longest_at("abcdefgx").size, 6u);
  EXPECT_EQ(all.longest_at("abcdz").size, 4u);
  EXPECT_EQ(all.longest_at("abcy").size, 0u);
  EXPECT_EQ(all.longest_at("abc").size, 0u);
  EXPECT_EQ(all.longest_at("zzzzzz").size, 0u);
  EXPECT_EQ(all.longest_at("").size, 0u);
}

TEST(Pieces, ATextMayGoOnUntilItIsTheLongest) {
  const Pieces all = pieces({"abcd", "abcdefgh"});
  EXPECT_TRUE(all.may_go_on("a") && all.may_go_on("abc") && all.may_go_on("abcd") && all.may_go_on("abcdefg"));
  EXPECT_FALSE(all.may_go_on("abcdefgh") || all.may_go_on("abcy") || all.may_go_on("b"));
}

TEST(Pieces, OneThatGoesOnInOneFormGoesOn) {
  Pieces all;
  all.add("abcd", false);
  all.add("abcd", true);
  all.add("efgh", false);
  all.sort();
  EXPECT_TRUE(all.longest_at("abcd").goes_on);
  EXPECT_FALSE(all.longest_at("efgh").goes_on);
}

TEST(Pieces, OfNoneNothingIsFound) {
  const Pieces none = pieces({});
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.longest_at("abcd").size, 0u);
  EXPECT_FALSE(none.may_go_on("a"));
}

}  // namespace
}  // namespace open_cicd::masker
