#include "base/error.h"

#include <gtest/gtest.h>

namespace open_cicd {
namespace {

TEST(Error, ACopyThatIsChangedLeavesTheOtherAsItWas) {
  const Error first(ErrorKind::conflict, "busy", "It is busy.");
  const Error second = Error(first)
                           .with_detail("pid 7")
                           .with_fact("next", 3)
                           .with_fields({{"name", "is taken"}})
                           .with_retry_after(std::chrono::seconds(1));
  EXPECT_EQ(second.kind(), ErrorKind::conflict);
  EXPECT_EQ(second.code(), "busy");
  EXPECT_EQ(second.message(), "It is busy.");
  EXPECT_EQ(second.detail(), "pid 7");
  EXPECT_EQ(second.facts().at("next"), 3);
  EXPECT_EQ(second.fields().size(), 1u);
  EXPECT_EQ(second.retry_after(), std::chrono::seconds(1));
  EXPECT_EQ(first.detail(), "");
  EXPECT_TRUE(first.facts().empty());
  EXPECT_TRUE(first.fields().empty());
  EXPECT_FALSE(first.retry_after());
}

}  // namespace
}  // namespace open_cicd
