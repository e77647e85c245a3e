#include "http/proxy.h"

#include "base/asio.h"
#include "http/test_support.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <thread>

namespace open_cicd::http {
namespace {

using namespace testing;

TEST(Proxy, AnAddressWithOrWithoutAUser) {
  const auto plain = parse_proxy("http://proxy.example:3128/").value();
  EXPECT_EQ(plain.address.host, "proxy.example");
  EXPECT_EQ(plain.address.port, "3128");
  EXPECT_EQ(plain.authorization, "");
  EXPECT_EQ(parse_proxy("http://us%40er:p%2Fw@[::1]:8080").value().authorization, "Basic dXNAZXI6cC93");
  for (const char* url :
       {"", "proxy:3128", "https://proxy", "socks5://proxy", "http://", "http://a:b@", "http://%zz@p", "http://p:0"})
    EXPECT_FALSE(parse_proxy(url)) << url;
}

// Reads one request on 127.0.0.1 and answers it.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    thread_ = std::thread([this, answer = std::move(answer)] {
      auto socket = acceptor_.accept();
      asio::read_until(socket, asio::dynamic_buffer(head_), "\r\n\r\n");
      asio::write(socket, asio::buffer(answer));
    });
  }
  std::string url() const { return fmt::format("http://me:pw@127.0.0.1:{}", acceptor_.local_endpoint().port()); }
  std::string head() {
    thread_.join();
    return head_;
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  std::string head_;
  std::thread thread_;
};

Task<Result<ClientResponse>> get_through(std::string url, std::string proxy) {
  const auto client = make_client(co_await asio::this_coro::executor, url, {}, {.url = std::move(proxy)}).value();
  co_return co_await client->send({.target = "/api"});
}

TEST(Proxy, PlainHttpIsAskedOfTheProxyByItsWholeUrl) {
  OneAnswer proxy("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  asio::io_context context;
  const auto answer = run_on(context, get_through("http://ci.invalid:8080/base", proxy.url()));
  EXPECT_TRUE(
      proxy.head().starts_with("GET http://ci.invalid:8080/base/api HTTP/1.1\r\nHost: ci.invalid:8080\r\n"
                               "Proxy-Authorization: Basic bWU6cHc=\r\n"));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "ok");
}

TEST(Proxy, AProxyThatRefusesTheTunnelIsNamedWithoutItsPassword) {
  OneAnswer proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  asio::io_context context;
  const auto answer = run_on(context, get_through("https://ci.invalid", proxy.url()));
  EXPECT_TRUE(
      proxy.head().starts_with("CONNECT ci.invalid:443 HTTP/1.1\r\nHost: ci.invalid:443\r\n"
                               "Proxy-Authorization: Basic bWU6cHc=\r\n\r\n"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), "connect_failed");
  EXPECT_TRUE(answer.error().message().contains("does not connect to ci.invalid:443: it answered 407, so it asks"))
      << answer.error().message();
  EXPECT_FALSE(answer.error().message().contains("pw"));
}

TEST(Proxy, AnExceptionIsReachedDirectly) {
  TestServer server;
  asio::io_context context;
  EXPECT_TRUE(run_on(context, get_through(server.url(), "http://127.0.0.1:1"))) << "this machine needs none";
  EXPECT_FALSE(make_client(context.get_executor(), "http://h", {}, {.url = "nonsense"}));
}

}  // namespace
}  // namespace open_cicd::http
