#include "base/flush.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace open_cicd {
namespace {

TEST(Flush, AsksTheDiskUnlessNobodyNeedsTheFiles) {
  constexpr int no_file = -1;
  EXPECT_TRUE(is_flushing());
  EXPECT_EQ(flush_file(no_file), -1);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(flush_data(no_file), -1);
  set_flushing(false);
  EXPECT_EQ(flush_file(no_file), 0);
  EXPECT_EQ(flush_data(no_file), 0);
  set_flushing(true);
  EXPECT_EQ(flush_data(no_file), -1);
}

}  // namespace
}  // namespace open_cicd
