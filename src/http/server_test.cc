#include "http/server.h"

#include "http/test_support.h"

namespace open_cicd::http {
namespace {

using namespace testing;

TEST(Server, AnswersWithItsHeaders) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = peer.receive_response();
  EXPECT_EQ(status_of_text(response), 200);
  EXPECT_TRUE(response.ends_with("\r\n\r\n{\"pong\":true}"));
  for (const char* header :
       {"X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n", "Referrer-Policy: no-referrer\r\n",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n", "Content-Type: application/json\r\n",
        "X-Request-Id: ", "Date: "}) {
    EXPECT_NE(response.find(header), response.npos) << header;
  }
  EXPECT_EQ(response.find("Connection:"), response.npos);
}

TEST(Server, KeepsTheConnectionAndNumbersRequests) {
  TestServer server;
  RawPeer peer(server.port());
  const std::string request = "GET /ping HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n\r\n";
  peer.send(request);
  const std::string first = peer.receive_response();
  peer.send(request);
  const std::string second = peer.receive_response();
  const auto id = [](const std::string& response) { return response.substr(response.find("X-Request-Id: ") + 14, 20); };
  EXPECT_EQ(status_of_text(second), 200);
  EXPECT_NE(id(first), id(second));
  EXPECT_EQ(second.find("mine"), second.npos);
}

}  // namespace
}  // namespace open_cicd::http
