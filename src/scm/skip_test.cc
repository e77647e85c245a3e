#include "scm/skip.h"

#include <gtest/gtest.h>

namespace open_cicd::scm {
namespace {

TEST(Skip, IsAskedForInTheTitle) {
  for (const char* message :
       {"[ci skip]", "Fix [skip ci] it", "fix [CI Skip]\n\nmore", "\n\n  [skip ci] late title", "[skip ci]\r\nx"})
    EXPECT_TRUE(asks_to_skip(message)) << message;
  for (const char* message :
       {"", "Fix it\n\n[ci skip]", "ci skip", "[ci  skip]", "[no ci]", "\n \t", "Revert \"[ci skip\""})
    EXPECT_FALSE(asks_to_skip(message)) << message;
}

TEST(Skip, ATitleIsOneLine) {
  EXPECT_EQ(title_of("  a b \r\n c"), "a b");
  EXPECT_EQ(title_of("\n\na"), "a");
  EXPECT_EQ(title_of(""), "");
  EXPECT_EQ(title_of(" \n "), "");
}

}  // namespace
}  // namespace open_cicd::scm
