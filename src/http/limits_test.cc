// Time and number: slow peers, greedy peers, too many peers.
#include "http/body_budget.h"
#include "http/connection_limits.h"
#include "http/deadline_wheel.h"
#include "http/test_support.h"
#include "support/memory.h"
#include "support/sanitized.h"

#include <fmt/format.h>

#include <sys/resource.h>

namespace open_cicd::http {
namespace {

using namespace testing;

const std::string ping = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Limits, F5_ADrippedHeaderIsClosedAtItsTimeout) {
  TestServer server({.header_timeout = 300ms});
  RawPeer peer(server.port());
  const auto begun = std::chrono::steady_clock::now();
  const std::string dripped = "GET /ping HTTP/1.1\r\nHost: x\r\nX: ";
  peer.send(dripped.substr(0, 5));
  std::size_t sent = 5;
  while (!peer.closed() && std::chrono::steady_clock::now() - begun < 5s) {
    peer.send(sent < dripped.size() ? dripped.substr(sent, 1) : "y");
    ++sent;
    peer.receive(20ms);
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(status_of_text(peer.received()), 408);
  EXPECT_GE(took, 300ms);
}

TEST(Limits, IdleConnectionsAreClosedWithoutAWord) {
  TestServer server({.idle_timeout = 200ms});
  RawPeer fresh(server.port());
  RawPeer used(server.port());
  used.send(ping);
  EXPECT_EQ(status_of_text(used.receive_response()), 200);
  EXPECT_EQ(fresh.receive_all(), "");
  EXPECT_TRUE(fresh.closed());
  EXPECT_EQ(used.receive_all(), "");
  EXPECT_TRUE(used.closed());
}

TEST(Limits, F6_ASlowBodyIsRefused) {
  TestServer server({.body_grace = 300ms, .body_min_bytes_per_s = 1000});
  RawPeer peer(server.port());
  peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const auto begun = std::chrono::steady_clock::now();
  while (!peer.closed() && std::chrono::steady_clock::now() - begun < 5s) {
    peer.send("y");
    peer.receive(20ms);
  }
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(status_of_text(peer.received()), 408);
  EXPECT_EQ(server.observed.handled, 0);
}

TEST(Limits, LargeBodiesShareABudgetThatSmallOnesDoNotNeed) {
  TestServer server({.bodies_bytes_max = 1 << 20});
  const auto post = [](std::size_t length) {
    return fmt::format("POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", length);
  };
  const std::string large(900 << 10, 'x'), small(BodyBudget::free_bytes / 2, 'x');
  const auto send_whole = [&](const std::string& body) {
    RawPeer peer(server.port());
    peer.send(post(body.size()));
    peer.send(body);
    return peer.receive_response();
  };
  const auto send_all_but_one = [&](RawPeer& peer) {
    peer.send(post(large.size() + 1));
    peer.send(large);
  };
  {
    RawPeer one(server.port()), other(server.port());
    send_all_but_one(one);
    send_all_but_one(other);
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (!one.receive(10ms) && !other.receive(10ms) && std::chrono::steady_clock::now() < deadline) continue;
    RawPeer& refused = one.received().empty() ? other : one;
    RawPeer& held = one.received().empty() ? one : other;
    const std::string refusal = refused.receive_response();
    EXPECT_EQ(status_of_text(refusal), 503);
    EXPECT_NE(refusal.find("Retry-After: 1"), refusal.npos) << refusal;
    EXPECT_NE(refusal.find("bodies_full"), refusal.npos) << refusal;
    EXPECT_EQ(status_of_text(send_whole(small)), 200);
    held.send("y");
    EXPECT_EQ(status_of_text(held.receive_response()), 200);
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(status_of_text(send_whole(large)), 200) << "what was handled is given back; its connection stays";
    EXPECT_FALSE(held.closed());
  }
  for (int i = 0; i < 2; ++i) {
    RawPeer gone(server.port());
    send_all_but_one(gone);
  }
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  std::string answer;
  do answer = send_whole(large);
  while (status_of_text(answer) == 503 && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(status_of_text(answer), 200) << "what was left behind is given back";
}

TEST(Limits, OneAskerHoldsAnEighthOfTheBudget) {
  constexpr std::size_t part = 8 << 20;
  BodyBudget budget(8 * part);
  BodyBudget::Share greedy(budget), greedier(budget), other(budget);
  EXPECT_TRUE(greedy.grow_to(part / 2, "a1"));
  EXPECT_TRUE(greedy.grow_to(part, "a1"));
  EXPECT_FALSE(greedier.grow_to(part, "a1"));
  EXPECT_TRUE(greedier.grow_to(BodyBudget::free_bytes, "a1"));
  EXPECT_TRUE(other.grow_to(part, "a2"));
  greedy.give_back();
  EXPECT_TRUE(greedier.grow_to(part, "a1"));
  EXPECT_FALSE(greedy.grow_to(part, "a1"));
}

TEST(Limits, F6_ASteadyBodyMayTakeLongerThanTheGrace) {
  TestServer server({.body_grace = 200ms, .body_min_bytes_per_s = 100});
  RawPeer peer(server.port());
  peer.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    peer.send("0123456789");  // 10 bytes are worth 100 ms
    peer.receive(50ms);
  }
  EXPECT_EQ(status_of_text(peer.receive_response()), 200);
}

TEST(Limits, F7_APeerThatReadsNothingIsClosed) {
  TestServer server({.write_timeout = 200ms});
  for (const char* target : {"/big", "/stream?pieces=1000&size=65536"}) {
    RawPeer peer(server.port(), 4096);
    peer.send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", target));
    // The server gives up on its own; what it then sends is a reset or an end, long before the whole body.
    pollfd wait{.fd = peer.fd(), .events = POLLRDHUP, .revents = 0};
    EXPECT_EQ(::poll(&wait, 1, 5000), 1) << target;
    peer.receive_all();
    EXPECT_LT(peer.received().size(), 8u << 20) << target;
  }
  EXPECT_TRUE(eventually([&] { return server.observed.streams_ended == 1; }));
}

TEST(Limits, F7_ALargeAnswerPassesASmallWindow) {
  TestServer server;
  RawPeer peer(server.port(), 4096);
  peer.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = peer.receive_response();
  EXPECT_EQ(response.size() - response.find("\r\n\r\n") - 4, 8u << 20);
}

TEST(Limits, F6_OneAddressHasSoManyConnections) {
  TestServer server({.connections_per_loopback_address_max = 3});
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server.port()));
    peers.back()->send(ping);
    EXPECT_EQ(status_of_text(peers.back()->receive_response()), 200);
  }
  RawPeer refused(server.port());
  EXPECT_EQ(refused.receive_all(), "");
  EXPECT_TRUE(refused.closed());
  peers.pop_back();
  EXPECT_TRUE(eventually([&] {
    RawPeer next(server.port());
    next.send(ping);
    return status_of_text(next.receive_response()) == 200;
  }));
}

