#include "analysis/fingerprint.h"

#include <gtest/gtest.h>

namespace open_cicd::analysis {
namespace {

TEST(PlainText, HasNeitherColoursNorControlCharacters) {
  EXPECT_EQ(plain_text("\x1b[1;31merror:\x1b[0m no such file"), "error: no such file");
  EXPECT_EQ(plain_text("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x07 text"), "link text");
  EXPECT_EQ(plain_text("a\tb\x07\x01\x7f  "), "a  b");
  EXPECT_EQ(plain_text("cut \x1b["), "cut");
  EXPECT_EQ(plain_text("cut \x1b]0;title"), "cut");
  EXPECT_EQ(plain_text(""), "");
}

TEST(PlainText, IsCutBetweenCharacters) {
  EXPECT_EQ(plain_text(std::string(1000, 'a')), std::string(line_text_max, 'a'));
  const std::string text = std::string(line_text_max - 1, 'a') + "äöü";
  EXPECT_EQ(plain_text(text), std::string(line_text_max - 1, 'a'));
  const std::string fits = std::string(line_text_max - 2, 'a') + "äö";
  EXPECT_EQ(plain_text(fits), std::string(line_text_max - 2, 'a') + "ä");
}

TEST(Fingerprint, IsTheSameWhereOnlyWhatDiffersEachTimeDiffers) {
  const std::vector<std::pair<const char*, const char*>> same{
      {"src/a.cc:12:3: error: no member 'x'", "src/a.cc:140:27: error: no member 'x'"},
      {"FAILED in 3.21s", "FAILED in 12s"},
      {"error at 0x7ffe12ab", "error at 0x55d0"},
      {"fatal: commit 3a7f09cd not found", "fatal: commit 91e03fab7 not found"},
      {"cannot open /tmp/pytest-of-root/pytest-12/x: denied", "cannot open /tmp/tmp.Xa81/x: denied"},
      {"job 0192f0c1-0000-7000-8000-000000000001 failed", "job 5f2c11d0-a2b1-7abc-8def-0123456789ab failed"},
      {"12:00:01 ERROR  connection refused", "23:59:59 error connection refused"},
      {"Error: Expected 3, got 4", "error: expected 17, got 2"},
  };
  for (const auto& [one, other] : same) EXPECT_EQ(fingerprint_of(one), fingerprint_of(other)) << one;
}

TEST(Fingerprint, IsAnotherWhereTheMeaningIs) {
  const std::vector<std::pair<const char*, const char*>> different{
      {"src/a.cc:12: error: no member 'x'", "src/a.cc:12: error: no member 'y'"},
      {"FAILED test_refund", "FAILED test_rounding"},
      {"connection refused", "connection reset"},
      {"deadbeat", "facade"},
  };
  for (const auto& [one, other] : different) EXPECT_NE(fingerprint_of(one), fingerprint_of(other)) << one;
}

TEST(Fingerprint, NothingToCompareHasNone) {
  for (const char* text : {"", "   ", "12:34 56", "----", "0x12 99"}) EXPECT_EQ(fingerprint_of(text), "") << text;
  EXPECT_EQ(fingerprint_of("error").size(), 32U);
}

}  // namespace
}  // namespace open_cicd::analysis
