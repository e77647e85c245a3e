#include "client/bare_loop.h"

#include "client/connection.h"
#include "client/verbs.h"

#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace open_cicd::bench {

double thread_cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

BareLoop::BareLoop(std::string answer, int cpu)
    : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0)
    throw std::runtime_error("the bare loop cannot listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, cpu] { run(cpu); });
}

BareLoop::~BareLoop() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

void BareLoop::run(int cpu) {
  pin_this_thread(cpu);
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

void BareLoop::serve(int fd) {
  char buffer[65536];
  const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
  if (got <= 0) {
    ::close(fd);
    return;
  }
  out_.clear();
  const std::string_view bytes(buffer, static_cast<std::size_t>(got));
  for (std::size_t at = 0; (at = bytes.find("\r\n\r\n", at)) != bytes.npos; at += 4) out_ += answer_;
  ::send(fd, out_.data(), out_.size(), MSG_NOSIGNAL);
}

void bare(const Options& options) {
  std::ifstream file{std::string(options.text("answer")), std::ios::binary};
  const BareLoop loop(std::string(std::istreambuf_iterator<char>(file), {}),
                      static_cast<int>(options.number_or("cpu", -1)));
  print({{"port", loop.port()}});
  wait_for_line();
}

}  // namespace open_cicd::bench
