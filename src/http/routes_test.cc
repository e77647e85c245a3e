// The routes of the test server; a test file so that it is linked into the tests only.
#include "http/test_support.h"

namespace open_cicd::http::testing {
namespace {

Response echo_of(const Request& request) {
  return {.status = 200, .content_type = "application/octet-stream", .body = request.body};
}

// Answers only when the peer is gone or the server stops.
Task<Response> park(Observed& observed, Request& request) {
  ++observed.parked;
  asio::steady_timer timer(co_await asio::this_coro::executor, 20s);
  request.on_peer_closed([&timer] { timer.cancel(); });
  error_code ended;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  if (request.shutting_down())
    ++observed.told_to_stop;
  else
    ++observed.peers_gone;
  co_return Response::empty(204);
}

Task<void> write_pieces(BodyWriter& writer, int pieces, std::size_t size) {
  const auto piece = std::make_shared<const std::string>(size, 'x');
  for (int i = 0; i < pieces; ++i) {
    if (!co_await writer.write_shared(piece)) break;
  }
}

Task<void> count_end(Observed& observed, BodyWriter& writer, int pieces, std::size_t size) {
  co_await write_pieces(writer, pieces, size);
  ++observed.streams_ended;
}

Task<void> stream_until_stopped(Observed& observed, BodyWriter& writer) {
  co_await writer.write("data: first\n\n");
  ++observed.parked;
  co_await writer.peer_closed();
  if (writer.shutting_down()) co_await writer.write("data: bye\n\n");
  ++observed.streams_ended;
}

Task<void> throw_midway(BodyWriter& writer) {
  co_await writer.write("half");
  throw std::runtime_error("broken");
}

std::size_t number(const Request& request, std::string_view name, std::size_t otherwise) {
  const auto value = request.query_value(name);
  return value ? std::stoul(std::string(*value)) : otherwise;
}

Response streamed(const Request& request, Observed& observed) {
  const auto pieces = static_cast<int>(number(request, "pieces", 3));
  const std::size_t size = number(request, "size", 5);
  Response response{.status = 200, .content_type = "text/plain"};
  if (request.query_value("length")) response.content_length = number(request, "length", 0);
  response.stream = [&observed, pieces, size](BodyWriter& writer) { return count_end(observed, writer, pieces, size); };
  return response;
}

Task<Response> echo(Observed& observed, Request& request) {
  ++observed.handled;
  co_return echo_of(request);
}

Task<Response> describe(Request& request) {
  std::string text = std::string(name_of(request.method)) + " " + std::string(request.path);
  for (const std::string& capture : request.captures) text += " [" + capture + "]";
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  text += " from " + request.peer_address;
  co_return Response{.status = 200, .content_type = "text/plain", .body = std::move(text)};
}

Task<Response> big(Request&) {
  co_return Response{.status = 200, .content_type = "text/plain", .body = std::string(8 << 20, 'b')};
}

Task<Response> bad_header(Request&) {
  Response response = Response::json(200, "{}");
  response.headers.emplace_back("X-Evil", "a\r\nSet-Cookie: b=c");
  co_return response;
}

Task<Response> own_cache_policy(Request&) {
  Response response = Response::json(200, "{}");
  response.headers.emplace_back("Cache-Control", "max-age=60");
  co_return response;
}

}  // namespace

std::vector<Route> test_routes(Observed& observed) {
  return {
      {Method::get, "/ping", anybody, 0, pong},
      {Method::get, "/items/{id}", anybody, 0, describe},
      {Method::put, "/items/{id}", anybody, 0, describe},
      {Method::post, "/echo", anybody, 65536, [&](Request& r) { return echo(observed, r); }},
      {Method::post, "/tiny", anybody, 10, [&](Request& r) { return echo(observed, r); }},
      {Method::post, "/large", anybody, 16 << 20, [&](Request& r) { return echo(observed, r); }},
      {Method::post, "/closed", nobody, 65536, [&](Request& r) { return echo(observed, r); }},
      {Method::get, "/park", anybody, 0, [&](Request& r) { return park(observed, r); }},
      {Method::get, "/big", anybody, 0, big},
      {Method::get, "/throw", anybody, 0, fail_badly},
      {Method::get, "/bad-header", anybody, 0, bad_header},
      {Method::get, "/cached", anybody, 0, own_cache_policy},
      {Method::get, "/stream", anybody, 0, [&](Request& r) -> Task<Response> { co_return streamed(r, observed); }},
      {Method::get, "/events", anybody, 0,
       [&](Request&) -> Task<Response> {
         Response response{.status = 200, .content_type = "text/event-stream"};
         response.stream = [&](BodyWriter& writer) { return stream_until_stopped(observed, writer); };
         co_return response;
       }},
      {Method::get, "/broken-stream", anybody, 0,
       [](Request&) -> Task<Response> {
         Response response{.status = 200, .content_type = "text/plain"};
         response.stream = throw_midway;
         co_return response;
       }},
  };
}

}  // namespace open_cicd::http::testing
