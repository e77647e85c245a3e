// Many peers at once on a real server with the limits that it has by default: fake agents, log streams; sections A and
// J of the security cases.
#include "api/both_databases.h"
#include "base/id.h"
#include "http/test_support.h"
#include "support/memory.h"
#include "support/sanitized.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <thread>

namespace open_cicd {
namespace {

using namespace std::chrono_literals;
using http::testing::eventually;
using http::testing::may_open;
using http::testing::RawPeer;
using http::testing::status_of_text;

constexpr in_addr_t fakes_address = 0x7f000009;      // 127.0.0.9
constexpr in_addr_t viewers_addresses = 0x7f000100;  // 127.0.1.0 and on

std::uint16_t port_of(const TestPlane& plane) {
  return static_cast<std::uint16_t>(std::stoi(plane.url().substr(plane.url().rfind(':') + 1)));
}

// A thousand agents that nobody started, all from one address: each registers, then polls, or asks again at once when
// it is refused; those without a token try one that they made up. A thread of its own drives them until the end.
class FakeAgents {
 public:
  static constexpr std::size_t count = 1000;

  explicit FakeAgents(const TestPlane& plane) : registration_(plane.registration()) {
    while (peers_.size() < count)
      peers_.push_back({.peer = std::make_unique<RawPeer>(port_of(plane), 0, fakes_address)});
    thread_ = std::thread([this] { run(); });
  }
  ~FakeAgents() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  std::atomic<std::size_t> admitted = 0;
  std::atomic<std::size_t> refused = 0;      // 429 with its Retry-After
  std::atomic<std::size_t> unknown = 0;      // 401
  std::atomic<std::size_t> polls_ended = 0;  // of those admitted
  std::atomic<std::size_t> unexpected = 0;   // any other answer, or none

 private:
  struct Fake {
    std::unique_ptr<RawPeer> peer;
    std::string poll;  // once admitted
  };

  void run() {
    std::vector<pollfd> waits;
    for (Fake& fake : peers_) {
      register_again(fake);
      waits.push_back({.fd = fake.peer->fd(), .events = POLLIN, .revents = 0});
    }
    while (!stopping_) {
      if (::poll(waits.data(), waits.size(), 50) <= 0) continue;
      for (std::size_t i = 0; i < waits.size() && !stopping_; ++i) {
        if (waits[i].revents == 0) continue;
        if (!answered(peers_[i], peers_[i].peer->receive_response())) waits[i].fd = -1;
      }
    }
  }

  // False: this one is of no use any more.
  bool answered(Fake& fake, const std::string& response) {
    const int status = status_of_text(response);
    if (!fake.poll.empty() && (status == 200 || status == 204)) {
      ++polls_ended;
      return fake.peer->send(fake.poll);
    }
    if (status == 201) {
      ++admitted;
      const boost::json::value reply = boost::json::parse(response.substr(response.find("\r\n\r\n") + 4));
      fake.poll = poll_of(reply.at("agent_id").as_string(), reply.at("agent_token").as_string());
      return fake.peer->send(fake.poll);
    }
    if (status == 429 && response.find("\r\nRetry-After: 60\r\n") != response.npos) {
      ++refused;
      return fake.peer->send(poll_of(format_uuid(make_uuid_v4()), "oca_" + std::string(43, 'A')));
    }
    if (status == 401) {
      ++unknown;
      return register_again(fake);
    }
    ++unexpected;
    return false;
  }

