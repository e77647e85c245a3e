#include "http/server_connection.h"

#include "base/cancellation.h"
#include "base/log.h"
#include "http/percent.h"
#include "http/status.h"

#include <sys/socket.h>

namespace open_cicd::http {
namespace {

// So much of what a peer sends while its request is handled is taken; beyond it, only a reset is noticed.
constexpr std::size_t ahead_bytes_max = 64 * 1024;

std::string_view what(const std::exception_ptr& failure, std::string& text) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    text = e.what();
  } catch (...) {
    text = "an exception that is no std::exception";
  }
  return text;
}

// A proxy may hand on the path as the public URL has it, or remove what stands before ours.
std::string_view without_base(std::string_view path, std::string_view base) {
  if (base.empty() || !path.starts_with(base)) return path;
  const std::string_view rest = path.substr(base.size());
  return rest.empty() ? "/" : rest.front() == '/' ? rest : path;
}

}  // namespace

ServerConnection::ServerConnection(EventLoop& loop, Socket socket, PeerAddress peer, ConnectionLimits::Place place)
    : loop_(loop), socket_(std::move(socket)), peer_(std::move(peer)), place_(std::move(place)) {
  loop_.add(*this);
  loop_.shared->metrics.connections.Increment();
}

ServerConnection::~ServerConnection() {
  loop_.shared->metrics.connections.Decrement();
}

void ServerConnection::start(std::shared_ptr<ServerConnection> connection) {
  // The handler keeps the connection until its coroutine is gone: the cancellation slot is a member.
  auto on_end = [connection](const std::exception_ptr& failure) {
    std::string text;
    if (failure && !is_cancellation(failure)) log_error("a connection failed", {{"error", what(failure, text)}});
  };
  asio::co_spawn(connection->loop_.context, run(connection),
                 asio::bind_cancellation_slot(connection->cancel_.slot(), std::move(on_end)));
}

Task<void> ServerConnection::run(std::shared_ptr<ServerConnection> self) {
  while (co_await self->read_head()) {
    if (!co_await self->exchange()) break;
  }
  if (!self->peer_gone_ && self->socket_.is_open()) co_await self->linger();
}

// Waits for a whole header section. False: the connection is over.
Task<bool> ServerConnection::read_head() {
  HeadScanner scanner;
  bool begun = false;
  for (;;) {
    const HeadScanner::Status status = scanner.scan(input_.view(), loop_.shared->head_limits);
    if (status == HeadScanner::Status::complete) break;
    if (status == HeadScanner::Status::refused) co_return co_await refuse_head(scanner.refusal());
    if (!output_.empty() && !co_await flush()) co_return false;
    if (input_.empty()) {
      if (loop_.stopping()) co_return false;
      phase_ = Phase::idle;
      if (!input_.is_small()) input_.shrink();
      set_deadline(loop_.shared->settings.idle_timeout);
    } else if (!std::exchange(begun, true)) {
      set_deadline(loop_.shared->settings.header_timeout);
    }
    error_code problem;
    const std::size_t got =
        co_await socket_.async_receive(input_.room(), asio::redirect_error(asio::use_awaitable, problem));
    phase_ = Phase::busy;
    if (problem || expired_) {
      if (expired_ && begun) co_return co_await refuse_head({408, "The request's header section took too long."});
      peer_gone_ = !expired_;
      co_return false;
    }
    input_.commit(got);
    if (input_.full()) receive_more_now();
  }
  head_size_ = scanner.size();
  clear_deadline();
  co_return true;
}

// The buffer was filled: a large header section or pipelined requests, of which more may be here already.
void ServerConnection::receive_more_now() {
  const asio::mutable_buffer room = input_.room();
  const ssize_t got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
  if (got > 0) input_.commit(static_cast<std::size_t>(got));
}

