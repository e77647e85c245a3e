#include "http/response_head.h"

#include <gtest/gtest.h>

namespace open_cicd::http {
namespace {

Result<ResponseHead> parse(std::string_view fields, std::string_view status_line = "HTTP/1.1 200 OK") {
  return parse_response_head(std::string(status_line) + "\r\n" + std::string(fields) + "\r\n");
}

TEST(ResponseHeads, SayHowTheirBodyIsFramed) {
  const auto sized = parse("Content-Length: 5\r\nContent-Length: 5\r\n");
  ASSERT_TRUE(sized);
  EXPECT_EQ(sized->content_length, 5U);
  EXPECT_FALSE(sized->chunked);
  const auto chunked = parse("transfer-encoding: Chunked\r\n");
  ASSERT_TRUE(chunked);
  EXPECT_TRUE(chunked->chunked);
  EXPECT_EQ(chunked->content_length, std::nullopt);
}

// Where two readers of one answer disagree about its end, the rest of it is somebody else's answer.
TEST(ResponseHeads, AreRefusedWhenTheirBodyHasTwoEnds) {
  for (const char* fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\n", "Content-Length: -1\r\n", "Content-Length: 5x\r\n", "Content-Length:\r\n",
        "Content-Length: 18446744073709551616\r\n", "Content Length: 5\r\n", ": 5\r\n", "X\r\n"}) {
    const auto head = parse(fields);
    ASSERT_FALSE(head) << fields;
    EXPECT_EQ(head.error().code(), "bad_response");
  }
}

TEST(ResponseHeads, BeginWithAStatusLineOfHttp1) {
  EXPECT_EQ(parse("", "HTTP/1.1 404 Not Found")->response.status, 404);
  EXPECT_EQ(parse("", "HTTP/1.1 204")->response.status, 204);
  EXPECT_TRUE(parse("", "HTTP/1.1 200 OK")->keep_alive);
  EXPECT_FALSE(parse("", "HTTP/1.0 200 OK")->keep_alive);
  EXPECT_FALSE(parse("Connection: close\r\n")->keep_alive);
  for (const char* line :
       {"HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 X", "HTTP/1.1 -20 X", "SSH-2.0-x"})
    EXPECT_FALSE(parse("", line)) << line;
  EXPECT_FALSE(parse_response_head(""));
  EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\n\n"));
}

}  // namespace
}  // namespace open_cicd::http
