#include "http/client.h"

#include "http/test_support.h"

#include <filesystem>
#include <functional>
#include <sys/un.h>
#include <thread>

namespace open_cicd::http {
namespace {

using namespace testing;

// A server that does what a test says: each accepted connection is given to the script, one after the other.
class ScriptedServer {
 public:
  using Script = std::function<void(int fd, int connection)>;

  explicit ScriptedServer(Script script, std::string unix_path = {}) : script_(std::move(script)) {
    if (unix_path.empty()) {
      listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof address;
      ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
      url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    } else {
      listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
      ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
      url_ = "unix:" + unix_path;
    }
    ::listen(listener_, 16);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  const std::string& url() const { return url_; }

  // Up to and with `text`.
  static std::string read_until(int fd, std::string_view text) {
    std::string got;
    char byte;
    while (!got.ends_with(text) && ::recv(fd, &byte, 1, 0) == 1) got += byte;
    return got;
  }
  static void write(int fd, std::string_view text) { ::send(fd, text.data(), text.size(), MSG_NOSIGNAL); }

 private:
  void serve() {
    for (int connection = 0;; ++connection) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      script_(fd, connection);
      ::close(fd);
    }
  }
  Script script_;
  int listener_;
  std::string url_;
  std::thread thread_;
};

const auto read_head = [](int fd) { return ScriptedServer::read_until(fd, "\r\n\r\n"); };
const auto reply = ScriptedServer::write;

struct ClientTest : ::testing::Test {
  std::unique_ptr<Client> client_of(const std::string& url, ClientSettings settings = {}) {
    auto made = Client::make(context.get_executor(), url, settings);
    if (!made) throw std::runtime_error(made.error().message());
    return std::move(*made);
  }
  Result<ClientResponse> get(Client& client, std::string target = "/", std::chrono::milliseconds timeout = 5s) {
    return run_on(context, client.send({.target = std::move(target), .timeout = timeout}));
  }
  std::string code_of_get(Client& client, std::chrono::milliseconds timeout = 5s) {
    const auto response = get(client, "/", timeout);
    return response ? "status " + std::to_string(response->status) : response.error().code();
  }
  asio::io_context context;
};

TEST_F(ClientTest, GetsAndPosts) {
  TestServer server;
  const auto client = client_of(server.url());
  const auto pong = get(*client, "/ping");
  ASSERT_TRUE(pong.has_value()) << pong.error().message();
  EXPECT_EQ(pong->status, 200);
  EXPECT_EQ(pong->body, R"({"pong":true})");
  EXPECT_EQ(pong->header("content-TYPE"), "application/json");
  EXPECT_EQ(pong->header("missing"), std::nullopt);
  const auto echoed = run_on(context, client->send({.method = Method::post, .target = "/echo", .body = "hello"}));
  EXPECT_EQ(echoed->body, "hello");
  const std::string view = "a view";
  const auto viewed = run_on(context, client->send({.method = Method::post, .target = "/echo", .body_view = view}));
  EXPECT_EQ(viewed->body, "a view");
  const auto head = run_on(context, client->send({.method = Method::head, .target = "/ping"}));
  EXPECT_EQ(head->header("Content-Length"), "13");
  EXPECT_EQ(head->body, "");
}

TEST_F(ClientTest, ReadsProblemsAsErrors) {
  TestServer server;
  const auto client = client_of(server.url());
  const auto response = run_on(context, client->send({.method = Method::delete_, .target = "/items/1"}));
  const Error error = error_of(*response);
  EXPECT_EQ(error.kind(), ErrorKind::method_not_allowed);
  EXPECT_EQ(error.code(), "method_not_allowed");
  EXPECT_EQ(error.message(), "This path takes GET, HEAD, PUT only.");
  EXPECT_EQ(error_of({.status = 502, .body = "<html>"}).code(), "http_502");
  EXPECT_EQ(error_of({.status = 502, .body = "<html>"}).kind(), ErrorKind::unavailable);
}

TEST_F(ClientTest, ProblemsSurviveTheRoundTrip) {
  const Error sent = Error(ErrorKind::too_many, "slow_down", "Wait a little.")
                         .with_fields({{"steps[1]", "is wrong", 3, 7}})
                         .with_fact("next", 4096)
                         .with_retry_after(std::chrono::seconds(9));
  const Response response = problem(sent, "id1");
  const Error read = error_of({.status = response.status, .headers = response.headers, .body = response.body});
  EXPECT_EQ(read.kind(), sent.kind());
  EXPECT_EQ(read.code(), sent.code());
  EXPECT_EQ(read.message(), sent.message());
  EXPECT_EQ(read.fields(), sent.fields());
  EXPECT_EQ(read.facts(), sent.facts());
  EXPECT_EQ(read.retry_after(), sent.retry_after());
}

TEST_F(ClientTest, SendsThePrefixHeadersAndLength) {
  std::string seen;
  ScriptedServer server([&](int fd, int) {
    seen = read_head(fd) + ScriptedServer::read_until(fd, "hello");
    reply(fd, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  const auto client = client_of(server.url() + "/v1.41/");
  const auto response = run_on(context, client->send({.method = Method::post,
                                                      .target = "/containers?all=1",
                                                      .headers = {{"X-One", "1"}},
                                                      .body = "hello",
                                                      .content_type = "text/plain"}));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(seen, "POST /v1.41/containers?all=1 HTTP/1.1\r\nHost: " + server.url().substr(7) +
                      "\r\nX-One: 1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(ClientTest, RefusesWhatWouldBreakARequest) {
  ScriptedServer server([](int, int) {});
  const auto client = client_of(server.url());
  const auto code = [&](ClientRequest request) {
    return run_on(context, client->send(std::move(request))).error().code();
  };
  EXPECT_EQ(code({.target = "no-slash"}), "bad_request");
  EXPECT_EQ(code({.target = "/a b"}), "bad_request");
  EXPECT_EQ(code({.target = "/a\r\nX: y"}), "bad_request");
  EXPECT_EQ(code({.target = "/", .headers = {{"X", "a\r\nY: z"}}}), "bad_request");
  EXPECT_EQ(code({.target = "/", .headers = {{"X Y", "a"}}}), "bad_request");
}

TEST_F(ClientTest, KeepsAConnectionAndSendsAgainWhenItHadBeenClosed) {
  std::atomic<int> connections = 0;
  ScriptedServer server([&](int fd, int connection) {
    connections = connection + 1;
    read_head(fd);
    reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    read_head(fd);
    if (connection == 0) reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    // The third request of all is read, if it comes here, and the connection closed without an answer.
    if (connection == 0) read_head(fd);
  });
  const auto client = client_of(server.url());
  EXPECT_EQ(code_of_get(*client), "status 200");
  EXPECT_EQ(code_of_get(*client), "status 200");
  EXPECT_EQ(connections, 1);
  EXPECT_EQ(code_of_get(*client), "status 200");
  EXPECT_EQ(connections, 2);
}

TEST_F(ClientTest, DoesNotRepeatWhatANewConnectionLost) {
  std::atomic<int> connections = 0;
  ScriptedServer server([&](int fd, int) {
    ++connections;
    read_head(fd);
  });
  EXPECT_EQ(code_of_get(*client_of(server.url())), "connection_lost");
  EXPECT_EQ(connections, 1);
}

TEST_F(ClientTest, TellsTransportErrorsApart) {
  const auto answered = [this](std::string text) {
    ScriptedServer server([&](int fd, int) {
      read_head(fd);
      reply(fd, text);
    });
    return code_of_get(*client_of(server.url(), {.response_body_max = 100, .response_header_max = 1000}));
  };
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"), "connection_lost");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), "connection_lost");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "bad_response");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), "bad_response");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), "bad_response");
  EXPECT_EQ(answered("SSH-2.0-OpenSSH\r\n\r\n"), "bad_response");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"), "bad_response");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x')), "bad_response");
  EXPECT_EQ(answered("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "status 200");
  EXPECT_EQ(answered("HTTP/1.0 200 OK\r\n\r\nuntil the end"), "status 200");
  EXPECT_EQ(answered("HTTP/1.1 304\r\n\r\n"), "status 304");
}

TEST_F(ClientTest, GivesUpAtItsDeadline) {
  ScriptedServer server([](int fd, int connection) {
    read_head(fd);
    if (connection == 1) reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    char byte;
    while (::recv(fd, &byte, 1, 0) > 0) continue;  // until the client has closed
  });
  const auto client = client_of(server.url());
  EXPECT_EQ(code_of_get(*client, 100ms), "timeout");
  EXPECT_EQ(code_of_get(*client, 100ms), "timeout");
}

TEST_F(ClientTest, FailsToConnect) {
  std::string url;
  {
    ScriptedServer gone([](int, int) {});
    url = gone.url();
  }
  EXPECT_EQ(code_of_get(*client_of(url)), "connect_failed");
  EXPECT_EQ(code_of_get(*client_of("http://no.such.host.invalid")), "connect_failed");
  EXPECT_EQ(code_of_get(*client_of("unix:/nonexistent/socket")), "connect_failed");
}

TEST_F(ClientTest, K5_RefusesUrlsThatAreNone) {
  for (const char* url :
       {"", "ftp://x", "http://", "http://u:p@x", "http://x?y", "http://x#y", "http://x:0", "x:80", "unix:relative"}) {
    const auto made = Client::make(context.get_executor(), url);
    ASSERT_FALSE(made.has_value()) << url;
    EXPECT_EQ(made.error().code(), "bad_url") << url;
  }
  for (const char* url :
       {"http://x", "http://x:8080/", "http://[::1]:8080", "https://x/prefix", "unix:///run/docker.sock"}) {
    EXPECT_TRUE(Client::make(context.get_executor(), url).has_value()) << url;
  }
}

TEST_F(ClientTest, ReachesUnixSockets) {
  const std::string directory = ::testing::TempDir() + "http_client_" + std::to_string(::getpid());
  std::filesystem::create_directories(directory);
  {
    ScriptedServer server(
        [](int fd, int) {
          read_head(fd);
          reply(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix");
        },
        directory + "/socket");
    EXPECT_EQ(get(*client_of(server.url()))->body, "unix");
  }
  std::filesystem::remove_all(directory);
}

Task<Result<std::string>> read_to_the_end(Client& client, ClientRequest request, std::size_t piece) {
  auto stream = co_await client.open(std::move(request));
  if (!stream) co_return std::unexpected(stream.error());
  std::string all;
  for (;;) {
    auto got = co_await (*stream)->read(piece, 5s);
    if (!got) co_return std::unexpected(got.error());
    if (got->empty()) co_return all;
    EXPECT_LE(got->size(), piece);
    all += *got;
  }
}

TEST_F(ClientTest, StreamsBodiesAndReusesTheirConnection) {
  TestServer server;
  const auto client = client_of(server.url());
  for (const std::size_t piece : {1u, 7u, 100'000u}) {
    const auto body = run_on(context, read_to_the_end(*client, {.target = "/stream?pieces=50&size=11"}, piece));
    ASSERT_TRUE(body.has_value()) << body.error().message();
    EXPECT_EQ(*body, std::string(550, 'x'));
  }
  const auto broken = run_on(context, read_to_the_end(*client, {.target = "/broken-stream"}, 100));
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code(), "connection_lost");
}

Task<std::string> read_event_then_wait(Client& client) {
  auto stream = co_await client.open({.target = "/events"});
  if (!stream) co_return stream.error().code();
  auto first = co_await (*stream)->read(1000, 5s);
  auto second = co_await (*stream)->read(1000, 50ms);
  co_return first.value_or("?") + (second ? *second : second.error().code());
}

TEST_F(ClientTest, StreamReadsHaveADeadline) {
  TestServer server;
  EXPECT_EQ(run_on(context, read_event_then_wait(*client_of(server.url()))), "data: first\n\ntimeout");
  EXPECT_TRUE(eventually([&] { return server.observed.streams_ended == 1; }));
}

Task<std::string> talk(Client& client) {
  auto stream = co_await client.upgrade({.method = Method::post, .target = "/attach"});
  if (!stream) co_return stream.error().code();
  std::string heard = std::to_string((*stream)->head().status) + " ";
  if (auto sent = co_await (*stream)->write("question\n", 5s); !sent) co_return sent.error().code();
  co_await (*stream)->close_write();
  for (;;) {
    auto got = co_await (*stream)->read(1000, 5s);
    if (!got) co_return got.error().code();
    if (got->empty()) co_return heard;
    heard += *got;
  }
}

TEST_F(ClientTest, UpgradesToARawStream) {
  for (const std::string status : {"101 UPGRADED", "200 OK"}) {
    std::string head, question;
    ScriptedServer server([&](int fd, int) {
      head = read_head(fd);
      reply(fd, "HTTP/1.1 " + status + "\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nearly ");
      question = ScriptedServer::read_until(fd, "?");  // until the client half-closes
      reply(fd, "answer");
    });
    EXPECT_EQ(run_on(context, talk(*client_of(server.url()))), status.substr(0, 3) + " early answer");
    EXPECT_EQ(question, "question\n");
    EXPECT_NE(head.find("Connection: Upgrade\r\nUpgrade: tcp\r\n"), head.npos);
  }
}

Task<std::string> refused_upgrade(Client& client) {
  auto stream = co_await client.upgrade({.method = Method::post, .target = "/attach"});
  if (!stream) co_return stream.error().code();
  auto body = co_await (*stream)->read(1000, 5s);
  auto written = co_await (*stream)->write("x", 5s);
  co_return std::to_string((*stream)->head().status) + " " + body.value_or("?") + " " +
      (written ? "" : written.error().code());
}

TEST_F(ClientTest, AnUpgradeMayBeRefused) {
  ScriptedServer server([](int fd, int) {
    read_head(fd);
    reply(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
    read_head(fd);
  });
  EXPECT_EQ(run_on(context, refused_upgrade(*client_of(server.url()))), "404 none not_upgraded");
}

Task<bool> send_and_be_cancelled(Client& client) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor, 50ms);
  const auto first = co_await (client.send({.target = "/park"}) || timer.async_wait(asio::use_awaitable));
  co_return first.index() == 1;
}

TEST_F(ClientTest, CancellingARequestClosesItsConnection) {
  TestServer server;
  const auto client = client_of(server.url());
  EXPECT_TRUE(run_on(context, send_and_be_cancelled(*client)));
  EXPECT_TRUE(eventually([&] { return server.observed.peers_gone == 1; }));
  EXPECT_EQ(get(*client, "/ping")->status, 200);
}

}  // namespace
}  // namespace open_cicd::http
