#include "http/response_head.h"

#include "http/fields.h"

#include <algorithm>
#include <charconv>

namespace open_cicd::http {
namespace {

std::unexpected<Error> bad_response(std::string message) {
  return fail(ErrorKind::unavailable, "bad_response", std::move(message));
}

bool parse_number(std::string_view text, std::uint64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && problem == std::errc() && end == text.data() + text.size();
}

// "HTTP/1.1 200 OK"
bool parse_status_line(std::string_view line, ResponseHead& head) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  std::uint64_t status = 0;
  if (!parse_number(line.substr(9, 3), status) || status < 100) return false;
  head.response.status = static_cast<int>(status);
  head.keep_alive = line[7] != '0';
  return true;
}

bool apply(const Field& field, ResponseHead& head) {
  if (equals_ignoring_case(field.name, "content-length")) {
    std::uint64_t length = 0;
    if (!parse_number(field.value, length)) return false;
    if (head.content_length && *head.content_length != length) return false;
    head.content_length = length;
  } else if (equals_ignoring_case(field.name, "transfer-encoding")) {
    if (head.chunked || !equals_ignoring_case(field.value, "chunked")) return false;
    head.chunked = true;
  } else if (equals_ignoring_case(field.name, "connection")) {
    if (has_list_member(field.value, "close"))
      head.keep_alive = false;
    else if (has_list_member(field.value, "keep-alive"))
      head.keep_alive = true;
  }
  head.response.headers.emplace_back(field.name, field.value);
  return true;
}

}  // namespace

Result<ResponseHead> parse_response_head(std::string_view section) {
  ResponseHead head;
  bool first = true;
  while (!section.empty()) {
    const std::size_t end = section.find("\r\n");
    if (end == section.npos) return bad_response("The server's answer has a line that does not end in CRLF.");
    const std::string_view line = section.substr(0, end);
    section.remove_prefix(end + 2);
    if (first) {
      if (!parse_status_line(line, head)) return bad_response("The server's answer is not HTTP/1.1.");
      first = false;
    } else if (!line.empty()) {
      const std::optional<Field> field = parse_field(line);
      if (!field || !apply(*field, head)) return bad_response("The server's answer has a malformed header.");
    }
  }
  if (first) return bad_response("The server's answer is empty.");
  if (head.chunked && head.content_length) return bad_response("The server's answer frames its body in two ways.");
  return head;
}

std::optional<std::string_view> ClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return std::nullopt;
}

}  // namespace open_cicd::http
