// What the OpenAPI document promises of requests is what the server takes. tests/e2e/test_openapi.py tries it with
// made-up requests.
#include "api/both_databases.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <set>

namespace open_cicd {
namespace {

class OpenApi : public BothDatabases {};

// Looks at a schema and all that it refers to, once each.
class ClosedObjects {
 public:
  explicit ClosedObjects(const boost::json::object& document)
      : schemas_(document.at("components").at("schemas").as_object()) {}

  void look(const boost::json::value& value, const std::string& where) {
    if (const auto* list = value.if_array())
      for (const boost::json::value& item : *list) look(item, where);
    const auto* schema = value.if_object();
    if (schema == nullptr) return;
    if (const auto* ref = schema->if_contains("$ref"); ref != nullptr && ref->is_string()) {
      const std::string name(ref->as_string().subview(std::string_view("#/components/schemas/").size()));
      if (seen_.insert(name).second) look(schemas_.at(name), name);
      return;
    }
    // What names no type is a condition, of an object that is closed where it is described.
    if (schema->contains("properties") && schema->contains("type")) {
      const auto* more = schema->if_contains("additionalProperties");
      EXPECT_TRUE(more != nullptr && *more == false) << where << " takes properties that the server refuses";
      ++objects;
    }
    for (const auto& [key, part] : *schema) look(part, where + "." + std::string(key));
  }

  int objects = 0;

 private:
  const boost::json::object& schemas_;
  std::set<std::string> seen_;
};

TEST_P(OpenApi, AnObjectThatARequestSendsHasNoUnknownProperties) {
  const auto document = plane().get("/api/v1/openapi.json").json;
  ClosedObjects closed(document.as_object());
  for (const auto& [path, operations] : document.at("paths").as_object())
    for (const auto& [method, operation] : operations.as_object())
      if (const auto* body = operation.as_object().if_contains("requestBody"))
        closed.look(*body, std::string(method) + " " + std::string(path));
  EXPECT_GE(closed.objects, 10);
}

INSTANTIATE_ON_BOTH_DATABASES(OpenApi);

}  // namespace
}  // namespace open_cicd
