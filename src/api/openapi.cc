#include "api/openapi.h"

#include "api/problems.h"
#include "api/routes.h"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace open_cicd::api {
namespace {

constexpr std::string_view problem_type = "application/problem+json";

bj::array array_of(std::span<const std::string_view> words) {
  bj::array list;
  for (const std::string_view word : words) list.emplace_back(word);
  return list;
}

// The numbers of a Rule that say something.
void bound(bj::object& schema, std::string_view min_name, std::string_view max_name, std::int64_t min,
           std::int64_t max) {
  if (min != std::numeric_limits<std::int64_t>::min()) schema[min_name] = min;
  if (max != std::numeric_limits<std::int64_t>::max()) schema[max_name] = max;
}

void apply_text(const json::Rule& rule, bj::object& schema, std::int64_t min, std::int64_t max) {
  bound(schema, "minLength", "maxLength", min, max);
  if (!rule.words.empty()) schema["enum"] = array_of(rule.words);
  if (rule.form == nullptr) return;
  if (!rule.form->pattern.empty()) schema["pattern"] = rule.form->pattern;
  if (!rule.form->format.empty()) schema["format"] = rule.form->format;
}

bj::object& answers_of(bj::object& operation) {
  return operation.emplace("responses", bj::object()).first->value().as_object();
}

bj::object problem_schema() {
  const bj::object text{{"type", "string"}};
  const bj::object whole{{"type", "integer"}};
  bj::array codes;
  for (const ProblemCode& row : problem_codes()) codes.emplace_back(row.code);
  const bj::object field{{"type", "object"},
                         {"required", bj::array{"field", "message"}},
                         {"properties", {{"field", text}, {"message", text}, {"line", whole}, {"column", whole}}}};
  return {{"type", "object"},
          {"description", "RFC 9457, with the facts of its code as further members."},
          {"required", bj::array{"type", "title", "status", "code", "detail", "request_id"}},
          {"properties",
           {{"type", text},
            {"title", text},
            {"status", whole},
            {"code", {{"type", "string"}, {"enum", std::move(codes)}}},
            {"detail", text},
            {"request_id", text},
            {"errors", {{"type", "array"}, {"items", field}}}}}};
}

// The problems of one status: which codes they may have.
void add_problem(bj::object& operation, const ProblemCode& row) {
  bj::object& answers = answers_of(operation);
  const std::string status = std::to_string(row.status);
  bj::value& answer = answers[status];
  if (!answer.is_object()) answer = bj::object{{"description", ""}};
  bj::object& content = answer.as_object().emplace("content", bj::object()).first->value().as_object();
  if (!content.contains(problem_type))
    content[problem_type] =
        bj::object{{"schema",
                    {{"allOf", bj::array{schema_ref("Problem"),
                                         bj::object{{"properties", {{"code", {{"enum", bj::array()}}}}}}}}}}};
  bj::array& codes =
      content[problem_type].at("schema").at("allOf").as_array()[1].at("properties").at("code").at("enum").as_array();
  const auto same = [&](const bj::value& code) { return code.as_string() == row.code; };
  if (std::ranges::any_of(codes, same)) return;
  codes.emplace_back(row.code);
  std::string description(answer.at("description").as_string());
  if (!description.empty()) description += "; ";
  answer.as_object()["description"] = description + fmt::format("`{}`: {}", row.code, row.meaning);
}

// What the layers before the handler can answer.
std::vector<std::string_view> common_refusals(const RouteRow& row, const bj::object& operation) {
  std::vector<std::string_view> codes{"malformed_request",   "malformed_query",  "request_timeout", "target_too_long",
                                      "unknown_expectation", "header_too_large", "internal"};
  const auto add = [&](std::initializer_list<std::string_view> more) { codes.insert(codes.end(), more); };
  if (!row.rule.is_open()) add({"unauthenticated", "wrong_token_kind", "foreign_origin", "database_unavailable"});
  if (row.rule.has(auth::Permission::agent_work) || row.rule.has(auth::Permission::agent_remove)) add({"not_you"});
  if (operation.contains("parameters")) add({"invalid"});
  if (row.route.pattern.contains('{')) add({"not_found"});
  add({"too_large", "unsupported_encoding"});
  if (operation.contains("requestBody"))
    add({"malformed_encoding", "bodies_full", "malformed_json", "unsupported_media", "invalid"});
  return codes;
}

void add_headers_of_problems(bj::object& operation) {
  bj::object& answers = answers_of(operation);
  for (const auto& [status, name, text] :
       {std::tuple("401", "WWW-Authenticate", "Bearer"), std::tuple("429", "Retry-After", "seconds to wait")})
    if (answers.contains(status)) add_answer_header(operation, std::stoi(status), name, text);
}

void add_links(bj::object& operation, std::span<const Link> links) {
  bj::object all;
  for (const Link& link : links)
    all[link.operation] =
        bj::object{{"operationId", link.operation},
                   {"parameters", {{link.parameter, fmt::format("$response.body#/{}", link.member)}}}};
  if (!all.empty()) answers_of(operation)["201"].as_object()["links"] = std::move(all);
}

bj::object operation_of(const RouteRow& row, SchemaBook& book) {
  const About& about = row.operation.about;
  bj::object operation{{"operationId", about.id}, {"summary", about.summary}, {"tags", bj::array{about.tag}}};
  bj::array permissions;
  for (const auth::Permission permission : row.rule.permissions()) permissions.emplace_back(name_of(permission));
  operation["x-permission"] = std::move(permissions);
  operation["security"] = row.rule.is_open() ? bj::array{} : bj::array{bj::object{{"bearer", bj::array{}}}};
  row.operation.describe(book, operation);
  for (const std::string_view code : about.refusals) add_problem(operation, problem_code(code));
  for (const std::string_view code : common_refusals(row, operation)) add_problem(operation, problem_code(code));
  add_headers_of_problems(operation);
  add_links(operation, about.links);
  return operation;
}

}  // namespace

