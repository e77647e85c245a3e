#include "base/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace open_cicd {
namespace {

constexpr auto words = std::to_array<std::string_view>({"timeout", "image", "steps", "allow_failure", "runs_on"});

TEST(Suggest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(closest_word("timout", words), "timeout");
  EXPECT_EQ(closest_word("tiemout", words), "timeout");
  EXPECT_EQ(closest_word("Image", words), "image");
  EXPECT_EQ(closest_word("allow-failure", words), "allow_failure");
  EXPECT_EQ(closest_word("runs-on", words), "runs_on");
  EXPECT_EQ(closest_word("step", words), "steps");
}

TEST(Suggest, SaysNothingWhenNothingIsNear) {
  EXPECT_FALSE(closest_word("container", words));
  EXPECT_FALSE(closest_word("", words));
  EXPECT_FALSE(closest_word(std::string(100'000, 'x'), words));
  EXPECT_EQ(did_you_mean("xyzzy", words), "");
  EXPECT_EQ(did_you_mean("stpes", words), ". Did you mean \"steps\"?");
}

}  // namespace
}  // namespace open_cicd
