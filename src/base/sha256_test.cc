#include "base/sha256.h"

#include "base/crypto.h"

#include <gtest/gtest.h>

#include <string>

namespace open_cicd {
namespace {

std::string by_stream(const std::string& text, std::size_t piece) {
  Sha256Stream sum;
  for (std::size_t at = 0; at < text.size(); at += piece) sum.add(text.data() + at, std::min(piece, text.size() - at));
  std::string hex(Sha256Stream::hex_size, '?');
  sum.finish(hex.data());
  return hex;
}

TEST(Sha256Stream, GivesWhatTheLibraryGives) {
  EXPECT_EQ(by_stream("abc", 1), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (const std::size_t size : {0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100'001}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 256);
    for (const std::size_t piece : {1, 63, 64, 1000})
      EXPECT_EQ(by_stream(text, piece), sha256_hex(text)) << size << " in " << piece;
  }
}

}  // namespace
}  // namespace open_cicd
