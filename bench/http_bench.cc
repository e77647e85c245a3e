// The HTTP layer alone: our server's fixed answer beside a hand-written epoll loop that sends the same bytes, under the
// same load.
//   http_bench [--seconds 2] [--rounds 3]
// Prints one JSON object a line. CPU is that of the server's thread (getrusage), so the load generator's share does not
// count.
#include "http/server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace open_cicd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::string_view request =
    "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n";

void pin_this_thread(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % std::max(1U, std::thread::hardware_concurrency()), &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

double thread_cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// One answer of the server, whole: what the bare loop sends, and how many bytes the load generator waits for.
std::string sample_answer(std::uint16_t port) {
  const int fd = connect_to(port);
  ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  char buffer[4096];
  const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
  ::close(fd);
  return {buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

// The limit: epoll, recv, send; nothing is parsed but the requests' ends.
class BareLoop {
 public:
  explicit BareLoop(std::string answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 1024);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~BareLoop() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  double cpu_us() const { return cpu_us_; }  // a few milliseconds old at most

 private:
  void run() {
    pin_this_thread(0);
    const int poller = ::epoll_create1(EPOLL_CLOEXEC);
    const auto add = [poller](int fd) {
      epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
      ::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    };
    add(listener_);
    epoll_event events[128];
    for (unsigned turn = 0; !stop_; ++turn) {
      const int ready = ::epoll_wait(poller, events, 128, 5);
      for (int i = 0; i < ready; ++i) {
        if (events[i].data.fd != listener_)
          serve(events[i].data.fd);
        else if (const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); fd >= 0)
          add(fd);
      }
      if (ready == 0 || turn % 256 == 0) cpu_us_ = thread_cpu_us();
    }
    ::close(poller);
  }
  void serve(int fd) {
    char buffer[65536];
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) {
      ::close(fd);
      return;
    }
    out_.clear();
    std::string_view bytes(buffer, static_cast<std::size_t>(got));
    for (std::size_t at = 0; (at = bytes.find("\r\n\r\n", at)) != bytes.npos; at += 4) out_ += answer_;
    ::send(fd, out_.data(), out_.size(), MSG_NOSIGNAL);
  }

  std::string answer_;
  std::string out_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<double> cpu_us_ = 0;
  std::thread thread_;
};

struct Load {
  int connections;
  int depth;  // requests sent at once on each
};

// Keeps every connection busy for `duration`; the number of answers.
std::uint64_t generate(std::uint16_t port, Load load, std::size_t answer_size, std::chrono::milliseconds duration) {
  std::string batch;
  for (int i = 0; i < load.depth; ++i) batch += request;
  const std::size_t expected = answer_size * static_cast<std::size_t>(load.depth);
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  struct Peer {
    int fd;
    std::size_t received = 0;
  };
  std::vector<Peer> peers;
  for (int i = 0; i < load.connections; ++i) peers.push_back({connect_to(port)});
  for (Peer& peer : peers) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &peer}};
    ::epoll_ctl(poller, EPOLL_CTL_ADD, peer.fd, &event);
    ::send(peer.fd, batch.data(), batch.size(), MSG_NOSIGNAL);
  }
  std::uint64_t answers = 0;
  std::vector<char> buffer(256 * 1024);
  epoll_event events[128];
  const auto end = Clock::now() + duration;
  while (Clock::now() < end) {
    const int ready = ::epoll_wait(poller, events, 128, 100);
    for (int i = 0; i < ready; ++i) {
      Peer& peer = *static_cast<Peer*>(events[i].data.ptr);
      const ssize_t got = ::recv(peer.fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) throw std::runtime_error("the server closed a connection");
      peer.received += static_cast<std::size_t>(got);
      if (peer.received < expected) continue;
      peer.received = 0;
      answers += static_cast<std::uint64_t>(load.depth);
      ::send(peer.fd, batch.data(), batch.size(), MSG_NOSIGNAL);
    }
  }
  for (const Peer& peer : peers) ::close(peer.fd);
  ::close(poller);
  return answers;
}

Task<Result<std::shared_ptr<const http::Identity>>> anyone(const http::Request&) {
  co_return nullptr;
}
Task<http::Response> healthy(http::Request&) {
  co_return http::Response::json(200, R"({"status":"ok"})");
}

double cpu_us_of(http::Server& server) {
  std::promise<double> promise;
  asio::post(server.executor(0), [&promise] { promise.set_value(thread_cpu_us()); });
  return promise.get_future().get();
}

struct Measure {
  double per_second;
  double cpu_us;
};

template <class Cpu>
Measure measure(std::uint16_t port, Load load, std::size_t answer_size, std::chrono::milliseconds duration,
                Cpu cpu_us) {
  const double before = cpu_us();
  const auto begun = Clock::now();
  const std::uint64_t answers = generate(port, load, answer_size, duration);
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the bare loop publishes its CPU time when it is idle
  return {static_cast<double>(answers) / seconds, (cpu_us() - before) / static_cast<double>(answers)};
}

Measure median(std::vector<Measure> rounds) {
  std::ranges::sort(rounds, {}, &Measure::cpu_us);
  return rounds[rounds.size() / 2];
}

void print(std::string_view name, std::string_view metric, double value, std::string_view unit) {
  fmt::print("{{\"name\":\"{}\",\"metric\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\"}}\n", name, metric, value, unit);
}

int option(int argc, char** argv, std::string_view name, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return std::atoi(argv[i + 1]);
  }
  return otherwise;
}

int run(int argc, char** argv) {
  const std::chrono::milliseconds duration(option(argc, argv, "--seconds", 2) * 1000);
  const int rounds = option(argc, argv, "--rounds", 3);
  std::vector<http::Route> routes{{http::Method::get, "/healthz", "anyone", anyone, 0, healthy, {}}};
  auto bound = http::Server::bind({.port = 0, .cores = 1}, std::make_shared<http::Router>(std::move(routes)),
                                  std::make_shared<prometheus::Registry>());
  if (!bound) throw std::runtime_error(bound.error().message());
  http::Server& server = **bound;
  server.start();
  asio::post(server.executor(0), [] { pin_this_thread(0); });
  pin_this_thread(1);
  const std::string answer = sample_answer(server.port());
  BareLoop bare(answer);

  for (const Load load : {Load{1, 1}, Load{32, 1}, Load{64, 1}, Load{32, 16}}) {
    std::vector<Measure> of_bare, of_server;
    for (int i = 0; i < rounds; ++i) {
      of_bare.push_back(measure(bare.port(), load, answer.size(), duration, [&] { return bare.cpu_us(); }));
      of_server.push_back(measure(server.port(), load, answer.size(), duration, [&] { return cpu_us_of(server); }));
    }
    const std::string name = fmt::format("http_{}_connections_{}_deep", load.connections, load.depth);
    const Measure b = median(of_bare), s = median(of_server);
    print(name, "bare_requests", b.per_second, "1/s");
    print(name, "server_requests", s.per_second, "1/s");
    print(name, "bare_cpu", b.cpu_us, "us/request");
    print(name, "server_cpu", s.cpu_us, "us/request");
    print(name, "cpu_ratio_to_bare", s.cpu_us / b.cpu_us, "");
  }
  server.stop();
  return 0;
}

}  // namespace
}  // namespace open_cicd

int main(int argc, char** argv) {
  return open_cicd::run(argc, argv);
}
