// For this folder's tests: a running server with a few routes, and a raw socket that says exactly what a test wants.
#pragma once

#include "base/run_alone.h"
#include "http/client.h"
#include "http/server.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace open_cicd::http::testing {

using namespace std::chrono_literals;

// Whether the process may have so many descriptors; the server raises its limit to what is allowed.
inline bool may_open(rlim_t descriptors) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max >= descriptors;
}

// Blocking, with a deadline on every read; an expired one returns what has come.
class RawPeer {
 public:
  // `from`: one of the many addresses of the loopback interface, for who wants to be somebody else.
  explicit RawPeer(std::uint16_t port, int receive_buffer = 0, in_addr_t from = INADDR_LOOPBACK)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(from);
    if (from != INADDR_LOOPBACK && ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  RawPeer(const RawPeer&) = delete;
  ~RawPeer() { close(); }

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  // False when the peer does not take it (it has closed).
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // One more piece; false at the end, on a reset or at the deadline.
  bool receive(std::chrono::milliseconds timeout = 5s) {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, static_cast<int>(timeout.count())) <= 0) return false;
    char piece[65536];
    const ssize_t got = ::recv(fd_, piece, sizeof piece, 0);
    closed_ = got <= 0;
    if (got > 0) received_.append(piece, static_cast<std::size_t>(got));
    return got > 0;
  }
  const std::string& receive_until(std::string_view text, std::chrono::milliseconds timeout = 5s) {
    while (received_.find(text) == received_.npos && receive(timeout)) continue;
    return received_;
  }
  // Everything until the server closes; closed() tells whether it did in time.
  const std::string& receive_all(std::chrono::milliseconds timeout = 5s) {
    while (receive(timeout)) continue;
    return received_;
  }
  // One whole response with a Content-Length, taken from what has come.
  std::string receive_response() {
    receive_until("\r\n\r\n");
    const std::size_t head = received_.find("\r\n\r\n");
    if (head == received_.npos) return std::exchange(received_, {});
    const std::size_t at = received_.find("Content-Length: ");
    const std::size_t length = at < head ? std::stoul(received_.substr(at + 16)) : 0;
    while (received_.size() < head + 4 + length && receive()) continue;
    std::string response = received_.substr(0, head + 4 + length);
    received_.erase(0, response.size());
    return response;
  }
  std::string& received() { return received_; }
  bool closed() const { return closed_; }

 private:
  int fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
};

inline int status_of_text(std::string_view response) {
  return response.size() > 12 && response.starts_with("HTTP/1.1 ") ? std::stoi(std::string(response.substr(9, 3))) : 0;
}

inline Task<Result<std::shared_ptr<const Identity>>> anybody(const Request&) {
  co_return nullptr;
}
inline Task<Result<std::shared_ptr<const Identity>>> nobody(const Request&) {
  co_return fail(ErrorKind::unauthenticated, "unauthenticated", "Who are you?");
}

// What handlers tell the test.
struct Observed {
  std::atomic<int> handled{0};
  std::atomic<int> parked{0};
  std::atomic<int> peers_gone{0};
  std::atomic<int> told_to_stop{0};
  std::atomic<int> streams_ended{0};
};

inline Task<Response> pong(Request&) {
  co_return Response::json(200, R"({"pong":true})");
}
inline Task<Response> fail_badly(Request&) {
  throw std::runtime_error("secret path /var/lib/x");
  co_return Response();
}

// The routes close over `observed`, which outlives the server.
std::vector<Route> test_routes(Observed& observed);

// A server on a free port of the loopback interface, stopped at the end.
class TestServer {
 public:
  explicit TestServer(ServerSettings settings = {}) {
    settings.port = 0;
    if (settings.cores == 0) settings.cores = 1;
    auto bound = Server::bind(settings, std::make_shared<Router>(test_routes(observed)), registry);
    if (!bound) throw std::runtime_error(bound.error().message());
    server = std::move(*bound);
    server->start();
  }
  std::uint16_t port() const { return server->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

  Observed observed;
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::unique_ptr<Server> server;
};

// Waits for a state with a deadline.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds timeout = 5s) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

// What the server says to `request` on a connection of its own.
inline std::string answer_to(TestServer& server, const std::string& request) {
  RawPeer peer(server.port());
  peer.send(request);
  return peer.receive_response();
}

}  // namespace open_cicd::http::testing
