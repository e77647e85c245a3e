#include "http/request_head.h"

#include "http/fields.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace open_cicd::http {
namespace {

constexpr HeadRefusal bad(std::string_view message) {
  return {400, message};
}
constexpr HeadRefusal target_too_long{414, "The request's target is too long."};
constexpr HeadRefusal section_too_long{431, "The request's header section is too large."};
constexpr std::size_t method_bytes_max = 32;
constexpr std::size_t request_line_overhead = method_bytes_max + 16;  // beside the target: method, spaces, version

std::optional<Method> method_of(std::string_view token) {
  for (const Method method : {Method::get, Method::post, Method::put, Method::head, Method::patch, Method::delete_}) {
    if (token == name_of(method)) return method;
  }
  return std::nullopt;
}

// Printable ASCII without the fragment's mark; which paths exist is the router's affair.
bool is_target(std::string_view target) {
  return target.starts_with('/') && std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

// host [":" port] or "[" ipv6 "]" [":" port]
bool is_host(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '[' || c == ']' || c == '%' || c == '~';
  });
}

std::optional<HeadRefusal> parse_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end == line.npos || method_end == target_end) return bad("The request line is malformed.");
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  const std::string_view version = line.substr(target_end + 1);
  if (!is_token(method) || method.size() > method_bytes_max) return bad("The request's method is malformed.");
  if (version == "HTTP/1.1")
    head.http_1_1 = true;
  else if (version == "HTTP/1.0")
    head.http_1_1 = false;
  else
    return bad("Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  if (target.size() > limits.target_bytes_max) return target_too_long;
  if (!is_target(target)) return bad("The request's target must be a path that begins with / and is percent-encoded.");
  head.method = method_of(method);
  head.keep_alive = head.http_1_1;
  const std::size_t question = std::min(target.find('?'), target.size());
  head.path = target.substr(0, question);
  head.query = target.substr(std::min(question + 1, target.size()));
  return std::nullopt;
}

// A framing field's value: at most one space before it and nothing after it, because parsers differ in what else they
// skip.
std::string_view framing_value(const Field& field) {
  std::string_view value = field.raw_value;
  if (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

bool parse_content_length(std::string_view text, std::uint64_t& length) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), length);
  return problem == std::errc() && end == text.data() + text.size();
}

// Which fields have been seen: framing and routing must not be said twice.
struct Seen {
  bool host = false, content_length = false, transfer_encoding = false, content_encoding = false;
};

std::optional<HeadRefusal> apply(const Field& field, RequestHead& head, Seen& seen) {
  const auto is = [&field](std::string_view name) { return equals_ignoring_case(field.name, name); };
  switch (field.name.size()) {
    case 4:
      if (!is("host")) break;
      if (std::exchange(seen.host, true) || !is_host(field.value))
        return bad("There must be exactly one valid Host header.");
      break;
    case 6:
      if (!is("expect") || !head.http_1_1) break;
      head.expect = equals_ignoring_case(field.value, "100-continue") ? RequestHead::Expect::continue_
                                                                      : RequestHead::Expect::unknown;
      break;
    case 10:
      if (!is("connection")) break;
      if (has_list_member(field.value, "close"))
        head.keep_alive = false;
      else if (!head.http_1_1 && has_list_member(field.value, "keep-alive"))
        head.keep_alive = true;
      break;
    case 14:
      if (!is("content-length")) break;
      if (std::exchange(seen.content_length, true)) return bad("Content-Length is given more than once.");
      if (!parse_content_length(framing_value(field), head.content_length)) return bad("Content-Length is malformed.");
      break;
    case 16:
      if (!is("content-encoding")) break;
      if (std::exchange(seen.content_encoding, true)) return bad("Content-Encoding is given more than once.");
      head.content_encoding = field.value;
      break;
    case 17:
      if (!is("transfer-encoding")) break;
      if (std::exchange(seen.transfer_encoding, true)) return bad("Transfer-Encoding is given more than once.");
      if (!head.http_1_1 || !equals_ignoring_case(framing_value(field), "chunked")) {
        return bad("The only transfer coding is chunked, in HTTP/1.1.");
      }
      head.chunked = true;
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace

HeadScanner::Status HeadScanner::refuse(int status, std::string_view message) {
  refusal_ = {status, message};
  return Status::refused;
}

HeadScanner::Status HeadScanner::scan(std::string_view bytes, const HeadLimits& limits) {
  while (position_ < bytes.size()) {
    const char* begin = bytes.data() + position_;
    const auto* feed = static_cast<const char*>(std::memchr(begin, '\n', bytes.size() - position_));
    if (feed == nullptr) {
      position_ = bytes.size();
      break;
    }
    const auto at = static_cast<std::size_t>(feed - bytes.data());
    if (at == 0 || bytes[at - 1] != '\r') return refuse(400, "A line of the header section does not end in CRLF.");
    const bool empty = at - line_ == 1;
    if (empty && lines_ == 0) return refuse(400, "The request line is empty.");
    position_ = line_ = at + 1;
    if (position_ > limits.header_bytes_max) return refuse(section_too_long.status, section_too_long.message);
    if (empty) return Status::complete;
    // The request line is one of the lines.
    if (++lines_ > limits.header_fields_max + 1) return refuse(431, "The request has too many header fields.");
  }
  if (lines_ == 0 && bytes.size() > limits.target_bytes_max + request_line_overhead) {
    return refuse(target_too_long.status, target_too_long.message);
  }
  if (bytes.size() > limits.header_bytes_max) return refuse(section_too_long.status, section_too_long.message);
  return Status::incomplete;
}

std::optional<HeadRefusal> parse_request_head(std::string_view section, const HeadLimits& limits, RequestHead& head) {
  std::size_t end = section.find("\r\n");
  if (auto refused = parse_request_line(section.substr(0, end), limits, head)) return refused;
  std::string_view rest = section.substr(end + 2);
  head.fields = rest;
  Seen seen;
  while (rest.size() > 2) {
    end = rest.find('\n');  // the scanner has seen that each is preceded by CR
    const std::optional<Field> field = parse_field(rest.substr(0, end - 1));
    if (!field) return bad("A header field is malformed.");
    if (auto refused = apply(*field, head, seen)) return refused;
    rest.remove_prefix(end + 1);
  }
  if (!seen.host && head.http_1_1) return bad("There must be exactly one valid Host header.");
  if (seen.content_length && seen.transfer_encoding) return bad("The body's length is given in two ways.");
  return std::nullopt;
}

std::vector<std::string_view> RequestHead::all_fields(std::string_view name) const {
  std::vector<std::string_view> all;
  for (std::string_view rest = fields; rest.size() > 2;) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end - 1);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equals_ignoring_case(line.substr(0, name.size()), name))
      all.push_back(trim(line.substr(name.size() + 1)));
    rest.remove_prefix(end + 1);
  }
  return all;
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const {
  std::string_view rest = fields;
  while (rest.size() > 2) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end - 1);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equals_ignoring_case(line.substr(0, name.size()), name)) {
      return trim(line.substr(name.size() + 1));
    }
    rest.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace open_cicd::http