  bool register_again(Fake& fake) const {
    const std::string body = fmt::format(
        R"({{"name":"fake","boot_id":"{}","labels":{{}},"version":"0.1.0","os":"linux","arch":"x86_64","executors":["shell"]}})",
        format_uuid(make_uuid_v4()));
    return fake.peer->send(
        fmt::format("POST /api/v1/agents/register HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    registration_, body.size(), body));
  }
  static std::string poll_of(std::string_view id, std::string_view token) {
    return fmt::format("GET /api/v1/agents/{}/jobs?wait=60 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", id,
                       token);
  }

  const std::string registration_;
  std::vector<Fake> peers_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class Crowd : public BothDatabases {};

TEST_P(Crowd, A16_AThousandFakeAgentsOfOneAddressAreRefusedAndTheOthersAreServed) {
  if (!may_open(2 * FakeAgents::count + 500)) GTEST_SKIP() << "too few descriptors may be open here";
  constexpr int per_minute = 300;  // the default
  TestPlane own(GetParam(), {{"registrations_per_minute", std::to_string(per_minute)}});
  const TestAgent agent = own.register_agent(R"({"honest":"yes"})");
  const auto begun = std::chrono::steady_clock::now();
  FakeAgents fakes(own);
  EXPECT_TRUE(
      eventually([&] { return fakes.refused >= 700 && fakes.admitted >= per_minute && fakes.unknown > 0; }, 30s));
  // The flood goes on. Each call has the client's deadline, and none is refused.
  const std::size_t refused_before = fakes.refused;
  for (int i = 0; i < 3; ++i) {
    const std::string job = own.submit(R"("runs_on":["honest"])");
    const Reply poll = own.call(http::Method::get, "/api/v1/agents/" + agent.id + "/jobs?wait=10", agent.token);
    ASSERT_EQ(poll.status, 200) << poll.body;
    EXPECT_EQ(poll.json.at("offers").at(0).at("job_id").as_string(), job);
    const TestLease lease = own.claim(agent, job);
    EXPECT_EQ(own.put_status(agent, lease, R"({"status":"running"})").status, 200);
    EXPECT_EQ(own.put_status(agent, lease, R"({"status":"succeeded"})").status, 200);
  }
  const TestAgent late = own.register_agent();  // from another address
  EXPECT_EQ(own.call(http::Method::get, "/api/v1/agents/" + late.id + "/jobs?wait=0", late.token).status, 204);
  EXPECT_TRUE(eventually([&] { return fakes.refused > refused_before; })) << "the flood had ended";
  fakes.stop();
  const auto minutes = std::chrono::duration<double, std::ratio<60>>(std::chrono::steady_clock::now() - begun).count();
  EXPECT_LE(static_cast<double>(fakes.admitted), per_minute * (1 + minutes) + 1);
  EXPECT_EQ(fakes.unexpected, 0u);
}

INSTANTIATE_ON_BOTH_DATABASES(Crowd);

// Viewers at many addresses, each with as many streams as one may have.
class OpenStreams {
 public:
  OpenStreams(TestPlane& plane, std::vector<std::string> jobs)
      : port_(port_of(plane)), token_(plane.admin()), jobs_(std::move(jobs)) {}

  // What is answered; an accepted stream has come to where it waits.
  std::string open(std::size_t viewer) {
    send(viewer);
    std::string answer = await_last();
    if (status_of_text(answer) != 200) streams_.pop_back();
    return answer;
  }
  // Sends the requests of all these viewers, then looks at the answers.
  void fill(std::size_t first_viewer, std::size_t viewers, std::size_t each) {
    const std::size_t begin = streams_.size();
    for (std::size_t i = 0; i < viewers * each; ++i) send(first_viewer + i / each);
    for (std::size_t i = begin; i < streams_.size(); ++i) {
      const std::string& got = streams_[i]->receive_until("event: status", 20s);
      ASSERT_EQ(status_of_text(got), 200) << i << " " << got;
      ASSERT_NE(got.find("event: status"), got.npos) << i;
    }
  }
  std::size_t count() const { return streams_.size(); }
  RawPeer& at(std::size_t i) { return *streams_[i]; }
  std::size_t job_of(std::size_t i) const { return i % jobs_.size(); }
  void close(std::size_t i) { streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(i)); }

 private:
  void send(std::size_t viewer) {
    const std::string& job = jobs_[streams_.size() % jobs_.size()];
    streams_.push_back(std::make_unique<RawPeer>(port_, 0, viewers_addresses + static_cast<in_addr_t>(viewer)));
    streams_.back()->send(fmt::format(
        "GET /api/v1/jobs/{}/logs/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", job, token_));
  }
  std::string await_last() {
    RawPeer& peer = *streams_.back();
    if (status_of_text(peer.receive_until("\r\n\r\n")) == 200) return peer.receive_until("event: status");
    return peer.receive_response();
  }

  const std::uint16_t port_;
  const std::string token_;
  const std::vector<std::string> jobs_;
  std::vector<std::unique_ptr<RawPeer>> streams_;
};

void expect_refused(const std::string& answer) {
  EXPECT_EQ(status_of_text(answer), 503) << answer;
  EXPECT_NE(answer.find("\r\nRetry-After: "), answer.npos) << answer;
  EXPECT_NE(answer.find("too_many_streams"), answer.npos) << answer;
}

TEST(CrowdOfViewers, J2_FiveThousandStreamsAreOpenAndTheOthersAreServed) {
  constexpr std::size_t streams_max = 5000, per_viewer_max = 20;  // the defaults
  constexpr std::size_t bytes_per_stream_max = 64 * 1024;
  if (!may_open(2 * streams_max + 500)) GTEST_SKIP() << "too few descriptors may be open here";
  TestPlane plane("sqlite");
  const TestAgent agent = plane.register_agent();
  std::vector<std::string> jobs;
  while (jobs.size() < 50) jobs.push_back(plane.submit());
  OpenStreams streams(plane, jobs);

  ASSERT_NO_FATAL_FAILURE(streams.fill(0, 1, per_viewer_max));
  expect_refused(streams.open(0));
  const std::size_t before = resident_bytes();
  ASSERT_NO_FATAL_FAILURE(streams.fill(1, streams_max / per_viewer_max - 1, per_viewer_max));
  ASSERT_EQ(streams.count(), streams_max);
  if (!sanitized) EXPECT_LT(resident_bytes(), before + streams_max * bytes_per_stream_max);
  expect_refused(streams.open(1000));

  // The others: a whole job, and who watches it sees it.
  const TestLease lease = plane.claim(agent, jobs[0]);
  EXPECT_EQ(plane.put_status(agent, lease, R"({"status":"running"})").status, 200);
  EXPECT_EQ(plane.append(agent, lease, 0, 0, "hello\n").status, 202);
  EXPECT_EQ(plane.put_status(agent, lease, R"({"status":"succeeded"})").status, 200);
  EXPECT_EQ(plane.get("/api/v1/jobs").status, 200);
  for (std::size_t i = 0; i < streams.count(); ++i) {
    if (streams.job_of(i) != 0) continue;
    const std::string& seen = streams.at(i).receive_until("event: end", 20s);
    EXPECT_NE(seen.find("event: end"), seen.npos) << i;
    EXPECT_NE(seen.find("hello\\n"), seen.npos) << i;
  }
  EXPECT_TRUE(eventually([&] { return status_of_text(streams.open(1000)) == 200; }, 20s)) << "places are given back";
}

}  // namespace
}  // namespace open_cicd
