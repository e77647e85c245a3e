// One connection of the server, from accept to close.
#pragma once

#include "http/event_loop.h"
#include "http/input_buffer.h"
#include "http/request_body.h"
#include "http/socket_ends.h"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace open_cicd::http {

// Reads requests and writes their answers in order, in one coroutine on its core. Owned by that coroutine.
class ServerConnection final : public std::enable_shared_from_this<ServerConnection>,
                               public LoopConnection,
                               private Timed {
 public:
  // Its executor type is that of the coroutines, so that completions are called directly.
  using Socket = asio::ip::tcp::socket;

  ServerConnection(EventLoop& loop, Socket socket, PeerAddress peer, ConnectionLimits::Place place);
  ~ServerConnection() override;
  static void start(std::shared_ptr<ServerConnection> connection);

  void begin_shutdown() override;
  void cut() override;

  // For the request that is being handled and the stream that answers it.
  void watch_peer(std::function<void()> closed);
  Task<void> peer_closed();
  bool shutting_down() const { return loop_.stopping(); }
  using Pieces = std::array<std::string_view, 3>;
  Task<bool> write_all(Pieces pieces);  // false: the peer is gone or took nothing for write_timeout

 private:
  // The request at hand; one object a connection, filled anew each time.
  class RequestView final : public Request {
   public:
    explicit RequestView(ServerConnection& connection) : connection_(connection) {}
    std::optional<std::string_view> header(std::string_view name) const override { return head.field(name); }
    std::vector<std::string_view> headers(std::string_view name) const override { return head.all_fields(name); }
    void on_peer_closed(std::function<void()> then) override { connection_.watch_peer(std::move(then)); }
    bool shutting_down() const override { return connection_.shutting_down(); }
    SocketEnds ends() const override { return ends_of(connection_.socket_.native_handle(), Side::server); }

    RequestHead head;
    std::array<char, 20> id{};

   private:
    ServerConnection& connection_;
  };
  enum class Phase : unsigned char {
    idle,
    busy,
    watching
  };  // idle: nothing of a request has come; watching: for the peer's end
  enum class Sent : unsigned char { all, some, failed };

  // server_connection.cc: the course of a connection
  static Task<void> run(std::shared_ptr<ServerConnection> self);
  Task<bool> read_head();
  void receive_more_now();
  Task<bool> exchange();
  Task<Response> answer(const Route*& route);
  Task<Response> answer_on(const Route& route);
  Response unrouted(std::string allow) const;
  Response refuse(int status, ErrorKind kind, std::string_view code, std::string message) const;
  Task<bool> refuse_head(HeadRefusal refusal);
  Response map_exception(const std::exception_ptr& failure) const;
  void finish_request();
  Socket::wait_type sign_of_peer() const;
  void take_ahead();
  void wait_for_peer();
  void end_watch();

  // server_connection_body.cc: reading a body
  std::optional<Response> check_body_limits(const Route& route) const;
  Task<std::optional<Response>> read_body(const Route& route);
  Task<RequestBody::Status> receive_body(RequestBody& body);
  std::optional<Response> outcome_of(RequestBody::Status status, const Route& route);

  // server_connection_send.cc: writing answers
  Task<bool> send(Response& response);
  Task<bool> send_stream(Response& response);
  Task<bool> run_stream(Response& response, bool chunked);
  void append_head(std::string& out, const Response& response, bool chunked) const;
  bool has_more_input() const { return !input_.empty() || !ahead_.empty(); }
  Sent try_send(Pieces& pieces);
  Task<bool> flush();
  void flush_soon();
  void flush_while_handling();
  Task<void> linger();
  void reset_connection();

  void on_deadline() override;
  void set_deadline(std::chrono::milliseconds from_now);
  void clear_deadline();

  EventLoop& loop_;
  Socket socket_;
  const PeerAddress peer_;
  const ConnectionLimits::Place place_;
  asio::cancellation_signal cancel_;
  InputBuffer input_;
  std::string ahead_;   // received after what input_ holds: the views of the request at hand stay valid
  std::string output_;  // answers to pipelined requests that were not sent yet
  RequestView request_{*this};
  BodyBudget::Share body_share_{loop_.shared->bodies};
  std::size_t head_size_ = 0;
  Phase phase_ = Phase::idle;
  bool keep_alive_ = true;
  bool body_read_ = true;  // of the request at hand; otherwise its answer closes the connection
  std::function<void()> on_peer_closed_;
  std::uint32_t watch_ = 0;  // numbers the watches: one that has ended may still be told
  bool expired_ = false;
  bool peer_gone_ = false;
  bool cut_ = false;
  bool sending_ = false;
  bool flush_posted_ = false;
};

}  // namespace open_cicd::http
