#include "masker/patterns.h"

#include "masker/limits.h"
#include "masker/reference_fixture.h"

#include <gtest/gtest.h>

namespace open_cicd::masker {
namespace {

using Left = Patterns::Left;

std::vector<Left> left_of(const std::vector<std::string>& values) {
  return Patterns::make(secrets_of(values)).value().left();
}

TEST(Patterns, C5_WhatWouldHideHalfOfEachLogIsLeftAndTold) {
  EXPECT_EQ(left_of({"abc", "s3cr3t", "", "\nab\n", "true", "Production", "0000000", "main"}),
            (std::vector<Left>{{0, NotMasked::too_short},
                               {2, NotMasked::too_short},
                               {3, NotMasked::too_short},
                               {4, NotMasked::common_word},
                               {5, NotMasked::common_word},
                               {6, NotMasked::common_word},
                               {7, NotMasked::common_word}}));
  EXPECT_EQ(masked({"dev", "true", "maintenance-1"}, "true dev main"), "true dev main");
}

TEST(Patterns, AJobHasALimitedNumberOfSecrets) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < limits::secrets_max; ++i) values.push_back("secret-" + std::to_string(i));
  EXPECT_TRUE(Patterns::make(secrets_of(values)));
  values.emplace_back("one more");
  EXPECT_EQ(Patterns::make(secrets_of(values)).error().code(), "too_many_secrets");
}

TEST(Patterns, ASecretsBytesAreLimitedTogether) {
  const std::string half(limits::secrets_bytes_max / 2, 'k');
  EXPECT_TRUE(Patterns::make(secrets_of({half, half})));
  EXPECT_EQ(Patterns::make(secrets_of({half, half, "k"})).error().code(), "secrets_too_large");
}

TEST(Patterns, ShortSecretsMakeTheSearchLookMoreClosely) {
  EXPECT_EQ(Patterns::make(secrets_of({"wxyz"})).value().stride(), 1u);
  EXPECT_EQ(Patterns::make(secrets_of({"a-secret-of-many-bytes"})).value().stride(), limits::stride_max);
}

}  // namespace
}  // namespace open_cicd::masker
