// What a route answers when all went well, as types: a described struct is 200 with its JSON; the templates below are
// the other shapes. Each type knows its statuses, for the answer and for the OpenAPI document (openapi.h). A failure is
// an Error, and its status comes from its kind.
#pragma once

#include "base/json.h"
#include "http/message.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace open_cicd::api {

template <class T>
struct Created {  // 201
  T body;
  std::string location;
};
struct NoContent {};  // 204

// JSON with another status.
template <int status, class T>
struct WithStatus {
  T body;
};
template <class T>
using Accepted = WithStatus<202, T>;
// A body that is no problem document: what a health check shows.
template <class T>
using NotReady = WithStatus<503, T>;

// JSON that was encoded before, with its ETag if it has one: 200, or 304 for who has it already. T is what it is the
// JSON of.
template <class T>
struct Encoded {
  std::string body;
  std::string tag;
  bool known = false;
  bool is_final = false;  // who has it need not ask again
};

// A whole answer that is made by hand. Shape names what it may be, for the document: Answers in openapi.h.
template <class Shape>
struct Raw {
  http::Response response;
};

template <class T>
http::Response to_response(const T& value) {
  return http::Response::json(200, json::write_text(value));
}
template <class T>
http::Response to_response(Created<T>&& reply) {
  http::Response response = http::Response::json(201, json::write_text(reply.body));
  response.headers.emplace_back("Location", std::move(reply.location));
  return response;
}
template <int status, class T>
http::Response to_response(WithStatus<status, T>&& reply) {
  return http::Response::json(status, json::write_text(reply.body));
}
inline http::Response to_response(NoContent&&) {
  return http::Response::empty(204);
}
template <class T>
http::Response to_response(Encoded<T>&& reply) {
  http::Response response = reply.known ? http::Response::empty(304) : http::Response::json(200, std::move(reply.body));
  if (!reply.tag.empty()) response.headers.emplace_back("ETag", std::move(reply.tag));
  // For a day: what is made of a log may be made better by a later version.
  if (reply.is_final) response.headers.emplace_back("Cache-Control", "private, max-age=86400, immutable");
  return response;
}
template <class Shape>
http::Response to_response(Raw<Shape>&& reply) {
  return std::move(reply.response);
}
// One of several.
template <class... Ts>
http::Response to_response(std::variant<Ts...>&& reply) {
  return std::visit([](auto&& chosen) { return to_response(std::forward<decltype(chosen)>(chosen)); },
                    std::move(reply));
}

}  // namespace open_cicd::api
