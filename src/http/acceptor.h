// Takes new connections on one core.
#pragma once

#include "base/error.h"
#include "http/event_loop.h"

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace open_cicd::http {

// A bound, listening socket. Closes itself.
class ListenSocket {
 public:
  // Fails like Server::bind when anybody else listens there. `endpoint` with port 0: any free port.
  static Result<ListenSocket> bind_first(const asio::ip::tcp::endpoint& endpoint);
  // One more on an address that bind_first() has: the kernel spreads connections over them.
  static Result<ListenSocket> bind_more(const asio::ip::tcp::endpoint& endpoint);

  ListenSocket(ListenSocket&& from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();
  asio::ip::tcp::endpoint endpoint() const;
  int release() { return std::exchange(fd_, -1); }

 private:
  explicit ListenSocket(int fd) : fd_(fd) {}
  int fd_;
};

class Acceptor {
 public:
  Acceptor(EventLoop& loop, ListenSocket socket);
  void start();
  void close();  // on the core

 private:
  Task<void> run();
  bool accept_some();  // false: the process or the machine has no descriptor or memory left
  void admit(int fd, const sockaddr_storage& address);

  EventLoop& loop_;
  asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type> socket_;
};

// Lets the process have as many descriptors as it may.
void raise_descriptor_limit();

}  // namespace open_cicd::http
