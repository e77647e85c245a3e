#include "secrets/seal.h"

#include <gtest/gtest.h>

namespace open_cicd::secrets {
namespace {

const Keys test_keys = Keys::parse(std::string(64, '1')).value();
const Place place{.server = "a server", .scope = "a repository", .name = "TOKEN", .version = 3};
const Secret test_value(std::string("s3cr3t-value"));

std::string opened(const Keys& with, const Place& at, std::string_view sealed) {
  const Result<Secret> secret = unseal(with, at, sealed);
  return secret ? secret->reveal() : secret.error().code();
}

TEST(Seal, GivesBackWhatWasSealed) {
  for (const std::string& text :
       {std::string("s3cr3t-value"), std::string(), std::string("\0\xff\n", 3), std::string(48 << 10, 'v')})
    EXPECT_EQ(opened(test_keys, place, seal(test_keys, place, Secret(text))), text);
}

TEST(Seal, ShowsNothingOfTheValueAndIsNeverTheSameTwice) {
  const std::string sealed = seal(test_keys, place, test_value);
  EXPECT_EQ(sealed.size(), 1 + 8 + 24 + test_value.reveal().size() + 16);
  EXPECT_FALSE(sealed.contains("s3cr3t"));
  EXPECT_NE(sealed, seal(test_keys, place, test_value));
}

TEST(Seal, ANewVersionOfTheFormWouldBeNoticed) {
  EXPECT_EQ(seal(test_keys, place, test_value).front(), 1);
}

TEST(Seal, OpensNotWhenAnyBitIsAnother) {
  const std::string sealed = seal(test_keys, place, test_value);
  for (std::size_t i = 0; i < sealed.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = sealed;
      other[i] = static_cast<char>(other[i] ^ 1 << bit);
      ASSERT_EQ(opened(test_keys, place, other), i >= 1 && i <= 8 ? "secret_key_missing" : "secret_damaged") << i;
    }
}

TEST(Seal, OpensNotWhenItIsLongerOrShorter) {
  const std::string sealed = seal(test_keys, place, test_value);
  for (std::size_t size = 0; size < sealed.size(); ++size)
    ASSERT_EQ(opened(test_keys, place, sealed.substr(0, size)), "secret_damaged") << size;
  EXPECT_EQ(opened(test_keys, place, sealed + '\0'), "secret_damaged");
}

TEST(Seal, OpensAtNoOtherPlace) {
  const std::string sealed = seal(test_keys, place, test_value);
  Place other = place;
  other.server = "another server";
  EXPECT_EQ(opened(test_keys, other, sealed), "secret_damaged");
  other = place;
  other.scope = "another repository";
  EXPECT_EQ(opened(test_keys, other, sealed), "secret_damaged");
  other = place;
  other.name = "TOKEN2";
  EXPECT_EQ(opened(test_keys, other, sealed), "secret_damaged");
  other = place;
  other.version = 4;
  EXPECT_EQ(opened(test_keys, other, sealed), "secret_damaged");
}

TEST(Seal, TwoPlacesAreNotTheSameBecauseTheirTextsJoinedAre) {
  const std::string sealed = seal(test_keys, {.server = "a", .scope = "bc", .name = "d"}, test_value);
  EXPECT_EQ(opened(test_keys, {.server = "ab", .scope = "c", .name = "d"}, sealed), "secret_damaged");
  EXPECT_EQ(opened(test_keys, {.server = "a", .scope = "b", .name = "cd"}, sealed), "secret_damaged");
  EXPECT_EQ(opened(test_keys, {.server = "a", .scope = "bc", .name = "d"}, sealed), "s3cr3t-value");
}

TEST(Seal, OpensWithItsOwnKeyAlone) {
  const Keys other = Keys::parse(std::string(64, '2')).value();
  const std::string sealed = seal(test_keys, place, test_value);
  EXPECT_EQ(opened(other, place, sealed), "secret_key_missing");
  // The id of a key that the server has in front of what another one sealed.
  std::string claimed = seal(other, place, test_value).substr(0, 9) + sealed.substr(9);
  EXPECT_EQ(opened(other, place, claimed), "secret_damaged");
}

TEST(Seal, AnErrorNamesTheSecretAndTheKeyAndNoValue) {
  const Keys other = Keys::parse(std::string(64, '2')).value();
  const Result<Secret> missing = unseal(other, place, seal(test_keys, place, test_value));
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().message().starts_with("The secret TOKEN was sealed with the key "));
  EXPECT_EQ(missing.error().message().find(std::string(8, '1')), std::string::npos);
}

TEST(Seal, AnOlderKeyStillOpensWhatItSealedAndTheCurrentOneSeals) {
  const Keys both = Keys::parse(std::string(64, '2') + "\n" + std::string(64, '1')).value();
  const std::string before = seal(test_keys, place, test_value);
  EXPECT_EQ(opened(both, place, before), "s3cr3t-value");
  EXPECT_FALSE(is_sealed_with(both.current(), before));
  const std::string after = seal(both, place, test_value);
  EXPECT_TRUE(is_sealed_with(both.current(), after));
  EXPECT_EQ(opened(test_keys, place, after), "secret_key_missing");
}

}  // namespace
}  // namespace open_cicd::secrets
