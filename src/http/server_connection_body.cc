#include "http/server_connection.h"

#include <cerrno>
#include <sys/socket.h>

namespace open_cicd::http {
namespace {

constexpr std::size_t reserved_bytes_max = 256 * 1024;  // on the word of a Content-Length alone
constexpr int pieces_in_a_row = 4;                      // then others on the core have their turn

}  // namespace

// Refuses, before anything of the body is read, what the header section already shows to be unacceptable.
std::optional<Response> ServerConnection::check_body_limits(const Route& route) const {
  const RequestHead& head = request_.head;
  const bool encoded = needs_decoder(head.content_encoding);
  if (encoded && !knows_encoding(head.content_encoding)) {
    Response response =
        refuse(415, ErrorKind::unsupported_media, "unsupported_encoding", "The body's encoding must be gzip or zstd.");
    response.headers.emplace_back("Accept-Encoding", "gzip, zstd");
    return response;
  }
  const std::size_t max = route.body_max == 0 || !encoded ? route.body_max : encoded_max(route.body_max);
  if (head.content_length <= max) return std::nullopt;
  return refuse(413, ErrorKind::too_large, "too_large",
                fmt::format("The body may have {} bytes at most.", route.body_max));
}

// Nothing when the body is in request_. An answer otherwise; or peer_gone_ is set and the answer is for nobody.
Task<std::optional<Response>> ServerConnection::read_body(const Route& route) {
  if (std::optional<Response> refusal = check_body_limits(route)) co_return refusal;
  const RequestHead& head = request_.head;
  if (head.expect == RequestHead::Expect::continue_ && !has_more_input()) {
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await flush()) {
      peer_gone_ = true;
      co_return Response();
    }
  }
  if (!needs_decoder(head.content_encoding)) {
    request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(head.content_length, reserved_bytes_max)));
  }
  RequestBody body(head, route.body_max, body_share_,
                   request_.identity ? request_.identity->name() : std::string_view());
  std::string_view bytes = input_.view();
  const std::size_t offered = bytes.size();
  RequestBody::Status status = body.feed(bytes, request_.body);
  input_.consume(offered - bytes.size());
  if (status == RequestBody::Status::more) status = co_await receive_body(body);
  co_return outcome_of(status, route);
}

// Reads from the socket until the body ends. `more`: it will not, because the peer is gone or was too slow (expired_).
Task<RequestBody::Status> ServerConnection::receive_body(RequestBody& body) {
  const ServerSettings& settings = loop_.shared->settings;
  const auto begun = std::chrono::steady_clock::now();
  for (int pieces = 0;;) {
    const ssize_t got =
        ::recv(socket_.native_handle(), loop_.receive_scratch.get(), EventLoop::scratch_bytes, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) {
      peer_gone_ = true;
      co_return RequestBody::Status::more;
    }
    if (got > 0) {
      std::string_view bytes(loop_.receive_scratch.get(), static_cast<std::size_t>(got));
      const RequestBody::Status status = body.feed(bytes, request_.body);
      if (status == RequestBody::Status::end) ahead_.append(bytes);
      if (status != RequestBody::Status::more) co_return status;
      if (++pieces < pieces_in_a_row) continue;
      pieces = 0;
    }
    const auto earned = std::chrono::milliseconds(body.received() * 1000 / settings.body_min_bytes_per_s);
    const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    set_deadline(std::max(settings.body_grace + earned - used, std::chrono::milliseconds(0)));
    error_code problem;
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, problem));
    if (expired_) co_return RequestBody::Status::more;
  }
}

std::optional<Response> ServerConnection::outcome_of(RequestBody::Status status, const Route& route) {
  const bool expired = expired_;
  clear_deadline();
  switch (status) {
    case RequestBody::Status::end:
      body_read_ = true;
      return std::nullopt;
    case RequestBody::Status::too_large:
      return refuse(413, ErrorKind::too_large, "too_large",
                    fmt::format("The body may have {} bytes at most.", route.body_max));
    case RequestBody::Status::no_room:
      std::string().swap(request_.body);
      body_share_.give_back();
      return problem(
          Error(ErrorKind::unavailable, "bodies_full", "Too many large bodies are on their way here. Try again.")
              .with_retry_after(std::chrono::seconds(1)),
          request_.request_id);
    case RequestBody::Status::bad_framing:
      return refuse(400, ErrorKind::malformed, "malformed_request", "The body's chunks are malformed.");
    case RequestBody::Status::bad_encoding:
      return refuse(400, ErrorKind::malformed, "malformed_encoding", "The body is not what its Content-Encoding says.");
    case RequestBody::Status::more:
      break;
  }
  if (!expired) return Response();  // nobody is there to read it
  return refuse(408, ErrorKind::unavailable, "request_timeout", "The body came too slowly.");
}

}  // namespace open_cicd::http
