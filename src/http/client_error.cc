#include "base/json.h"
#include "http/client.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace open_cicd::http {
namespace {

ErrorKind kind_of(int status) {
  switch (status) {
    case 400:
      return ErrorKind::malformed;
    case 401:
      return ErrorKind::unauthenticated;
    case 403:
      return ErrorKind::forbidden;
    case 404:
      return ErrorKind::not_found;
    case 405:
      return ErrorKind::method_not_allowed;
    case 409:
      return ErrorKind::conflict;
    case 410:
      return ErrorKind::gone;
    case 413:
      return ErrorKind::too_large;
    case 415:
      return ErrorKind::unsupported_media;
    case 416:
      return ErrorKind::range;
    case 422:
      return ErrorKind::invalid;
    case 426:
      return ErrorKind::upgrade_required;
    case 429:
      return ErrorKind::too_many;
    case 408:
    case 502:
    case 503:
    case 504:
      return ErrorKind::unavailable;
    default:
      return status >= 500 ? ErrorKind::internal : ErrorKind::malformed;
  }
}

std::string text_member(const boost::json::object& document, std::string_view name) {
  const boost::json::value* value = document.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

int number_member(const boost::json::object& document, std::string_view name) {
  const boost::json::value* value = document.if_contains(name);
  return value != nullptr && value->is_int64() ? static_cast<int>(value->get_int64()) : 0;
}

std::vector<FieldError> field_errors(const boost::json::object& document) {
  std::vector<FieldError> fields;
  const boost::json::value* errors = document.if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return fields;
  for (const boost::json::value& entry : errors->get_array()) {
    if (const boost::json::object* field = entry.if_object()) {
      fields.push_back({text_member(*field, "field"), text_member(*field, "message"), number_member(*field, "line"),
                        number_member(*field, "column")});
    }
  }
  return fields;
}

}  // namespace

Error error_of(const ClientResponse& response) {
  const Result<boost::json::value> parsed = json::parse(response.body);
  const boost::json::object document = parsed && parsed->is_object() ? parsed->get_object() : boost::json::object();
  std::string code = text_member(document, "code");
  std::string detail = text_member(document, "detail");
  if (code.empty()) code = "http_" + std::to_string(response.status);
  if (detail.empty()) detail = fmt::format("The server answered with status {}.", response.status);
  Error error(kind_of(response.status), code, std::move(detail));
  // Each with_…() changes `error` itself.
  std::move(error).with_fields(field_errors(document));
  for (const auto& [name, value] : document) {
    constexpr std::array<std::string_view, 7> own{"type", "title", "status", "code", "detail", "request_id", "errors"};
    if (std::ranges::find(own, std::string_view(name)) == own.end()) std::move(error).with_fact(name, value);
  }
  if (const auto after = response.header("Retry-After")) {
    int seconds = 0;
    const auto [end, problem] = std::from_chars(after->data(), after->data() + after->size(), seconds);
    if (problem == std::errc() && seconds >= 0) std::move(error).with_retry_after(std::chrono::seconds(seconds));
  }
  return error;
}

}  // namespace open_cicd::http
