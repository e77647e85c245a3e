#include "base/log.h"
#include "http/response_encoder.h"
#include "http/server_connection.h"
#include "http/stream_writer.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace open_cicd::http {
namespace {

constexpr std::size_t copied_body_max = 16 * 1024;      // a larger body is sent from where it is
constexpr std::size_t coalesced_bytes_max = 64 * 1024;  // of answers to pipelined requests
constexpr std::size_t linger_bytes_max = 1 << 20;
constexpr std::chrono::milliseconds linger_timeout{2000};
constexpr std::chrono::milliseconds linger_timeout_at_shutdown{250};

}  // namespace

void ServerConnection::append_head(std::string& out, const Response& response, bool chunked) const {
  append_response_head(out, response,
                       {.http_1_1 = request_.head.http_1_1,
                        .keep_alive = keep_alive_,
                        .chunked = chunked,
                        .date = loop_.date(),
                        .request_id = request_.request_id});
}

// False: the connection cannot be used any more.
Task<bool> ServerConnection::send(Response& response) {
  if (!headers_are_sound(response)) {
    log_error("a response had a malformed header", {{"request", request_.request_id}, {"path", request_.path}});
    response = refuse(500, ErrorKind::internal, "internal", "Something went wrong here.");
  }
  if (response.stream) co_return co_await send_stream(response);

  const bool has_body = request_.head.method != Method::head && may_have_body(response.status);
  std::string_view body = has_body ? std::string_view(response.body) : std::string_view();
  const bool later = keep_alive_ && has_more_input() && output_.size() + body.size() < coalesced_bytes_max;
  const bool queued = later || !output_.empty();
  std::string& out = queued ? output_ : loop_.send_scratch;
  if (!queued) out.clear();
  append_head(out, response, false);
  if (body.size() <= copied_body_max || later) {
    out += body;
    body = {};
  }
  if (later) {
    flush_soon();
    co_return true;
  }
  Pieces pieces{out, body, {}};
  const Sent sent = try_send(pieces);
  if (sent == Sent::some) {
    // The connections share the scratch buffer, so what is left of it is copied while this one waits.
    if (!queued)
      output_.assign(pieces[0]);
    else
      output_.erase(0, output_.size() - pieces[0].size());
    pieces[0] = output_;
    if (!co_await write_all(pieces)) co_return false;
  }
  output_.clear();
  co_return sent != Sent::failed;
}

Task<bool> ServerConnection::send_stream(Response& response) {
  const bool has_body = request_.head.method != Method::head && may_have_body(response.status);
  const bool chunked = !response.content_length && request_.head.http_1_1;
  if (!response.content_length && !request_.head.http_1_1)
    keep_alive_ = false;  // the end of the connection is the body's
  append_head(output_, response, chunked);
  if (!co_await flush()) co_return false;
  if (!has_body) co_return true;
  co_return co_await run_stream(response, chunked);
}

Task<bool> ServerConnection::run_stream(Response& response, bool chunked) {
  StreamWriter writer(*this, chunked, response.content_length);
  std::exception_ptr failure;
  try {
    co_await response.stream(writer);
  } catch (...) {
    failure = std::current_exception();
  }
  if (cut_ && failure) std::rethrow_exception(failure);
  if (writer.failed()) co_return false;
  if (failure || !writer.is_complete()) {
    // Nobody may take half a body for a whole one.
    if (failure)
      map_exception(failure);
    else
      log_error("a streamed response was not as long as its Content-Length", {{"request", request_.request_id}});
    reset_connection();
    co_return false;
  }
  co_return co_await writer.finish();
}

ServerConnection::Sent ServerConnection::try_send(Pieces& pieces) {
  for (;;) {
    std::array<iovec, std::tuple_size_v<Pieces>> parts;
    std::size_t count = 0;
    for (const std::string_view piece : pieces) {
      if (!piece.empty()) parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    if (count == 0) return Sent::all;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t taken = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::some : Sent::failed;
    }
    auto left = static_cast<std::size_t>(taken);
    for (std::string_view& piece : pieces) {
      const std::size_t from_piece = std::min(left, piece.size());
      piece.remove_prefix(from_piece);
      left -= from_piece;
    }
  }
}

Task<bool> ServerConnection::write_all(Pieces pieces) {
  sending_ = true;
  Sent sent = try_send(pieces);
  while (sent == Sent::some) {
    set_deadline(loop_.shared->settings.write_timeout);
    error_code problem;
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(asio::use_awaitable, problem));
    if (expired_) {
      reset_connection();  // a plain close would leave the kernel with what the peer does not take
      break;
    }
    // Otherwise woken by the peer, or by shutdown, which changes nothing here.
    sent = try_send(pieces);
  }
  clear_deadline();
  sending_ = false;
  if (sent != Sent::all) peer_gone_ = true;
  co_return sent == Sent::all;
}

Task<bool> ServerConnection::flush() {
  const bool sent = co_await write_all({output_, {}, {}});
  output_.clear();
  co_return sent;
}

// Answers wait for those to the pipelined requests behind them, but not for a handler that is parked: what is posted
// here runs when the coroutine next suspends.
void ServerConnection::flush_soon() {
  if (std::exchange(flush_posted_, true)) return;
  asio::post(loop_.context, [self = shared_from_this()] { self->flush_while_handling(); });
}

void ServerConnection::flush_while_handling() {
  flush_posted_ = false;
  if (sending_ || output_.empty()) return;
  Pieces pieces{output_, {}, {}};
  if (try_send(pieces) != Sent::failed) output_.erase(0, output_.size() - pieces[0].size());
}

// Says that no more will come, then takes what the peer still sends: closing with unread bytes would destroy the answer
// on its way.
Task<void> ServerConnection::linger() {
  error_code problem;
  socket_.shutdown(Socket::shutdown_send, problem);
  if (problem) co_return;
  set_deadline(loop_.stopping() ? linger_timeout_at_shutdown : linger_timeout);
  for (std::size_t taken = 0; taken < linger_bytes_max && !expired_;) {
    const ssize_t got =
        ::recv(socket_.native_handle(), loop_.receive_scratch.get(), EventLoop::scratch_bytes, MSG_DONTWAIT);
    if (got > 0) {
      taken += static_cast<std::size_t>(got);
      continue;
    }
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) co_return;
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, problem));
    if (problem) co_return;
  }
}

void ServerConnection::reset_connection() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace open_cicd::http
