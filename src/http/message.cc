#include "http/message.h"

#include "base/json.h"
#include "http/status.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace open_cicd::http {

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::delete_:
      return "DELETE";
  }
  return "";
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  const auto found = std::ranges::find(query, name, [](const auto& field) { return std::string_view(field.first); });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::malformed:
      return 400;
    case ErrorKind::invalid:
      return 422;
    case ErrorKind::unauthenticated:
      return 401;
    case ErrorKind::forbidden:
      return 403;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::method_not_allowed:
      return 405;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::gone:
      return 410;
    case ErrorKind::too_large:
      return 413;
    case ErrorKind::unsupported_media:
      return 415;
    case ErrorKind::range:
      return 416;
    case ErrorKind::upgrade_required:
      return 426;
    case ErrorKind::too_many:
      return 429;
    case ErrorKind::unavailable:
      return 503;
    case ErrorKind::internal:
      return 500;
  }
  return 500;
}

std::string_view phrase_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

Response problem_with_status(int status, const Error& error, std::string_view request_id) {
  // The facts come first: none of them can replace a member of the document.
  boost::json::object document = error.facts();
  document["type"] = "about:blank";
  document["title"] = phrase_of(status);
  document["status"] = status;
  document["code"] = error.code();
  document["detail"] = error.message();
  document["request_id"] = request_id;
  if (!error.fields().empty()) {
    boost::json::array& errors = document["errors"].emplace_array();
    for (const FieldError& field : error.fields()) {
      boost::json::object entry{{"field", field.path}, {"message", field.message}};
      if (field.line > 0) entry["line"] = field.line;
      if (field.column > 0) entry["column"] = field.column;
      errors.push_back(std::move(entry));
    }
  }
  Response response{.status = status, .content_type = "application/problem+json", .body = json::serialize(document)};
  if (error.retry_after()) response.headers.emplace_back("Retry-After", std::to_string(error.retry_after()->count()));
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response problem(const Error& error, std::string_view request_id) {
  return problem_with_status(status_of(error.kind()), error, request_id);
}

}  // namespace open_cicd::http
