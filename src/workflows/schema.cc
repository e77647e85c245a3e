#include "workflows/schema.h"

#include "base/json.h"
#include "workflows/keys.h"

#include <algorithm>

namespace open_cicd::workflows {
namespace {

namespace bj = boost::json;

bj::object any_of(std::initializer_list<bj::object> schemas) {
  bj::array list;
  for (const bj::object& schema : schemas) list.emplace_back(schema);
  return {{"anyOf", std::move(list)}};
}

const bj::object expression_text{{"type", "string"}, {"pattern", R"(\$\{\{)"}};

bj::object words_of(std::span<const std::string_view> words) {
  bj::array list;
  for (const std::string_view word : words) list.emplace_back(word);
  return {{"type", "string"}, {"enum", std::move(list)}};
}

bj::object schema_of_shape(const Shape& shape);

bj::object schema_of_keys(const Shape& shape) {
  bj::object properties;
  bj::array required;
  for (const Key& key : shape.keys) {
    // The two maps that stand in more than one place are written once.
    const bool is_job = &key.shape == &job_shape() || key.shape.keys.data() == job_keys().data();
    bj::object schema = is_job ? bj::object{{"$ref", "#/$defs/job"}} : schema_of_shape(key.shape);
    std::string text(key.meaning);
    if (!key.fallback.empty()) text += " [" + std::string(key.fallback) + "]";
    schema["description"] = std::move(text);
    properties[key.name] = std::move(schema);
    if (key.required) required.emplace_back(key.name);
  }
  bj::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  if (shape.item == nullptr)
    schema["additionalProperties"] = false;
  else
    schema["additionalProperties"] = schema_of_shape(*shape.item);
  return schema;
}

bj::object schema_of_map(const Shape& shape) {
  const bool is_job = shape.item->keys.data() == job_keys().data();
  return {{"type", "object"},
          {"propertyNames", bj::object{{"pattern", shape.names}}},
          {"additionalProperties", is_job ? bj::object{{"$ref", "#/$defs/job"}} : schema_of_shape(*shape.item)}};
}

bj::object schema_of_list(const Shape& shape) {
  const bool is_step = shape.item->keys.data() == step_keys().data();
  const bj::object item = is_step ? bj::object{{"$ref", "#/$defs/step"}} : schema_of_shape(*shape.item);
  return any_of({bj::object{{"type", "array"}, {"items", item}}, item});
}

bj::object schema_without_expression(const Shape& shape) {
  switch (shape.form) {
    case Form::text:
    case Form::script:
      return {{"type", "string"}};
    case Form::boolean:
      return {{"type", "boolean"}};
    case Form::whole:
      return {{"type", "integer"}, {"minimum", shape.min}, {"maximum", shape.max}};
    case Form::number:
      return {{"type", "number"}, {"minimum", shape.min}, {"maximum", shape.max}};
    case Form::duration:
      return {{"type", "string"}, {"pattern", "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"}};
    case Form::size:
      return {{"type", bj::array{"string", "integer"}}};
    case Form::choice:
      return words_of(shape.words);
    case Form::condition:
      return {{"type", bj::array{"string", "boolean"}}};
    case Form::object:
      return schema_of_keys(shape);
    case Form::map:
      return schema_of_map(shape);
    case Form::list:
      return schema_of_list(shape);
    case Form::either: {
      bj::array list;
      for (const Shape& form : shape.forms) list.emplace_back(schema_of_shape(form));
      return {{"anyOf", std::move(list)}};
    }
    case Form::scalar:
      return {{"type", bj::array{"string", "number", "boolean"}}};
    case Form::nothing:
      return {{"type", "null"}};
  }
  return {};
}

bj::object schema_of_shape(const Shape& shape) {
  bj::object schema = schema_without_expression(shape);
  const bool takes_text = shape.form == Form::text || shape.form == Form::scalar || shape.form == Form::condition ||
                          shape.form == Form::size;
  if (shape.allowed == Allowed::nothing || takes_text) return schema;
  return any_of({std::move(schema), expression_text});
}

}  // namespace

boost::json::object json_schema() {
  bj::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", "A pipeline of open-cicd"},
                    {"description", "Made from the table of keys that also reads pipeline files."}};
  for (auto& member : schema_of_keys(workflow_shape())) schema.insert_or_assign(member.key(), member.value());
  schema["$defs"] = bj::object{{"job", schema_of_keys(job_shape())}, {"step", schema_of_keys(step_shape())}};
  return schema;
}

std::string_view schema_text() {
  static const std::string text = json::serialize(json_schema()) + "\n";
  return text;
}

}  // namespace open_cicd::workflows
