#include "http/response_encoder.h"

#include "http/fields.h"
#include "http/status.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace open_cicd::http {
namespace {

struct DefaultHeader {
  std::string_view name;
  std::string_view line;
};
// On every response; a response's own header of the same name replaces one.
constexpr std::array<DefaultHeader, 4> security_headers{{
    {"Content-Security-Policy", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"},
    {"Cache-Control", "Cache-Control: no-store\r\n"},
    {"X-Content-Type-Options", "X-Content-Type-Options: nosniff\r\n"},
    {"Referrer-Policy", "Referrer-Policy: no-referrer\r\n"},
}};
constexpr std::string_view all_security_headers =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

bool has_header(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.headers,
                             [name](const auto& header) { return equals_ignoring_case(header.first, name); });
}

void append_security_headers(std::string& out, const Response& response) {
  if (response.headers.empty()) {
    out += all_security_headers;
    return;
  }
  for (const DefaultHeader& header : security_headers) {
    if (!has_header(response, header.name)) out += header.line;
  }
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(status));
  out.append(" ").append(phrase_of(status)).append("\r\n");
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

std::string format_http_date(std::int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

bool headers_are_sound(const Response& response) {
  return std::ranges::all_of(
             response.headers,
             [](const auto& header) { return is_token(header.first) && is_field_value(header.second); }) &&
         is_field_value(response.content_type);
}

void append_response_head(std::string& out, const Response& response, const ResponseFraming& framing) {
  append_status_line(out, response.status);
  out.append("Date: ").append(framing.date);
  out.append("\r\nX-Request-Id: ").append(framing.request_id).append("\r\n");
  append_security_headers(out, response);
  for (const auto& [name, value] : response.headers) out.append(name).append(": ").append(value).append("\r\n");
  if (may_have_body(response.status)) {
    if (!response.content_type.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
    if (framing.chunked) {
      out += "Transfer-Encoding: chunked\r\n";
    } else if (!response.stream || response.content_length) {
      out += "Content-Length: ";
      append_number(out, response.stream ? *response.content_length : response.body.size());
      out += "\r\n";
    }
  }
  if (!framing.keep_alive)
    out += "Connection: close\r\n";
  else if (!framing.http_1_1)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

}  // namespace open_cicd::http
