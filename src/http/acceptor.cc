#include "http/acceptor.h"

#include "base/log.h"
#include "http/server_connection.h"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace open_cicd::http {
namespace {

using asio::ip::tcp;
constexpr int backlog = 4096;
constexpr int accepted_in_a_row = 64;              // then the connections that exist have their turn
constexpr std::chrono::milliseconds back_off{50};  // while there are too many connections, or no descriptors

std::unexpected<Error> bind_error(const tcp::endpoint& endpoint, int problem) {
  const std::string where = fmt::format("{} port {}", endpoint.address().to_string(), endpoint.port());
  switch (problem) {
    case EADDRINUSE:
      return fail(ErrorKind::unavailable, "address_in_use",
                  fmt::format("Another program listens on {}: stop it, or choose another port.", where));
    case EADDRNOTAVAIL:
      return fail(ErrorKind::invalid, "address_not_available",
                  fmt::format("This machine has no address {}: use one of its own, or 0.0.0.0.",
                              endpoint.address().to_string()));
    case EACCES:
      return fail(ErrorKind::forbidden, "address_denied",
                  fmt::format("Listening on {} is not allowed for this user: choose a port from 1024 on.", where));
    default:
      return fail(ErrorKind::unavailable, "address_not_available",
                  fmt::format("Listening on {} failed: {}.", where, std::generic_category().message(problem)));
  }
}

enum class Share : unsigned char { no, yes };

// The descriptor, or -1 and errno.
int listen_on(const tcp::endpoint& endpoint, Share share) {
  const int fd = ::socket(endpoint.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (share == Share::yes) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 && ::listen(fd, backlog) == 0)
    return fd;
  const int problem = errno;
  ::close(fd);
  errno = problem;
  return -1;
}

}  // namespace

Result<ListenSocket> ListenSocket::bind_first(const tcp::endpoint& endpoint) {
  // SO_REUSEPORT would let two servers of one user share a port unnoticed, so a socket without it asks first.
  const int probe = listen_on(endpoint, Share::no);
  if (probe < 0) return bind_error(endpoint, errno);
  const tcp::endpoint bound = ListenSocket(probe).endpoint();
  return bind_more(bound);
}

Result<ListenSocket> ListenSocket::bind_more(const tcp::endpoint& endpoint) {
  const int fd = listen_on(endpoint, Share::yes);
  if (fd < 0) return bind_error(endpoint, errno);
  return ListenSocket(fd);
}

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) ::close(fd_);
}

tcp::endpoint ListenSocket::endpoint() const {
  tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  ::getsockname(fd_, endpoint.data(), &size);
  endpoint.resize(size);
  return endpoint;
}

Acceptor::Acceptor(EventLoop& loop, ListenSocket socket) : loop_(loop), socket_(loop.context) {
  const tcp protocol = socket.endpoint().protocol();
  socket_.assign(protocol, socket.release());
}

void Acceptor::start() {
  asio::co_spawn(loop_.context, run(), [](const std::exception_ptr& failure) {
    if (failure) log_error("accepting connections has ended");
  });
}

void Acceptor::close() {
  error_code ignored;
  socket_.close(ignored);
}

Task<void> Acceptor::run() {
  asio::steady_timer pause(loop_.context);
  while (socket_.is_open()) {
    error_code problem;
    if (loop_.shared->limits.is_full() || !accept_some()) {
      pause.expires_after(back_off);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, problem));
    } else {
      co_await socket_.async_wait(asio::socket_base::wait_read, asio::redirect_error(asio::use_awaitable, problem));
    }
  }
}

bool Acceptor::accept_some() {
  for (int i = 0; i < accepted_in_a_row && !loop_.shared->limits.is_full(); ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd =
        ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      admit(fd, address);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return false;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    }
    // Anything else is the end of a connection that was about to be accepted.
  }
  return true;
}

void Acceptor::admit(int fd, const sockaddr_storage& address) {
  PeerAddress peer = peer_address_of(address);
  peer.is_proxy = loop_.shared->settings.proxies.trusts(peer.key);
  std::optional<ConnectionLimits::Place> place = loop_.shared->limits.take(peer);
  if (!place) {
    ::close(fd);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ServerConnection::Socket socket(loop_.context);
  error_code problem;
  socket.assign(address.ss_family == AF_INET ? tcp::v4() : tcp::v6(), fd, problem);
  if (problem) {
    ::close(fd);
    return;
  }
  ServerConnection::start(
      std::make_shared<ServerConnection>(loop_, std::move(socket), std::move(peer), std::move(*place)));
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace open_cicd::http
