// The OpenAPI document, from the types of the route rows: schemas of described structs with their rules, parameters of
// request structs, answers of reply types.
#pragma once

#include "api/input.h"
#include "api/reply.h"
#include "base/json_rules.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace open_cicd::api {

namespace bj = boost::json;

// Of an answer that makes something: which operation takes what it returned.
struct Link {
  std::string_view operation;  // "showJob"
  std::string_view member;     // of the answer: "id"
  std::string_view parameter = "id";
};

// What a route's types cannot say.
struct About {
  std::string_view id;  // "submitJob"
  std::string_view summary;
  std::string_view tag;
  std::vector<std::string_view> refusals = {};  // codes of its handler's errors; see problems.h
  std::size_t body_max = 0;                     // bytes after decoding; 0: no body is taken
  std::vector<Link> links = {};                 // of its 201
};

enum class Side : std::uint8_t { request, reply };

// The schemas under components that the operations refer to.
class SchemaBook {
 public:
  // A request's schema is stricter than a reply's, so a struct that stands on both sides has two.
  std::string name_of(std::string_view name, Side side) {
    const bool first = sides_.try_emplace(std::string(name), side).first->second == side;
    return std::string(name) + (first ? "" : side == Side::request ? "Input" : "Output");
  }
  // True the first time: the caller then fills it.
  bool add(std::string_view name) { return schemas_.emplace(name, bj::object()).second; }
  bj::object& operator[](std::string_view name) { return schemas_[name].as_object(); }
  bj::object take() { return std::move(schemas_); }

 private:
  bj::object schemas_;
  std::map<std::string, Side, std::less<>> sides_;  // on which a struct was met first
};

struct Operation {
  About about;
  // Writes parameters, request body and successful responses into the operation.
  void (*describe)(SchemaBook& book, bj::object& operation);
};

// "JobView" of open_cicd::api::JobView.
std::string_view short_name(std::string_view function);
template <class T>
std::string_view type_name() {
  return short_name(__PRETTY_FUNCTION__);
}

bj::object schema_ref(std::string_view name);
void apply_rule(const json::Rule& rule, bj::object& schema);
void apply_needs(std::span<const json::Need> needs, bj::object& schema);
bj::object words_schema(std::span<const std::string_view> words);
// Whose JSON is no plain struct of its members, such as a submitted job; specialised beside the type.
template <class T>
struct OwnSchema : std::false_type {};

template <class T>
bj::object schema_of(SchemaBook& book, Side side);

template <class T>
void describe_struct(SchemaBook& book, Side side, bj::object& to) {
  bj::object properties;
  bj::array required;
  boost::mp11::mp_for_each<detail::MembersOf<T>>([&](auto member) {
    using M = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
    bj::object schema = schema_of<M>(book, side);
    if constexpr (requires { json::RulesOf<T>::rules; })
      for (const json::Rule& rule : json::RulesOf<T>::rules)
        if (rule.member == member.name) apply_rule(rule, schema);
    // A request may also say null for what it leaves out.
    if (side == Side::request && json::detail::is_optional<M>::value && !schema.empty())
      schema = {{"anyOf", bj::array{std::move(schema), bj::object{{"type", "null"}}}}};
    properties.emplace(member.name, std::move(schema));
    if (!json::detail::is_optional<M>::value && !json::detail::is_listed_optional<T>(member.name))
      required.push_back(member.name);
  });
  to["type"] = "object";
  to["properties"] = std::move(properties);
  if (!required.empty()) to["required"] = std::move(required);
  if (side == Side::request) to["additionalProperties"] = false;
  if constexpr (requires { json::RulesOf<T>::needs; }) apply_needs(json::RulesOf<T>::needs, to);
}

