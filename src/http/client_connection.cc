#include "http/client_connection.h"

#include "http/client_exchange.h"
#include "http/proxy.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace open_cicd::http {
namespace {

using Endpoint = asio::generic::stream_protocol::endpoint;
using asio::ip::tcp;
constexpr std::size_t buffer_bytes = 16 * 1024;
constexpr std::size_t tunnel_header_max = 64 * 1024;

// What getaddrinfo has found so far. It cannot be interrupted, so the waiter leaves at its deadline and this outlives
// it.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  bool answered = false;
  error_code problem;
  std::vector<Endpoint> endpoints;
};

Task<Result<std::vector<Endpoint>>> resolve(asio::any_io_executor executor, const ServerAddress& address,
                                            TimePoint deadline) {
  if (!address.unix_path.empty()) {
    co_return std::vector<Endpoint>{asio::local::stream_protocol::endpoint(address.unix_path)};
  }
  error_code not_literal;
  const auto literal = asio::ip::make_address(address.host, not_literal);
  if (!not_literal) {
    co_return std::vector<Endpoint>{tcp::endpoint(literal, static_cast<std::uint16_t>(std::stoul(address.port)))};
  }
  auto lookup = std::make_shared<Lookup>(executor);
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(address.host, address.port,
                                 [lookup](error_code problem, tcp::resolver::results_type results) {
                                   lookup->answered = true;
                                   lookup->problem = problem;
                                   for (const auto& result : results) lookup->endpoints.emplace_back(result.endpoint());
                                   lookup->done.cancel();
                                 });
  error_code woken;
  co_await lookup->done.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (!lookup->answered) {
    lookup->resolver.cancel();
    if (woken) throw boost::system::system_error(woken);
    co_return fail(ErrorKind::unavailable, "timeout", fmt::format("Looking up {} took too long.", address.host));
  }
  if (lookup->problem || lookup->endpoints.empty()) {
    co_return fail(ErrorKind::unavailable, "connect_failed",
                   fmt::format("{} cannot be found: {}.", address.host, lookup->problem.message()));
  }
  co_return std::move(lookup->endpoints);
}

// Cancelled from outside, not by our own deadline: the exception that every coroutine of a TaskGroup ends with.
void throw_if_cancelled(const error_code& problem, bool expired) {
  if (problem == asio::error::operation_aborted && !expired) throw boost::system::system_error(problem);
}

}  // namespace

ClientConnection::ClientConnection(const asio::any_io_executor& executor)
    : socket_(executor), read_timer_(executor), write_timer_(executor) {}

Task<Result<std::shared_ptr<ClientConnection>>> ClientConnection::connect(asio::any_io_executor executor,
                                                                          const ServerAddress& address,
                                                                          const Proxy* proxy,
                                                                          std::shared_ptr<asio::ssl::context> tls,
                                                                          TimePoint deadline) {
  Result<std::vector<Endpoint>> endpoints =
      co_await resolve(executor, proxy != nullptr ? proxy->address : address, deadline);
  if (!endpoints) co_return std::unexpected(std::move(endpoints.error()));
  std::unexpected<Error> last = fail(ErrorKind::unavailable, "timeout", "Connecting took too long.");
  for (std::size_t left = endpoints->size(); left > 0; --left) {
    // An address that does not answer leaves time for those after it.
    const TimePoint now = std::chrono::steady_clock::now();
    if (now >= deadline) break;
    auto connection = std::make_shared<ClientConnection>(executor);
    connection->peer_ = proxy != nullptr ? fmt::format("the proxy {}", proxy->address.base) : address.base;
    connection->read_until(now + (deadline - now) / static_cast<int>(left));
    const error_code refused = co_await connection->connect_to((*endpoints)[endpoints->size() - left]);
    if (refused) {
      last = connection->failure("connect_failed", refused);
      continue;
    }
    if (!address.tls) co_return connection;
    connection->read_until(deadline);
    if (proxy != nullptr) {
      if (Result<void> open = co_await connection->open_tunnel(address, *proxy); !open)
        co_return std::unexpected(std::move(open.error()));
    }
    const error_code distrusted = co_await connection->shake_hands(address, tls);
    if (!distrusted) co_return connection;
    co_return connection->failure("tls_failed", distrusted);
  }
  co_return last;
}

