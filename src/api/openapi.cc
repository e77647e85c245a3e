// The OpenAPI 3.1 document, made from the route table and from the described structs that requests and replies are read
// and written with.
#include "api/routes.h"
#include "api/shapes.h"
#include "base/json.h"
#include "pipelines/job_spec.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace open_cicd::api {
namespace {

namespace bj = boost::json;

bj::object ref(std::string_view name) {
  return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

// The JSON Schema of a member's type.
template <class T>
bj::object schema() {
  using namespace json::detail;
  if constexpr (std::is_same_v<T, bj::value> || std::is_same_v<T, json::Text>)
    return {};
  else if constexpr (std::is_same_v<T, bool>)
    return {{"type", "boolean"}};
  else if constexpr (std::is_integral_v<T>)
    return {{"type", "integer"}, {"format", sizeof(T) == 8 ? "int64" : "int32"}};
  else if constexpr (std::is_floating_point_v<T>)
    return {{"type", "number"}};
  else if constexpr (std::is_same_v<T, std::string>)
    return {{"type", "string"}};
  else if constexpr (is_optional<T>::value)
    return schema<typename T::value_type>();
  else if constexpr (is_vector<T>::value)
    return {{"type", "array"}, {"items", schema<typename T::value_type>()}};
  else if constexpr (is_map<T>::value)
    return {{"type", "object"}, {"additionalProperties", schema<typename T::mapped_type>()}};
  else {
    bj::object properties;
    bj::array required;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
      using M = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
      properties.emplace(member.name, schema<M>());
      if (!is_optional<M>::value && !is_listed_optional<T>(member.name)) required.push_back(member.name);
    });
    return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
  }
}

bj::object schemas() {
  bj::object all;
  const auto add = [&]<class T>(std::string_view name, std::type_identity<T>) { all.emplace(name, schema<T>()); };
#define ADD_SCHEMA(space, type) add(#type, std::type_identity<space::type>{})
  ADD_SCHEMA(protocol, RegisterRequest);
  ADD_SCHEMA(protocol, RegisterReply);
  ADD_SCHEMA(protocol, PollReply);
  ADD_SCHEMA(protocol, ClaimReply);
  ADD_SCHEMA(protocol, StatusRequest);
  ADD_SCHEMA(protocol, StatusReply);
  ADD_SCHEMA(protocol, LogsIncompleteReply);
  ADD_SCHEMA(protocol, HeartbeatRequest);
  ADD_SCHEMA(protocol, HeartbeatReply);
  ADD_SCHEMA(protocol, AppendReply);
  ADD_SCHEMA(protocol, LinesRequest);
  ADD_SCHEMA(protocol, DrainRequest);
  ADD_SCHEMA(api, SubmitView);
  ADD_SCHEMA(api, JobView);
  ADD_SCHEMA(api, JobListView);
  ADD_SCHEMA(api, AgentView);
  ADD_SCHEMA(api, AgentListView);
  ADD_SCHEMA(api, HealthView);
  ADD_SCHEMA(api, ReadyView);
#undef ADD_SCHEMA
  // What is submitted is wider than the resolved struct (scalars for lists, durations as text): only its outline is
  // promised here.
  all["JobSpec"] = bj::object{{"type", "object"},
                              {"required", bj::array{"steps"}},
                              {"description", "One job of the pipeline language; see docs/guides/jobs.md."},
                              {"additionalProperties", true}};
  all["Problem"] =
      bj::object{{"type", "object"},
                 {"required", bj::array{"status", "code", "detail", "request_id"}},
                 {"properties", bj::object{{"status", {{"type", "integer"}}},
                                           {"title", {{"type", "string"}}},
                                           {"code", {{"type", "string"}}},
                                           {"detail", {{"type", "string"}}},
                                           {"request_id", {{"type", "string"}}},
                                           {"errors", {{"type", "array"}, {"items", {{"type", "object"}}}}}}}};
  return all;
}

bj::object content(std::string_view schema_name) {
  if (schema_name == "bytes")
    return {{"application/octet-stream", bj::object{{"schema", {{"type", "string"}, {"format", "binary"}}}}}};
  if (schema_name == "events") return {{"text/event-stream", bj::object{{"schema", {{"type", "string"}}}}}};
  if (schema_name == "text") return {{"text/plain", bj::object{{"schema", {{"type", "string"}}}}}};
  if (schema_name == "object") return {{"application/json", bj::object{{"schema", {{"type", "object"}}}}}};
  return {{"application/json", bj::object{{"schema", ref(schema_name)}}}};
}

bj::object responses(const http::Route& route) {
  bj::object all;
  for (const int status : route.docs.statuses) {
    bj::object response{{"description", status < 300 ? "success" : status == 304 ? "not modified" : "refused"}};
    if (status < 300 && status != 204 && !route.docs.response.empty())
      response["content"] = content(route.docs.response);
    if (status >= 400)
      response["content"] = bj::object{{"application/problem+json", bj::object{{"schema", ref("Problem")}}}};
    all[std::to_string(status)] = std::move(response);
  }
  all["default"] =
      bj::object{{"description", "a problem"},
                 {"content", bj::object{{"application/problem+json", bj::object{{"schema", ref("Problem")}}}}}};
  return all;
}

bj::object operation(const http::Route& route) {
  bj::object op{{"operationId", route.docs.operation_id},
                {"summary", route.docs.summary},
                {"tags", bj::array{route.docs.tag}},
                {"x-access", route.access},
                {"responses", responses(route)}};
  op["security"] = route.access == "open" ? bj::array{} : bj::array{bj::object{{"bearer", bj::array{}}}};
  if (route.pattern.contains("{id}"))
    op["parameters"] = bj::array{bj::object{
        {"name", "id"}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}, {"format", "uuid"}}}}};
  if (!route.docs.request.empty())
    op["requestBody"] = bj::object{{"required", true}, {"content", content(route.docs.request)}};
  return op;
}

}  // namespace

std::string openapi_document(const Rows& rows) {
  bj::object paths;
  for (const http::Route& route : rows) {
    std::string method(http::name_of(route.method));
    for (char& c : method) c = static_cast<char>(c | 0x20);
    bj::value& path = paths[route.pattern];
    if (!path.is_object()) path = bj::object{};
    path.as_object()[method] = operation(route);
  }
  return bj::serialize(bj::object{
      {"openapi", "3.1.0"},
      {"info", bj::object{{"title", "open-cicd"},
                          {"version", protocol::version},
                          {"license", bj::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"paths", std::move(paths)},
      {"components",
       bj::object{{"schemas", schemas()},
                  {"securitySchemes", bj::object{{"bearer", bj::object{{"type", "http"}, {"scheme", "bearer"}}}}}}}});
}

}  // namespace open_cicd::api