template <class T>
bj::object schema_of(SchemaBook& book, Side side) {
  using namespace json::detail;
  if constexpr (OwnSchema<T>::value) {
    if (book.add(OwnSchema<T>::name)) book[OwnSchema<T>::name] = OwnSchema<T>::schema();
    return schema_ref(OwnSchema<T>::name);
  } else if constexpr (std::is_same_v<T, bj::value> || std::is_same_v<T, json::Text>) {
    return {};
  } else if constexpr (std::is_same_v<T, bj::object>) {
    return {{"type", "object"}};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    bj::object whole{{"type", "integer"}, {"format", sizeof(T) == 8 ? "int64" : "int32"}};
    if (side == Side::request) {
      whole["minimum"] = std::numeric_limits<T>::min();
      whole["maximum"] = std::numeric_limits<T>::max();
    }
    return whole;
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_same_v<T, std::string> || std::is_enum_v<T>) {
    return {{"type", "string"}};
  } else if constexpr (is_optional<T>::value) {
    return schema_of<typename T::value_type>(book, side);
  } else if constexpr (is_vector<T>::value) {
    bj::object item = schema_of<typename T::value_type>(book, side);
    // A member that has no value is left out, an item of a list cannot be.
    if constexpr (is_optional<typename T::value_type>::value)
      item = {{"anyOf", bj::array{std::move(item), bj::object{{"type", "null"}}}}};
    return {{"type", "array"}, {"items", std::move(item)}};
  } else if constexpr (is_map<T>::value) {
    return {{"type", "object"}, {"additionalProperties", schema_of<typename T::mapped_type>(book, side)}};
  } else {
    const std::string name = book.name_of(type_name<T>(), side);
    if (book.add(name)) {
      bj::object described;
      describe_struct<T>(book, side, described);
      book[name] = std::move(described);
    }
    return schema_ref(name);
  }
}

// Parameters.
template <class T>
struct ParameterSchema {
  static bj::object make() { return words_schema(Words<T>::all); }
};
template <std::int64_t Min, std::int64_t Max>
struct ParameterSchema<Whole<Min, Max>> {
  static bj::object make() { return {{"type", "integer"}, {"minimum", Min}, {"maximum", Max}}; }
};
template <std::size_t Min, std::size_t Max>
struct ParameterSchema<Text<Min, Max>> {
  static bj::object make() {
    return {{"type", "string"}, {"minLength", Min}, {"maxLength", Max}, {"pattern", json::text_form.pattern}};
  }
};
template <const json::Form& TheForm, std::size_t Min, std::size_t Max>
struct ParameterSchema<Formed<TheForm, Min, Max>> {
  static bj::object make() {
    return {{"type", "string"}, {"minLength", Min}, {"maxLength", Max}, {"pattern", TheForm.pattern}};
  }
};
template <>
struct ParameterSchema<std::string_view> {
  static bj::object make() { return {{"type", "string"}, {"pattern", json::text_form.pattern}}; }
};
// A query has at most 100 fields, the others counted.
inline constexpr int repeated_max = 80;
template <>
struct ParameterSchema<Repeated> {
  static bj::object make() {
    return {{"type", "array"},
            {"items", {{"type", "string"}, {"pattern", json::text_form.pattern}}},
            {"maxItems", repeated_max}};
  }
};
template <>
struct ParameterSchema<Flag> {
  static bj::object make() { return words_schema(flag_words); }
};
template <>
struct ParameterSchema<Crc32c> {
  static bj::object make() { return {{"type", "string"}, {"pattern", json::crc32c_form.pattern}}; }
};
template <class Tag>
struct ParameterSchema<Id<Tag>> {
  static bj::object make() { return {{"type", "string"}, {"format", "uuid"}, {"pattern", json::uuid_form.pattern}}; }
};
template <class T>
struct ParameterSchema<std::optional<T>> : ParameterSchema<T> {};

void add_parameter(bj::object& operation, std::string_view name, Source source, bool required, bj::object schema,
                   std::string_view description);
void add_body(bj::object& operation, std::string_view media_type, bj::object schema);

