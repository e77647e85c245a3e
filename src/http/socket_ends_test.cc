#include "http/socket_ends.h"

#include "http/fake_request.h"
#include "http/test_support.h"

namespace open_cicd::http {
namespace {

using namespace testing;
constexpr std::string_view field = "X-Ends";

bool direct(const std::string& stated, SocketEnds seen, std::string mark = {}) {
  FakeRequest request;
  request.fields = {{std::string(field), stated}};
  if (!mark.empty()) request.fields.emplace_back(mark, "x");
  request.seen = std::move(seen);
  return is_direct(request, field);
}

TEST(SocketEnds, TheSameConnectionIsDirect) {
  EXPECT_TRUE(direct("10.0.0.5:4000 10.0.0.9:80", {"10.0.0.5:4000", "10.0.0.9:80"}));
  EXPECT_TRUE(direct("127.0.0.1:4000 127.0.0.1:80", {"127.0.0.1:4000", "127.0.0.1:80"}));
  EXPECT_TRUE(direct("[::1]:4000 [::1]:80", {"[::1]:4000", "[::1]:80"}));
}

TEST(SocketEnds, AServerBehindTranslatedAddressesIsStillReachedDirectly) {
  EXPECT_TRUE(direct("10.0.0.5:4000 10.0.0.9:80", {"10.0.0.5:4000", "172.17.0.2:8080"}));
}

TEST(SocketEnds, AnotherClientsEndIsAProxys) {
  EXPECT_FALSE(direct("10.0.0.5:4000 10.0.0.9:80", {"10.0.0.7:4000", "10.0.0.9:8080"}));
  EXPECT_FALSE(direct("10.0.0.5:4000 10.0.0.9:80", {"10.0.0.5:4001", "10.0.0.9:80"}));
}

TEST(SocketEnds, AProxyOnTheClientsMachineMayHaveTheSameEndByChance) {
  EXPECT_FALSE(direct("127.0.0.1:4000 127.0.0.1:80", {"127.0.0.1:4000", "127.0.0.1:8080"}));
  EXPECT_FALSE(direct("10.0.0.5:4000 10.0.0.5:80", {"10.0.0.5:4000", "10.0.0.9:8080"}));
}

TEST(SocketEnds, WhatAProxyMarkedIsNotDirect) {
  for (const char* mark : {"Via", "X-Forwarded-For", "Forwarded", "X-Real-IP"})
    EXPECT_FALSE(direct("10.0.0.5:4000 10.0.0.9:80", {"10.0.0.5:4000", "10.0.0.9:80"}, mark)) << mark;
}

TEST(SocketEnds, WhatSaysNothingIsNotDirect) {
  EXPECT_FALSE(direct("", {"10.0.0.5:4000", "10.0.0.9:80"}));
  EXPECT_FALSE(direct(" ", {"", ""})) << "ends that are not known equal nothing";
  EXPECT_FALSE(direct("10.0.0.5:4000", {"10.0.0.5:4000", "10.0.0.9:80"}));
  EXPECT_FALSE(is_direct(FakeRequest(), field));
}

TEST(SocketEnds, ClientAndServerSeeTheSame) {
  auto told = std::make_shared<std::string>();
  const Route route{
      .method = Method::get, .pattern = "/ends", .gate = anybody, .handler = [](Request& request) -> Task<Response> {
        co_return Response::json(200, is_direct(request, field) ? "direct" : "not");
      }};
  for (const char* address : {"127.0.0.1", "::", "0.0.0.0"}) {
    ServerSettings settings;
    settings.host = address;
    settings.port = 0;
    settings.cores = 1;
    auto server = Server::bind(settings, std::make_shared<Router>(std::vector<Route>{route}),
                               std::make_shared<prometheus::Registry>());
    ASSERT_TRUE(server) << address << ": " << server.error().message();
    (*server)->start();
    const auto ask = [&](std::string_view name) {
      return run_alone([](std::uint16_t port, std::string_view header) -> Task<std::string> {
        auto client = Client::make(co_await asio::this_coro::executor, fmt::format("http://127.0.0.1:{}", port));
        std::string answers;
        for (int i = 0; i < 2; ++i) {  // the second on the connection of the first
          const auto answer = co_await (*client)->send({.target = "/ends", .ends_header = header});
          answers += answer ? answer->body + " " : answer.error().message();
        }
        co_return answers;
      }((*server)->port(), name));
    };
    EXPECT_EQ(ask(field), "direct direct ") << address;
    EXPECT_EQ(ask(""), "not not ") << address;
  }
}

}  // namespace
}  // namespace open_cicd::http
