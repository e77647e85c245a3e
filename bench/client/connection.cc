#include "client/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <time.h>
#include <unistd.h>

namespace open_cicd::bench {
namespace {

constexpr unsigned connections_per_source = 15'000;  // below the ports that one address has

sockaddr_in loopback(std::uint16_t port, unsigned host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
  return address;
}

[[noreturn]] void fail_with_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void ResponseParser::reset() {
  line_.clear();
  body_.clear();
  status_ = 0;
  at_ = At::head;
}

std::size_t ResponseParser::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && at_ != At::done) {
    const std::string_view rest = bytes.substr(taken);
    if (at_ == At::head) {
      taken += feed_head(rest);
    } else if (at_ == At::sized || at_ == At::chunk) {
      const std::size_t part = std::min(left_, rest.size());
      body_ += rest.substr(0, part);
      left_ -= part;
      taken += part;
      if (left_ == 0) at_ = at_ == At::sized ? At::done : At::chunk_end;
    } else {
      taken += feed_line(rest);
    }
  }
  return taken;
}

std::size_t ResponseParser::feed_head(std::string_view bytes) {
  const std::size_t before = line_.size();
  line_ += bytes;
  const std::size_t end = line_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == line_.npos) return bytes.size();
  line_.resize(end + 2);
  read_head();
  line_.clear();
  return end + 4 - before;
}

void ResponseParser::read_head() {
  if (line_.size() < 12 || !line_.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an HTTP response: " + line_);
  std::from_chars(line_.data() + 9, line_.data() + 12, status_);
  left_ = 0;
  bool chunked = false;
  for (std::size_t at = line_.find("\r\n") + 2; at < line_.size();) {
    const std::size_t end = line_.find("\r\n", at);
    constexpr std::string_view length = "content-length: ", coding = "transfer-encoding: ";
    if (::strncasecmp(&line_[at], length.data(), length.size()) == 0)
      std::from_chars(&line_[at + length.size()], &line_[end], left_);
    else if (::strncasecmp(&line_[at], coding.data(), coding.size()) == 0)
      chunked = true;
    at = end + 2;
  }
  if (chunked)
    at_ = At::chunk_size;
  else
    at_ = left_ == 0 ? At::done : At::sized;
}

std::size_t ResponseParser::feed_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  line_ += bytes.substr(0, end);
  if (end == bytes.npos) return bytes.size();
  read_line();
  line_.clear();
  return end + 1;
}

void ResponseParser::read_line() {
  if (at_ == At::chunk_end) {
    at_ = At::chunk_size;
  } else if (at_ == At::trailer) {
    if (line_ == "\r") at_ = At::done;
  } else {
    std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
    at_ = left_ == 0 ? At::trailer : At::chunk;
  }
}

Connection::Connection(std::uint16_t port, unsigned source) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) fail_with_errno("socket");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in from = loopback(0, 1 + source / connections_per_source), to = loopback(port, 0);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) fail_with_errno("bind");
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail_with_errno("connect");
  int flags = 1;
  ::ioctl(fd_, FIONBIO, &flags);
}

Connection::~Connection() {
  ::close(fd_);
}

void Connection::send(std::string_view bytes) {
  out_ += bytes;
  flush();
}

void Connection::flush() {
  while (!out_.empty() && !closed_) {
    const ssize_t sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent >= 0)
      out_.erase(0, static_cast<std::size_t>(sent));
    else if (errno == EAGAIN)
      return;
    else
      closed_ = true;
  }
}

std::string_view Connection::receive(std::string& buffer) {
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) closed_ = true;
  return std::string_view(buffer).substr(0, got > 0 ? static_cast<std::size_t>(got) : 0);
}

Poller::Poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_ < 0) fail_with_errno("epoll_create1");
}

Poller::~Poller() {
  ::close(fd_);
}

void Poller::add(const Connection& connection, std::uint64_t index) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
  if (::epoll_ctl(fd_, EPOLL_CTL_ADD, connection.fd(), &event) != 0) fail_with_errno("epoll_ctl");
}

void Poller::remove(const Connection& connection) {
  ::epoll_ctl(fd_, EPOLL_CTL_DEL, connection.fd(), nullptr);
}

void Poller::watch_writes(const Connection& connection, std::uint64_t index, bool on) {
  epoll_event event{.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.u64 = index}};
  if (::epoll_ctl(fd_, EPOLL_CTL_MOD, connection.fd(), &event) != 0) fail_with_errno("epoll_ctl");
}

int Poller::wait(epoll_event* events, int max, int milliseconds) {
  return std::max(0, ::epoll_wait(fd_, events, max, milliseconds));
}

std::string make_request(std::string_view method, std::string_view path, std::string_view token, std::string_view body,
                         std::string_view type, std::string_view more_headers) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, path);
  if (!token.empty()) request += fmt::format("Authorization: Bearer {}\r\n", token);
  request += more_headers;
  if (!body.empty()) request += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", type, body.size());
  request += "\r\n";
  request += body;
  return request;
}

std::string ask(Connection& connection, std::string_view request) {
  connection.send(request);
  ResponseParser parser;
  std::string buffer(64 * 1024, '\0');
  while (!parser.done()) {
    if (connection.closed()) throw std::runtime_error("the server closed a connection");
    pollfd waits{.fd = connection.fd(),
                 .events = static_cast<short>(connection.pending() ? POLLIN | POLLOUT : POLLIN),
                 .revents = 0};
    if (::poll(&waits, 1, 60'000) == 0) throw std::runtime_error("no answer within a minute");
    connection.flush();
    parser.feed(connection.receive(buffer));
  }
  if (parser.status() >= 300) throw std::runtime_error(fmt::format("{}: {}", parser.status(), parser.body()));
  return std::move(parser.body());
}

void pin_this_thread(int cpu) {
  if (cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu) % std::max(1U, std::thread::hardware_concurrency()), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

}  // namespace open_cicd::bench