// What a request struct says of its parameters, in words: `static constexpr std::array notes{Note{"limit", "…"}}`.
struct Note {
  std::string_view member;
  std::string_view text;
};
template <class Request>
std::string_view note_of(std::string_view member) {
  if constexpr (requires { Request::notes; })
    for (const Note& note : Request::notes)
      if (note.member == member) return note.text;
  return {};
}

template <class T>
void describe_body(SchemaBook& book, bj::object& operation, std::type_identity<Json<T>>) {
  add_body(operation, "application/json", schema_of<T>(book, Side::request));
}

template <class Request>
void describe_request(SchemaBook& book, bj::object& operation) {
  boost::mp11::mp_for_each<detail::MembersOf<Request>>([&](auto member) {
    using In = detail::InputOf<Request, decltype(member)>;
    using T = typename In::Value;
    if constexpr (In::from == Source::body) {
      describe_body(book, operation, std::type_identity<T>());
    } else if constexpr (std::is_same_v<T, Prefixed>) {
      // OpenAPI has no parameters of a prefix, so a sentence tells them.
      operation["description"] = fmt::format("In the query also: {}.", note_of<Request>(member.name));
    } else {
      bj::object schema = ParameterSchema<T>::make();
      if constexpr (In::has_default && !std::is_same_v<T, Flag>)
        schema["default"] = static_cast<std::int64_t>(In().value);
      const bool required = !json::detail::is_optional<T>::value && !In::has_default && !detail::stands_often<T>;
      std::string_view name = In::from == Source::query ? detail::query_name(member.name) : member.name;
      if constexpr (In::from == Source::header) name = detail::header_name<decltype(member)>;
      add_parameter(operation, name, In::from, required, std::move(schema), note_of<Request>(member.name));
    }
  });
}

// Answers.
void add_answer(bj::object& operation, int status, std::string_view description, std::string_view media_type = {},
                bj::object schema = {});
void add_answer_header(bj::object& operation, int status, std::string_view name, std::string_view description);

template <class T>
void add_json(SchemaBook& book, bj::object& operation, int status, std::string_view description) {
  add_answer(operation, status, description, "application/json", schema_of<T>(book, Side::reply));
}

template <class T>
struct Answers {
  static void add(SchemaBook& book, bj::object& op) { add_json<T>(book, op, 200, "as asked"); }
};
template <class T>
struct Answers<Created<T>> {
  static void add(SchemaBook& book, bj::object& op) {
    add_json<T>(book, op, 201, "made");
    add_answer_header(op, 201, "Location", "its path");
  }
};
template <int status, class T>
struct Answers<WithStatus<status, T>> {
  static_assert(status == 202 || status == 503);
  static void add(SchemaBook& book, bj::object& op) {
    add_json<T>(book, op, status, status == 202 ? "taken" : "not now");
  }
};
template <>
struct Answers<NoContent> {
  static void add(SchemaBook&, bj::object& op) { add_answer(op, 204, "nothing to say"); }
};
template <class T>
struct Answers<Encoded<T>> {
  static void add(SchemaBook& book, bj::object& op) {
    add_json<T>(book, op, 200, "as it is now");
    add_answer_header(op, 200, "ETag", "send it back as If-None-Match");
    add_answer(op, 304, "unchanged since If-None-Match");
    add_answer_header(op, 304, "ETag", "the same");
  }
};
// A Shape says of itself what its answers are: `static void add(bj::object& operation)`.
template <class Shape>
struct Answers<Raw<Shape>> {
  static void add(SchemaBook&, bj::object& op) { Shape::add(op); }
};
template <class... Ts>
struct Answers<std::variant<Ts...>> {
  static void add(SchemaBook& book, bj::object& op) { (Answers<Ts>::add(book, op), ...); }
};

template <class Request, class Reply>
void describe_operation(SchemaBook& book, bj::object& operation) {
  describe_request<Request>(book, operation);
  Answers<Reply>::add(book, operation);
}

}  // namespace open_cicd::api
