// Streamed responses, parked requests, and how both end.
#include "http/test_support.h"

#include <fmt/format.h>

#include <thread>

namespace open_cicd::http {
namespace {

using namespace testing;

std::string get_of(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", target);
}
const std::string next = get_of("/ping");

TEST(Streams, AreChunkedAndKeepTheConnection) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get_of("/stream") + next);
  const std::string& all = peer.receive_until("pong");
  EXPECT_NE(all.find("Transfer-Encoding: chunked\r\n"), all.npos);
  EXPECT_EQ(all.find("Content-Length"), all.rfind("Content-Length"));  // only the second answer's
  EXPECT_NE(all.find("\r\n\r\n5\r\nxxxxx\r\n5\r\nxxxxx\r\n5\r\nxxxxx\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"), all.npos)
      << all;
}

TEST(Streams, OfKnownLengthAreSentPlain) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get_of("/stream?length=15") + next);
  const std::string& all = peer.receive_until("pong");
  EXPECT_NE(all.find("Content-Length: 15\r\n"), all.npos);
  EXPECT_EQ(all.find("chunked"), all.npos);
  EXPECT_NE(all.find("\r\n\r\nxxxxxxxxxxxxxxxHTTP/1.1 200 OK\r\n"), all.npos) << all;
}

TEST(Streams, OfAWrongLengthAreCut) {
  TestServer server;
  for (const char* target : {"/stream?length=16", "/stream?length=14"}) {
    RawPeer peer(server.port());
    peer.send(get_of(target) + next);
    const std::string& all = peer.receive_all();
    EXPECT_TRUE(peer.closed()) << target;
    EXPECT_EQ(all.find("pong"), all.npos);
  }
}

TEST(Streams, ThatFailAreNeverEndedCleanly) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get_of("/broken-stream"));
  const std::string& all = peer.receive_all();
  EXPECT_TRUE(peer.closed());
  EXPECT_FALSE(all.ends_with("0\r\n\r\n"));
  RawPeer old(server.port());  // without chunks only a reset tells
  old.send("GET /broken-stream HTTP/1.0\r\n\r\n");
  pollfd wait{.fd = old.fd(), .events = POLLIN, .revents = 0};
  EXPECT_TRUE(eventually([&] {
    ::poll(&wait, 1, 100);
    return (wait.revents & POLLERR) != 0;
  }));
}

TEST(Streams, LargeOnesArriveWhole) {
  TestServer server;
  asio::io_context context;
  const auto client = *Client::make(context.get_executor(), server.url());
  const auto response = run_on(context, client->send({.target = "/stream?pieces=400&size=70001"}));
  ASSERT_TRUE(response.has_value()) << response.error().message();
  EXPECT_EQ(response->body.size(), 400u * 70001u);
  EXPECT_EQ(response->body.find_first_not_of('x'), std::string::npos);
}

TEST(ParkedRequests, EndWhenThePeerCloses) {
  TestServer server;
  RawPeer closed(server.port());
  RawPeer reset(server.port());
  closed.send(get_of("/park"));
  reset.send(get_of("/park"));
  ASSERT_TRUE(eventually([&] { return server.observed.parked == 2; }));
  closed.close();
  reset.reset();
  EXPECT_TRUE(eventually([&] { return server.observed.peers_gone == 2; }));
}

TEST(ParkedRequests, EndWhenThePeerClosesBehindAPipelinedRequest) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get_of("/park") + next);
  ASSERT_TRUE(eventually([&] { return server.observed.parked == 1; }));
  peer.send(next + next);
  EXPECT_FALSE(peer.receive(100ms));
  EXPECT_EQ(server.observed.peers_gone, 0);
  peer.close();
  EXPECT_TRUE(eventually([&] { return server.observed.peers_gone == 1; }));
}

// The kernel holds some more on both sides; then the peer waits.
TEST(ParkedRequests, HoldLittleOfWhatIsSentBehindThem) {
  constexpr std::size_t far_too_much = 8 << 20;
  TestServer server;
  RawPeer peer(server.port());
  const int buffer = 64 * 1024;
  ::setsockopt(peer.fd(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  peer.send(get_of("/park"));
  ASSERT_TRUE(eventually([&] { return server.observed.parked == 1; }));
  const std::string piece(64 * 1024, 'x');
  std::size_t taken = 0;
  pollfd room{.fd = peer.fd(), .events = POLLOUT, .revents = 0};
  while (taken < far_too_much && ::poll(&room, 1, 2000) > 0) {
    const ssize_t sent = ::send(peer.fd(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ASSERT_GT(sent, 0) << "the connection is still there";
    taken += static_cast<std::size_t>(sent);
  }
  EXPECT_LT(taken, far_too_much / 2);
  EXPECT_EQ(server.observed.peers_gone, 0);
  peer.reset();
  EXPECT_TRUE(eventually([&] { return server.observed.peers_gone == 1; }));
}

TEST(Streams, EndWhenThePeerCloses) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send(get_of("/events"));
  peer.receive_until("data: first");
  ASSERT_TRUE(eventually([&] { return server.observed.parked == 1; }));
  peer.close();
  EXPECT_TRUE(eventually([&] { return server.observed.streams_ended == 1; }));
}

TEST(Shutdown, WakesParkedRequestsAndStreamsAndClosesIdleConnections) {
  TestServer server;
  RawPeer parked(server.port()), stream(server.port()), idle(server.port()), fresh(server.port());
  parked.send(get_of("/park") + next);  // the request behind it waits, and is not answered any more
  stream.send(get_of("/events"));
  idle.send(next);
  idle.receive_response();
  ASSERT_TRUE(eventually([&] { return server.observed.parked == 2; }));
  const auto begun = std::chrono::steady_clock::now();
  server.server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_EQ(server.observed.told_to_stop, 1);
  const std::string& answer = parked.receive_all();
  EXPECT_EQ(status_of_text(answer), 204);
  EXPECT_NE(answer.find("Connection: close\r\n"), answer.npos);
  EXPECT_EQ(answer.find("pong"), answer.npos);
  EXPECT_TRUE(stream.receive_all().ends_with("data: bye\n\n\r\n0\r\n\r\n"));
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_EQ(fresh.receive_all(), "");
  EXPECT_TRUE(parked.closed() && stream.closed() && idle.closed() && fresh.closed());
  EXPECT_FALSE(RawPeer(server.port()).connected());
}

TEST(Shutdown, CutsWhatDoesNotEndInTime) {
  TestServer server({.shutdown_grace = 200ms});
  RawPeer peer(server.port(), 4096);
  peer.send(get_of("/big"));  // and does not read
  peer.receive_until("\r\n\r\n");
  const auto begun = std::chrono::steady_clock::now();
  server.server->stop();
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, 200ms);
  EXPECT_LT(took, 2s);
  peer.receive_all();
  EXPECT_TRUE(peer.closed());
  EXPECT_LT(peer.received().size(), 8u << 20);
}

TEST(Shutdown, ARequestAtWorkIsAnswered) {
  TestServer server;
  RawPeer peer(server.port());
  peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
  RawPeer other(server.port());
  other.send(next);
  other.receive_response();  // the server has read both
  std::thread stopping([&] { server.server->stop(); });
  EXPECT_EQ(other.receive_all(), "");  // shutdown has begun
  peer.send("lo");
  const std::string& answer = peer.receive_all();
  EXPECT_EQ(status_of_text(answer), 200);
  EXPECT_TRUE(answer.ends_with("hello"));
  stopping.join();
}

}  // namespace
}  // namespace open_cicd::http
