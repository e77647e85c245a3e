#include "http/client_exchange.h"

#include "http/fields.h"

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::http {
namespace {

bool is_request_target(std::string_view target) {
  return target.starts_with('/') && std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7f; });
}

// What a TLS server says to a plain request before it closes: a record of type alert, version 3.x.
bool is_tls_alert(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x15 && bytes[1] == 0x03;
}

bool may_have_body(Method method) {
  return method == Method::post || method == Method::put || method == Method::patch;
}

}  // namespace

Result<std::string> encode_request_head(const ClientRequest& request, const ServerAddress& address, bool upgrade) {
  if (!is_request_target(request.target)) {
    return fail(ErrorKind::invalid, "bad_request", "A request's target begins with / and is percent-encoded.");
  }
  const std::size_t body_size = request.body_view.empty() ? request.body.size() : request.body_view.size();
  std::string head = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\n", name_of(request.method), address.prefix,
                                 request.target, address.host_header);
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value)) {
      return fail(ErrorKind::invalid, "bad_request", fmt::format("The request's header {:.64} is malformed.", name));
    }
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (upgrade) head += "Connection: Upgrade\r\nUpgrade: tcp\r\n";
  if (body_size > 0 && !request.content_type.empty())
    head.append("Content-Type: ").append(request.content_type).append("\r\n");
  if (body_size > 0 || may_have_body(request.method)) head += fmt::format("Content-Length: {}\r\n", body_size);
  head += "\r\n";
  return head;
}

Task<Result<ResponseHead>> read_response_head(ClientConnection& connection, std::size_t header_max) {
  for (std::size_t scanned = 0;;) {
    const std::string_view bytes = connection.buffered();
    const std::size_t end = bytes.find("\r\n\r\n", scanned);
    if (std::min(end, bytes.size()) > header_max) {
      co_return fail(ErrorKind::unavailable, "bad_response", "The header section of the server's answer is too long.");
    }
    if (end != bytes.npos) {
      Result<ResponseHead> head = parse_response_head(bytes.substr(0, end + 4));
      connection.consume(end + 4);
      scanned = 0;
      if (!head || head->response.status >= 200 || head->response.status == 101) co_return head;
      continue;
    }
    scanned = bytes.size() < 3 ? 0 : bytes.size() - 3;
    if (const error_code lost = co_await connection.read_more()) {
      if (is_tls_alert(connection.buffered()))
        co_return fail(ErrorKind::unavailable, "speaks_tls", "The server speaks TLS: use https.");
      co_return connection.failure("connection_lost", lost);
    }
  }
}

ResponseBody::ResponseBody(const ResponseHead& head, Method method) {
  const int status = head.response.status;
  if (method == Method::head || status < 200 || status == 204 || status == 304) return;
  if (head.chunked) {
    kind_ = Kind::chunked;
  } else if (!head.content_length) {
    kind_ = Kind::until_close;
  } else if (*head.content_length > 0) {
    kind_ = Kind::length;
    remaining_ = *head.content_length;
  }
}

ResponseBody ResponseBody::raw() {
  ResponseBody body;
  body.kind_ = Kind::until_close;
  return body;
}

Result<void> ResponseBody::take(ClientConnection& connection, std::string& out, std::size_t max) {
  std::string_view bytes = connection.buffered();
  const std::size_t offered = bytes.size();
  if (kind_ == Kind::chunked) {
    const ChunkDecoder::Status status = chunks_.feed(bytes, out, max);
    connection.consume(offered - bytes.size());
    if (status == ChunkDecoder::Status::bad) {
      return fail(ErrorKind::unavailable, "bad_response", "The body of the server's answer is framed wrongly.");
    }
    if (status == ChunkDecoder::Status::end) kind_ = Kind::none;
    return {};
  }
  std::size_t take = std::min(offered, max - std::min(max, out.size()));
  if (kind_ == Kind::length) take = static_cast<std::size_t>(std::min<std::uint64_t>(take, remaining_));
  out.append(bytes.substr(0, take));
  connection.consume(take);
  if (kind_ == Kind::length && (remaining_ -= take) == 0) kind_ = Kind::none;
  return {};
}

Task<Result<void>> ResponseBody::read_some(ClientConnection& connection, std::string& out, std::size_t max) {
  const std::size_t before = out.size();
  while (!ended()) {
    if (Result<void> taken = take(connection, out, max); !taken) co_return taken;
    if (out.size() > before || ended()) break;
    const error_code lost = co_await connection.read_more();
    if (lost == asio::error::eof && kind_ == Kind::until_close) {
      kind_ = Kind::none;
    } else if (lost) {
      co_return connection.failure("connection_lost", lost);
    }
  }
  co_return Result<void>();
}

}  // namespace open_cicd::http