// Answers the request whose header section is at the front of the input. False: the connection is over.
Task<bool> ServerConnection::exchange() {
  const auto started = std::chrono::steady_clock::now();
  loop_.write_request_id(request_.id);
  request_.request_id = {request_.id.data(), request_.id.size()};
  request_.head = {};
  const std::string_view section = input_.view().substr(0, head_size_);
  if (auto refusal = parse_request_head(section, loop_.shared->head_limits, request_.head)) {
    co_return co_await refuse_head(*refusal);
  }
  input_.consume(head_size_);
  keep_alive_ = request_.head.keep_alive;
  body_read_ = !request_.head.has_body();

  const Route* route = nullptr;
  Response response;
  std::exception_ptr failure;
  try {
    response = co_await answer(route);
  } catch (...) {
    failure = std::current_exception();
  }
  end_watch();
  if (peer_gone_) co_return false;
  if (failure) response = map_exception(failure);
  if (!body_read_ || loop_.stopping()) keep_alive_ = false;
  loop_.metrics.count(route, response.status, std::chrono::steady_clock::now() - started);
  const bool sent = co_await send(response);
  finish_request();
  co_return sent&& keep_alive_;
}

Task<Response> ServerConnection::answer(const Route*& route) {
  const RequestHead& head = request_.head;
  if (head.expect == RequestHead::Expect::unknown) {
    keep_alive_ = false;
    co_return refuse(417, ErrorKind::invalid, "unknown_expectation",
                     "The only expectation that can be met is 100-continue.");
  }
  const std::string_view path = without_base(head.path, loop_.shared->settings.base_path);
  Router::Match match = loop_.shared->router->find(head.method, path);
  if (match.route == nullptr) co_return unrouted(std::move(match.allow));
  route = match.route;
  request_.method = *head.method;
  request_.path = path;
  request_.captures = std::move(match.captures);
  if (!head.query.empty()) {
    auto query = parse_query(head.query);
    if (!query) co_return refuse(400, ErrorKind::malformed, "malformed_query", "The query string is malformed.");
    request_.query = std::move(*query);
  }
  if (peer_.is_proxy) {
    Forwarded forwarded = forwarded_by(loop_.shared->settings.proxies, peer_.text, request_);
    request_.peer_address = std::move(forwarded.address);
    request_.is_https = forwarded.https;
  } else if (request_.peer_address != peer_.text) {
    request_.peer_address = peer_.text;
  }
  co_return co_await answer_on(*route);
}

Task<Response> ServerConnection::answer_on(const Route& route) {
  Result<std::shared_ptr<const Identity>> identity = co_await route.gate(request_);
  if (!identity) co_return problem(identity.error(), request_.request_id);
  request_.identity = std::move(*identity);
  if (request_.head.has_body()) {
    std::optional<Response> refusal = co_await read_body(route);
    if (refusal) co_return std::move(*refusal);
  }
  co_return co_await route.handler(request_);
}