std::string_view short_name(std::string_view function) {
  std::string_view name = function.substr(function.rfind("T = ") + 4);
  name.remove_suffix(1);
  return name.substr(name.rfind(':') + 1);
}

bj::object schema_ref(std::string_view name) {
  return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

bj::object words_schema(std::span<const std::string_view> words) {
  return {{"type", "string"}, {"enum", array_of(words)}};
}

void apply_rule(const json::Rule& rule, bj::object& schema) {
  const bj::value* type = schema.if_contains("type");
  if (type == nullptr) return;
  if (*type == "string") {
    apply_text(rule, schema, rule.min, rule.max);
  } else if (*type == "integer") {
    bound(schema, "minimum", "maximum", rule.min, rule.max);
  } else if (*type == "array") {
    bound(schema, "minItems", "maxItems", rule.min, rule.max);
    if (bj::object& items = schema["items"].as_object(); items.contains("type"))
      apply_text(rule, items, std::numeric_limits<std::int64_t>::min(), rule.item_max);
  } else if (*type == "object") {
    bound(schema, "minProperties", "maxProperties", rule.min, rule.max);
    if (bj::object& values = schema["additionalProperties"].as_object();
        values.contains("type") && values["type"] == "string")
      apply_text(rule, values, std::numeric_limits<std::int64_t>::min(), rule.item_max);
    bj::object names;
    bound(names, "minLength", "maxLength", std::numeric_limits<std::int64_t>::min(), rule.key_max);
    if (rule.key_form != nullptr) names["pattern"] = rule.key_form->pattern;
    if (!names.empty()) schema["propertyNames"] = std::move(names);
  }
}

void apply_needs(std::span<const json::Need> needs, bj::object& schema) {
  bj::array all;
  for (const json::Need& need : needs) {
    // A member that may be null is there when it is not null.
    const auto there = [](std::string_view member) {
      return bj::object{{"required", bj::array{member}}, {"properties", {{member, {{"not", {{"type", "null"}}}}}}}};
    };
    bj::object when = need.word.empty() ? there(need.member)
                                        : bj::object{{"required", bj::array{need.member}},
                                                     {"properties", {{need.member, {{"enum", bj::array{need.word}}}}}}};
    all.push_back(bj::object{{"if", std::move(when)}, {"then", there(need.needs)}});
  }
  schema["allOf"] = std::move(all);
}

void add_parameter(bj::object& operation, std::string_view name, Source source, bool required, bj::object schema,
                   std::string_view description) {
  const std::string_view in = source == Source::path ? "path" : source == Source::query ? "query" : "header";
  bj::object parameter{
      {"name", name}, {"in", in}, {"required", required || source == Source::path}, {"schema", std::move(schema)}};
  if (!description.empty()) parameter["description"] = description;
  operation.emplace("parameters", bj::array()).first->value().as_array().push_back(std::move(parameter));
}

void add_body(bj::object& operation, std::string_view media_type, bj::object schema) {
  bj::object& body = operation.emplace("requestBody", bj::object{{"required", true}, {"content", bj::object()}})
                         .first->value()
                         .as_object();
  body["content"].as_object()[media_type] = bj::object{{"schema", std::move(schema)}};
}

void add_answer(bj::object& operation, int status, std::string_view description, std::string_view media_type,
                bj::object schema) {
  bj::object& answers = answers_of(operation);
  bj::object& answer =
      answers.emplace(std::to_string(status), bj::object{{"description", description}}).first->value().as_object();
  if (media_type.empty()) return;
  bj::object& content = answer.emplace("content", bj::object()).first->value().as_object();
  if (bj::value* known = content.if_contains(media_type)) {
    bj::object both{{"anyOf", bj::array{known->at("schema"), std::move(schema)}}};
    known->as_object()["schema"] = std::move(both);
  } else {
    content[media_type] = bj::object{{"schema", std::move(schema)}};
  }
}

void add_answer_header(bj::object& operation, int status, std::string_view name, std::string_view description) {
  bj::object& answer = answers_of(operation)[std::to_string(status)].as_object();
  answer.emplace("headers", bj::object()).first->value().as_object()[name] =
      bj::object{{"description", description}, {"schema", {{"type", "string"}}}};
}

std::string openapi_document(const RouteRows& rows) {
  SchemaBook book;
  book.add("Problem");
  book["Problem"] = problem_schema();
  bj::object paths;
  for (const RouteRow& row : rows) {
    std::string method(http::name_of(row.route.method));
    for (char& c : method) c = static_cast<char>(c | 0x20);
    bj::value& path = paths[row.route.pattern];
    if (!path.is_object()) path = bj::object{};
    path.as_object()[method] = operation_of(row, book);
  }
  const bj::object license{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}};
  const bj::object bearer{{"type", "http"}, {"scheme", "bearer"}};
  return bj::serialize(
      bj::object{{"openapi", "3.1.0"},
                 {"info", {{"title", "open-cicd"}, {"version", protocol::version}, {"license", license}}},
                 {"paths", std::move(paths)},
                 {"components", {{"schemas", book.take()}, {"securitySchemes", {{"bearer", bearer}}}}}});
}

}  // namespace open_cicd::api
