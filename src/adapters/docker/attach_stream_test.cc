#include "adapters/docker/attach_stream.h"

#include <gtest/gtest.h>

#include <string>

namespace open_cicd::docker {
namespace {

std::string frame(unsigned char stream, std::string_view payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::string text{static_cast<char>(stream), 0, 0, 0};
  for (const int shift : {24, 16, 8, 0}) text.push_back(static_cast<char>(size >> shift & 0xff));
  return text.append(payload);
}

TEST(AttachDecoder, GivesTheSameBytesForEveryCut) {
  const std::string input = frame(1, "hello ") + frame(2, "oh") + frame(1, "") + frame(1, std::string("\0\1w", 3));
  for (std::size_t cut = 1; cut <= input.size(); ++cut) {
    AttachDecoder decoder;
    std::string out;
    std::string err;
    for (std::size_t at = 0; at < input.size(); at += cut) {
      std::string_view bytes = std::string_view(input).substr(at, cut);
      for (;;) {
        const Result<AttachDecoder::Piece> piece = decoder.next(bytes);
        ASSERT_TRUE(piece);
        if (piece->bytes.empty()) break;
        (piece->stream == Stream::stdout_ ? out : err) += piece->bytes;
      }
      ASSERT_TRUE(bytes.empty());
    }
    EXPECT_EQ(out, std::string("hello \0\1w", 9)) << "cut at " << cut;
    EXPECT_EQ(err, "oh");
  }
}

TEST(AttachDecoder, TakesAFrameOfFourGigabytesWithoutHoldingIt) {
  AttachDecoder decoder;
  const std::string header{1, 0, 0, 0, '\xff', '\xff', '\xff', '\xff'};
  std::string_view bytes = header;
  ASSERT_TRUE(decoder.next(bytes));
  const std::string chunk(1 << 16, 'x');
  for (int i = 0; i < 100; ++i) {
    bytes = chunk;
    const Result<AttachDecoder::Piece> piece = decoder.next(bytes);
    ASSERT_TRUE(piece);
    EXPECT_EQ(piece->bytes.data(), chunk.data());
    EXPECT_EQ(piece->bytes.size(), chunk.size());
  }
}

TEST(AttachDecoder, RefusesWhatIsNotAFrame) {
  for (const std::string_view text : {std::string_view("HTTP/1.1 200 OK"), std::string_view("\3\0\0\0\0\0\0\1x", 9)}) {
    AttachDecoder decoder;
    std::string_view bytes = text;
    EXPECT_FALSE(decoder.next(bytes)) << text;
  }
}

}  // namespace
}  // namespace open_cicd::docker