Response ServerConnection::unrouted(std::string allow) const {
  if (allow.empty()) return refuse(404, ErrorKind::not_found, "not_found", "There is nothing at this path.");
  Response response =
      refuse(405, ErrorKind::method_not_allowed, "method_not_allowed", fmt::format("This path takes {} only.", allow));
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

Response ServerConnection::refuse(int status, ErrorKind kind, std::string_view code, std::string message) const {
  return problem_with_status(status, Error(kind, code, std::move(message)), request_.request_id);
}

// What comes after a header section that cannot be understood cannot be either: the answer closes the connection.
Task<bool> ServerConnection::refuse_head(HeadRefusal refusal) {
  clear_deadline();
  phase_ = Phase::busy;
  loop_.write_request_id(request_.id);
  request_.request_id = {request_.id.data(), request_.id.size()};
  request_.head = {};
  keep_alive_ = false;
  std::string_view code = "malformed_request";
  if (refusal.status == 408)
    code = "request_timeout";
  else if (refusal.status == 414)
    code = "target_too_long";
  else if (refusal.status == 431)
    code = "header_too_large";
  Response response = refuse(refusal.status, ErrorKind::malformed, code, std::string(refusal.message));
  loop_.metrics.count(nullptr, response.status, std::chrono::nanoseconds(0));
  if (!co_await send(response)) peer_gone_ = true;
  co_return false;
}

// An exception that left a handler: the place where it is logged. Throws on when the connection itself is being cut.
Response ServerConnection::map_exception(const std::exception_ptr& failure) const {
  if (cut_) std::rethrow_exception(failure);
  if (loop_.shared->on_exception) return loop_.shared->on_exception(failure, request_.request_id);
  std::string text;
  log_error("a request failed",
            {{"request", request_.request_id}, {"path", request_.path}, {"error", what(failure, text)}});
  return refuse(500, ErrorKind::internal, "internal",
                "Something went wrong here; the server's log knows more by the request's id.");
}

void ServerConnection::finish_request() {
  request_.captures.clear();
  request_.query.clear();
  request_.identity.reset();
  std::string().swap(request_.body);
  body_share_.give_back();
  if (!ahead_.empty()) {
    input_.append(ahead_);
    std::string().swap(ahead_);
  }
}

ServerConnection::Socket::wait_type ServerConnection::sign_of_peer() const {
  return ahead_.size() < ahead_bytes_max ? Socket::wait_read : Socket::wait_error;
}

// Bytes of a next request are taken out of the kernel, because only then the end of the stream shows.
void ServerConnection::take_ahead() {
  const std::size_t room =
      std::min(EventLoop::scratch_bytes, ahead_bytes_max - std::min(ahead_bytes_max, ahead_.size()));
  if (room == 0) peer_gone_ = true;
  const ssize_t got = room == 0 ? 0 : ::recv(socket_.native_handle(), loop_.receive_scratch.get(), room, MSG_DONTWAIT);
  if (got > 0)
    ahead_.append(loop_.receive_scratch.get(), static_cast<std::size_t>(got));
  else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
    peer_gone_ = true;
}

Task<void> ServerConnection::peer_closed() {
  while (!loop_.stopping() && !peer_gone_) {
    phase_ = Phase::watching;
    error_code problem;
    co_await socket_.async_wait(sign_of_peer(), asio::redirect_error(asio::use_awaitable, problem));
    phase_ = Phase::busy;
    if (problem) co_return;
    take_ahead();
  }
}

// Thousands of requests may be parked: a callback needs less memory than a coroutine.
void ServerConnection::watch_peer(std::function<void()> closed) {
  on_peer_closed_ = std::move(closed);
  wait_for_peer();
}

void ServerConnection::wait_for_peer() {
  phase_ = Phase::watching;
  auto heard = [self = shared_from_this(), watch = watch_](error_code problem) {
    if (watch != self->watch_) return;
    if (!problem) self->take_ahead();
    if (!problem && !self->peer_gone_ && !self->loop_.stopping()) return self->wait_for_peer();
    self->phase_ = Phase::busy;
    std::exchange(self->on_peer_closed_, nullptr)();
  };
  if (loop_.stopping())
    asio::post(loop_.context, [heard = std::move(heard)] { heard(asio::error::operation_aborted); });
  else
    socket_.async_wait(sign_of_peer(), std::move(heard));
}

void ServerConnection::end_watch() {
  if (phase_ != Phase::watching) return;
  phase_ = Phase::busy;
  ++watch_;
  on_peer_closed_ = nullptr;
  error_code ignored;
  socket_.cancel(ignored);
}

void ServerConnection::begin_shutdown() {
  error_code ignored;
  if (phase_ == Phase::idle)
    socket_.close(ignored);
  else if (phase_ == Phase::watching)
    socket_.cancel(ignored);
}

void ServerConnection::cut() {
  cut_ = true;
  cancel_.emit(asio::cancellation_type::terminal);
  error_code ignored;
  socket_.close(ignored);
}

void ServerConnection::on_deadline() {
  expired_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void ServerConnection::set_deadline(std::chrono::milliseconds from_now) {
  expired_ = false;
  loop_.deadlines.set(*this, from_now);
}

void ServerConnection::clear_deadline() {
  expired_ = false;
  loop_.deadlines.clear(*this);
}

}  // namespace open_cicd::http
