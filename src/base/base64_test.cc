#include "base/base64.h"

#include <gtest/gtest.h>

namespace open_cicd {
namespace {

// RFC 4648, 10.
TEST(Base64, TheVectorsOfTheStandard) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(decode_base64(base64(all)), all);
}

TEST(Base64, OnlyTheOneRightFormIsDecoded) {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zg==\n", " Zg==", "Z", "====", "Zm9v=", "Zm9vYg==Zm9v", "Zm-_", "Zm 9v"})
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace open_cicd