Task<error_code> ClientConnection::connect_to(Endpoint endpoint) {
  error_code problem;
  co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, problem));
  throw_if_cancelled(problem, expired_);
  if (!problem && endpoint.protocol().family() != AF_UNIX) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
  }
  co_return problem;
}

Task<Result<void>> ClientConnection::open_tunnel(const ServerAddress& address, const Proxy& proxy) {
  const std::string target = address.host.contains(':') ? fmt::format("[{}]:{}", address.host, address.port)
                                                        : fmt::format("{}:{}", address.host, address.port);
  std::string head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (!proxy.authorization.empty()) head += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization);
  head += "\r\n";
  if (const error_code unsent = co_await write(head, {})) co_return failure("connect_failed", unsent);
  const Result<ResponseHead> answer = co_await read_response_head(*this, tunnel_header_max);
  if (!answer) co_return std::unexpected(answer.error());
  if (const int status = answer->response.status; status / 100 != 2)
    co_return fail(ErrorKind::unavailable, "connect_failed",
                   fmt::format("{} does not connect to {}: it answered {}{}.", peer_, target, status,
                               status == 407 ? ", so it asks for a user and a password" : ""));
  peer_ = address.base;
  received_ = false;
  co_return Result<void>();
}

Task<error_code> ClientConnection::shake_hands(const ServerAddress& address, std::shared_ptr<asio::ssl::context> tls) {
  tls_context_ = std::move(tls);
  tls_.emplace(socket_, *tls_context_);
  error_code problem;
  tls_->set_verify_mode(asio::ssl::verify_peer, problem);
  if (!problem) tls_->set_verify_callback(asio::ssl::host_name_verification(address.host), problem);
  if (problem) co_return problem;
  SSL_set_tlsext_host_name(tls_->native_handle(), address.host.c_str());
  co_await tls_->async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, problem));
  throw_if_cancelled(problem, expired_);
  co_return problem;
}

Task<error_code> ClientConnection::write(std::string_view head, std::string_view body) {
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
  error_code problem;
  if (tls_)
    co_await asio::async_write(*tls_, buffers, asio::redirect_error(asio::use_awaitable, problem));
  else
    co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, problem));
  throw_if_cancelled(problem, expired_);
  co_return problem;
}

void ClientConnection::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < buffer_.size()) return;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  } else {
    buffer_.resize(std::max(buffer_bytes, buffer_.size() * 2));
  }
}

Task<error_code> ClientConnection::read_more() {
  make_room();
  const asio::mutable_buffer room(buffer_.data() + end_, buffer_.size() - end_);
  error_code problem;
  std::size_t got = 0;
  if (tls_)
    got = co_await tls_->async_read_some(room, asio::redirect_error(asio::use_awaitable, problem));
  else
    got = co_await socket_.async_read_some(room, asio::redirect_error(asio::use_awaitable, problem));
  throw_if_cancelled(problem, expired_);
  end_ += got;
  received_ = received_ || got > 0;
  co_return problem;
}

Task<error_code> ClientConnection::half_close() {
  error_code problem;
  if (tls_)
    co_await tls_->async_shutdown(asio::redirect_error(asio::use_awaitable, problem));
  else
    socket_.shutdown(Socket::shutdown_send, problem);
  co_return problem;
}

bool ClientConnection::is_alive() {
  if (!socket_.is_open() || expired_ || begin_ != end_) return false;
  char byte;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  return got > 0 &&
         tls_.has_value();  // TLS may have a session ticket to deliver; plain HTTP has nothing to say unasked
}

std::unexpected<Error> ClientConnection::failure(std::string_view code, const error_code& why) const {
  if (expired_) return fail(ErrorKind::unavailable, "timeout", fmt::format("{} did not answer in time.", peer_));
  return fail(ErrorKind::unavailable, code, fmt::format("{}: {}.", peer_, why.message()));
}

void ClientConnection::arm(asio::steady_timer& timer, TimePoint deadline) {
  timer.expires_at(deadline);
  if (deadline == TimePoint::max()) return;
  timer.async_wait([weak = weak_from_this(), &timer](error_code aborted) {
    if (aborted) return;
    const auto self = weak.lock();
    // The deadline may have moved after this handler was queued.
    if (!self || timer.expiry() > std::chrono::steady_clock::now()) return;
    self->expired_ = true;
    error_code ignored;
    self->socket_.close(ignored);
  });
}

}  // namespace open_cicd::http
