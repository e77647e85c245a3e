#include "base/crypto.h"

#include <gtest/gtest.h>

#include <set>

namespace open_cicd {
namespace {

TEST(Crypto, Sha256OfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Crypto, HmacOfRfc4231) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Crypto, HmacOfKeysAroundABlock) {
  EXPECT_EQ(to_hex(hmac_sha256(std::string(63, 'k'), "a message")),
            "8afefdbd7fac56e34a3a6e6012a96f920cbbf1db9cbc7319a0bd911e955fb73a");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(64, 'k'), "a message")),
            "ea089ecdfffa98e42a6cfbb50221d21c746c95e8c1af5eef10c0854cb0984f4f");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(65, 'k'), "a message")),
            "99daed6146cf0956a01437f07b2d1f886a4f1d1ef7d63100432b83af52a702a4");
  EXPECT_EQ(to_hex(hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Crypto, Crc32cOfRfc3720) {
  EXPECT_EQ(format_crc32c(crc32c("123456789")), "e3069283");
  EXPECT_EQ(format_crc32c(crc32c(std::string(32, '\0'))), "8a9136aa");
  EXPECT_EQ(format_crc32c(crc32c(std::string(32, '\xff'))), "62a8ab43");
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(parse_crc32c("e3069283"), 0xe3069283u);
  EXPECT_EQ(parse_crc32c("E306928f"), 0xe306928fu);
  for (const char* text : {"", "e306928", "e30692831", "0xe30692", "-3069283", "e306928g", " e306928"})
    EXPECT_EQ(parse_crc32c(text), std::nullopt) << text;
}

TEST(Crypto, Crc32cIsIncrementalAtEveryCut) {
  std::string text;
  for (int i = 0; i < 100; ++i) text.push_back(static_cast<char>(i * 37));
  const std::uint32_t whole = crc32c(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), whole);
}

TEST(Crypto, TokensAreLongUrlSafeAndDifferent) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(random_token());
  EXPECT_EQ(tokens.size(), 1000u);
  EXPECT_EQ(tokens.begin()->size(), 43u);
  for (const std::string& token : tokens)
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
}

TEST(Crypto, ComparesInConstantTime) {
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
  EXPECT_TRUE(equal_constant_time("", ""));
}

}  // namespace
}  // namespace open_cicd
