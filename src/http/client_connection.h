// One connection of the client: TCP, TLS over TCP, or a unix socket.
#pragma once

#include "base/asio.h"
#include "base/error.h"
#include "http/client_url.h"
#include "http/socket_ends.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::http {

struct Proxy;

using TimePoint = std::chrono::steady_clock::time_point;

// A byte stream with deadlines and a read buffer. Used from one executor; at most one read and one write at a time. An
// operation that misses its deadline closes the connection. A cancelled coroutine gets operation_aborted as an
// exception, as everywhere.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  using Socket = asio::generic::stream_protocol::socket;

  // Resolves, connects (to the proxy, if there is one) and shakes hands until `deadline`. Errors: "connect_failed",
  // "tls_failed", "timeout".
  static Task<Result<std::shared_ptr<ClientConnection>>> connect(asio::any_io_executor executor,
                                                                 const ServerAddress& address, const Proxy* proxy,
                                                                 std::shared_ptr<asio::ssl::context> tls,
                                                                 TimePoint deadline);

  explicit ClientConnection(const asio::any_io_executor& executor);

  // For reads and writes that begin or are pending; TimePoint::max(): for ever.
  void read_until(TimePoint deadline) { arm(read_timer_, deadline); }
  void write_until(TimePoint deadline) { arm(write_timer_, deadline); }

  Task<error_code> write(std::string_view head, std::string_view body);
  Task<error_code> read_more();  // at least one byte into buffered(); asio::error::eof at the end
  Task<error_code> half_close();
  std::string_view buffered() const { return std::string_view(buffer_).substr(begin_, end_ - begin_); }
  void consume(std::size_t bytes) { begin_ += bytes; }

  bool received_anything() const { return received_; }
  void begin_exchange() { received_ = false; }
  SocketEnds ends() { return ends_of(socket_.native_handle(), Side::client); }
  bool is_alive();  // idle, and the peer has not closed

  // What a failed operation means: "timeout" when the deadline had passed, else `code`.
  std::unexpected<Error> failure(std::string_view code, const error_code& why) const;

 private:
  Task<error_code> connect_to(asio::generic::stream_protocol::endpoint endpoint);
  Task<Result<void>> open_tunnel(const ServerAddress& address, const Proxy& proxy);
  Task<error_code> shake_hands(const ServerAddress& address, std::shared_ptr<asio::ssl::context> tls);
  void arm(asio::steady_timer& timer, TimePoint deadline);
  void make_room();

  std::shared_ptr<asio::ssl::context> tls_context_;
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  asio::steady_timer read_timer_;
  asio::steady_timer write_timer_;
  bool expired_ = false;
  bool received_ = false;
  std::string peer_;
  std::string buffer_;  // bytes begin_ to end_ are unread
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace open_cicd::http
