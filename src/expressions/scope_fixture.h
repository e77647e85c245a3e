// A scope as a pipeline has one, and values that fit it; for tests.
#pragma once

#include "base/json.h"
#include "expressions/check.h"
#include "expressions/evaluate.h"

namespace open_cicd::expressions {

inline Scope pipeline_scope() {
  const Type text = Type::string();
  const Type result = Type::one_of({"succeeded", "failed", "cancelled", "skipped"});
  Scope scope;
  scope.declare("event", Type::open_map({{"name", Type::one_of({"push", "pull_request", "tag", "manual"})},
                                         {"action", text.or_null()},
                                         {"actor", text}}));
  scope.declare(
      "git",
      Type::map({{"branch", text.or_null()}, {"tag", text.or_null()}, {"sha", text}, {"changed", Type::list(text)}}));
  scope.declare(
      "change",
      Type::map({{"number", Type::number()}, {"title", text}, {"draft", Type::boolean()}, {"labels", Type::list(text)}})
          .or_null());
  scope.declare("run", Type::map({{"number", Type::number()}}).known(Stage::release));
  scope.declare("inputs", Type::map({{"count", Type::number()},
                                     {"fast", Type::boolean()},
                                     {"target", Type::one_of({"staging", "prod"})},
                                     {"note", text.or_null()},
                                     {"limit", Type::number().or_null()}}));
  scope.declare("matrix",
                Type::map({{"db", text}, {"ports", Type::list(Type::number())}, {"mixed", Type::list(Type::any())}}));
  scope.declare("env", Type::map({{"A", text}, {"LATE", text.known(Stage::release)}}));
  const Type outputs = Type::map({{"version", text.or_null()}});
  scope.declare("needs", Type::map({{"build", Type::map({{"result", result}, {"outputs", outputs}})},
                                    {"test-unit", Type::map({{"result", result}, {"outputs", Type::map({})}})}})
                             .known(Stage::release));
  scope.declare("steps", Type::map({{"tag", Type::map({{"outcome", result}, {"outputs", Type::open_map({}, text)}})}})
                             .known(Stage::agent));
  return scope;
}

// Keeps the values that its context refers to.
class PipelineValues {
 public:
  PipelineValues()
      : values_(json::parse(R"({
          "event": {"name": "pull_request", "action": null, "actor": "ada", "data": {"list": [1, "two", null], "yes": true}},
          "git": {"branch": "main", "tag": null, "sha": "0123abcd", "changed": ["src/a.cc", "docs/b.md"]},
          "change": {"number": 7, "title": "fix: 'it'", "draft": false, "labels": ["bug", "urgent"]},
          "run": {"number": 12},
          "inputs": {"count": 3, "fast": true, "target": "prod", "note": null, "limit": null},
          "matrix": {"db": "postgres:16", "ports": [1, 2.5, 3000000000], "mixed": [1, "a", null]},
          "env": {"A": "a value", "LATE": "late"},
          "needs": {"build": {"result": "succeeded", "outputs": {"version": "1.2"}},
                    "test-unit": {"result": "failed", "outputs": {}}},
          "steps": {"tag": {"outcome": "succeeded", "outputs": {"x": "y"}}}
        })")

                    .value()
                    .as_object()) {
    for (const auto& [name, value] : values_) context_.set(std::string(name), value);
    context_.set_status({.success = true, .failure = false, .cancelled = false});
    context_.set_hash_files([](const std::vector<std::string>& patterns) -> std::expected<std::string, std::string> {
      if (patterns.front() == "missing") return std::unexpected("no file matches missing");
      return "digest-of-" + patterns.front();
    });
  }
  PipelineValues(const PipelineValues&) = delete;
  PipelineValues& operator=(const PipelineValues&) = delete;

  Value& operator[](std::string_view root) { return values_.at(root); }
  Context& context() { return context_; }

 private:
  boost::json::object values_;
  Context context_;
};

}  // namespace open_cicd::expressions