TEST(Limits, F6_AnAddressOfTheNetworkHas256Connections) {
  const ServerSettings defaults;
  ConnectionLimits limits({.total_max = defaults.connections_max,
                           .per_address_max = defaults.connections_per_address_max,
                           .per_loopback_address_max = defaults.connections_per_loopback_address_max});
  const auto peer = [](in_addr_t address) {
    sockaddr_storage storage{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(address);
    return peer_address_of(storage);
  };
  const PeerAddress greedy = peer(0xc0000207);  // 192.0.2.7
  std::vector<ConnectionLimits::Place> places;
  while (places.size() < 1000) {
    auto place = limits.take(greedy);
    if (!place) break;
    places.push_back(std::move(*place));
  }
  EXPECT_EQ(places.size(), 256u);
  EXPECT_TRUE(limits.take(peer(0xc0000208)));
  EXPECT_TRUE(limits.take(peer(INADDR_LOOPBACK)));
  places.pop_back();
  EXPECT_TRUE(limits.take(greedy));
}

// 2,000 peers of which half never end their header section and half their body. A round is a byte from each.
class SlowPeers {
 public:
  static constexpr std::size_t count = 2000;

  explicit SlowPeers(std::uint16_t port) {
    while (peers_.size() < count) peers_.push_back(std::make_unique<RawPeer>(port));
  }
  void begin() {
    for (std::size_t i = 0; i < count; ++i)
      peers_[i]->send(i % 2 == 0 ? "GET /ping HTTP/1.1\r\nHost: x\r\nX: "
                                 : "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
  }
  void drip() {
    for (const auto& peer : peers_)
      if (!peer->closed()) peer->send("y");
  }
  // How many the server still waits for. The others got 408, or, as they went on sending, a reset.
  std::size_t held() {
    std::size_t left = 0;
    for (const auto& peer : peers_) {
      while (!peer->closed() && peer->receive(0ms)) continue;
      if (!peer->closed()) ++left;
      if (!peer->received().empty()) EXPECT_EQ(status_of_text(peer->received()), 408);
    }
    return left;
  }

 private:
  std::vector<std::unique_ptr<RawPeer>> peers_;
};

TEST(Limits, F6_TwoThousandSlowPeersHangAndTheOthersAreServed) {
  constexpr std::size_t bytes_per_slow_peer_max = 64 * 1024;
  if (!may_open(2 * SlowPeers::count + 200)) GTEST_SKIP() << "too few descriptors may be open here";
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = 1024;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);  // as most shells have it; the server raises it
  TestServer server({.header_timeout = 60s, .body_grace = 60s});
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  EXPECT_EQ(descriptors.rlim_cur, descriptors.rlim_max);

  RawPeer kept(server.port());  // one who was there before
  const auto serve_others = [&] {
    kept.send(ping);
    EXPECT_EQ(status_of_text(kept.receive_response()), 200);
    EXPECT_EQ(status_of_text(answer_to(server, ping)), 200);
    EXPECT_EQ(status_of_text(answer_to(server, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")), 200);
  };
  serve_others();
  const std::size_t before = resident_bytes();
  SlowPeers slow(server.port());
  slow.begin();
  for (int round = 0; round < 10; ++round) {
    serve_others();
    slow.drip();
  }
  EXPECT_EQ(slow.held(), SlowPeers::count);
  if (!sanitized) EXPECT_LT(resident_bytes(), before + SlowPeers::count * bytes_per_slow_peer_max);
}

TEST(Limits, F6_TwoThousandSlowPeersAreAllClosed) {
  if (!may_open(2 * SlowPeers::count + 200)) GTEST_SKIP() << "too few descriptors may be open here";
  TestServer server({.header_timeout = 300ms, .body_grace = 300ms});
  SlowPeers slow(server.port());
  slow.begin();
  EXPECT_TRUE(eventually(
      [&] {
        slow.drip();
        return slow.held() == 0;
      },
      20s))
      << slow.held() << " are held";
  EXPECT_EQ(status_of_text(answer_to(server, ping)), 200);
}

TEST(Limits, F13_BeyondTheTotalConnectionsWait) {
  TestServer server({.connections_max = 2});
  auto first = std::make_unique<RawPeer>(server.port());
  RawPeer second(server.port());
  for (RawPeer* peer : {first.get(), &second}) {
    peer->send(ping);
    EXPECT_EQ(status_of_text(peer->receive_response()), 200);
  }
  RawPeer third(server.port());  // in the kernel's queue
  third.send(ping);
  EXPECT_FALSE(third.receive(200ms));
  EXPECT_FALSE(third.closed());
  first.reset();
  EXPECT_EQ(status_of_text(third.receive_response()), 200);
}

TEST(Limits, F13_RunningOutOfDescriptorsIsSurvived) {
  TestServer server;
  RawPeer early(server.port());
  early.send(ping);
  EXPECT_EQ(status_of_text(early.receive_response()), 200);
  std::vector<std::unique_ptr<RawPeer>> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(std::make_unique<RawPeer>(server.port()));
  for (auto& peer : waiting) peer->send(ping);
  for (auto& peer : waiting) EXPECT_EQ(status_of_text(peer->receive_response()), 200);

  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  RawPeer late(server.port());
  const rlimit none{.rlim_cur = 3,
                    .rlim_max = before.rlim_max};  // fewer than are open: every accept4 fails with EMFILE
  ::setrlimit(RLIMIT_NOFILE, &none);
  early.send(ping);
  EXPECT_EQ(status_of_text(early.receive_response()), 200);
  ::setrlimit(RLIMIT_NOFILE, &before);
  late.send(ping);
  EXPECT_EQ(status_of_text(late.receive_response()), 200);
}

struct Alarm final : Timed {
  void on_deadline() override { ++rung; }
  int rung = 0;
};

TEST(DeadlineWheel, RingsOnceAndNeverEarly) {
  for (const int ticks : {1, 2, 255, 256, 257, 1000}) {
    DeadlineWheel wheel;
    Alarm alarm;
    wheel.set(alarm, ticks * DeadlineWheel::tick);
    for (int i = 0; i < ticks; ++i) wheel.advance();
    EXPECT_EQ(alarm.rung, 0) << ticks;
    wheel.advance();
    EXPECT_EQ(alarm.rung, 1) << ticks;
    for (int i = 0; i < 600; ++i) wheel.advance();
    EXPECT_EQ(alarm.rung, 1) << ticks;
  }
}

TEST(DeadlineWheel, FollowsChanges) {
  DeadlineWheel wheel;
  Alarm later, sooner, cleared;
  wheel.set(later, DeadlineWheel::tick);
  wheel.set(later, 10 * DeadlineWheel::tick);
  wheel.set(sooner, 500 * DeadlineWheel::tick);
  wheel.set(sooner, 2 * DeadlineWheel::tick);
  wheel.set(cleared, 3 * DeadlineWheel::tick);
  {
    Alarm gone;
    wheel.set(gone, DeadlineWheel::tick);
  }
  wheel.clear(cleared);
  for (int i = 0; i < 5; ++i) wheel.advance();
  EXPECT_EQ(later.rung, 0);
  EXPECT_EQ(sooner.rung, 1);
  for (int i = 0; i < 10; ++i) wheel.advance();
  EXPECT_EQ(later.rung, 1);
  EXPECT_EQ(cleared.rung, 0);
}

}  // namespace
}  // namespace open_cicd::http
