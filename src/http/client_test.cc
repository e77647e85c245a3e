#include "http/client.h"

#include "http/test_support.h"

namespace open_cicd::http {
namespace {

using namespace testing;

struct ClientTest : ::testing::Test {
  std::unique_ptr<Client> client_of(const std::string& url, ClientSettings settings = {}) {
    auto made = Client::make(context.get_executor(), url, settings);
    if (!made) throw std::runtime_error(made.error().message());
    return std::move(*made);
  }
  asio::io_context context;
};

TEST_F(ClientTest, GetsAndPosts) {
  TestServer server;
  const auto client = client_of(server.url());
  auto pong = run(context, client->send({.target = "/ping"}));
  ASSERT_TRUE(pong.has_value()) << pong.error().message();
  EXPECT_EQ(pong->status, 200);
  EXPECT_EQ(pong->body, R"({"pong":true})");
  EXPECT_EQ(pong->header("content-TYPE"), "application/json");
  auto echoed =
      run(context,
          client->send({.method = Method::post, .target = "/echo", .body = "hello", .content_type = "text/plain"}));
  ASSERT_TRUE(echoed.has_value());
  EXPECT_EQ(echoed->body, "hello");
}

}  // namespace
}  // namespace open_cicd::http
