// What handlers of all resources do the same way: read a body, a path id, a query number; answer an error.
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "http/message.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace open_cicd::api {

inline bool has_media_type(const http::Request& request, std::string_view type) {
  const auto header = request.header("Content-Type");
  if (!header) return false;
  std::string_view value = header->substr(0, header->find(';'));
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value.size() == type.size() && std::equal(value.begin(), value.end(), type.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
         });
}

// Strict: unknown fields are errors. Errors: unsupported_media, malformed_json, invalid.
template <class T>
Result<T> read_body(const http::Request& request) {
  if (!has_media_type(request, "application/json"))
    return fail(ErrorKind::unsupported_media, "unsupported_media",
                "Send JSON with the header Content-Type: application/json.");
  return json::read_text<T>(request.body, json::Unknown::reject);
}

template <class IdType>
Result<IdType> path_id(const http::Request& request, std::string_view what) {
  if (const auto id = IdType::parse(request.captures.at(0))) return *id;
  return not_found(what, request.captures.at(0));
}

inline Result<std::optional<std::int64_t>> query_integer(const http::Request& request, std::string_view name,
                                                         std::int64_t min, std::int64_t max) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<std::int64_t>();
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec != std::errc() || end != text->data() + text->size() || value < min || value > max)
    return invalid_fields({{std::string(name), fmt::format("must be a whole number from {} to {}", min, max)}});
  return std::optional(value);
}

inline http::Response answer(const Error& error, const http::Request& request) {
  return http::problem(error, request.request_id);
}

template <class T>
http::Response answer_json(int status, const T& value) {
  return http::Response::json(status, json::write_text(value));
}

}  // namespace open_cicd::api
