// A workflow file, read and checked: everything that can be known of it without an event. Pure; immutable once read,
// safe from any thread.
#pragma once

#include "expressions/template.h"
#include "pipelines/decode.h"
#include "pipelines/node.h"
#include "workflows/inputs.h"
#include "workflows/matrix.h"
#include "workflows/plan.h"
#include "workflows/source_text.h"
#include "workflows/triggers.h"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace open_cicd::workflows {

// A file of the same repository and commit; nothing when there is none.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// A template of another repository, "owner/name/path/file.yml@ref": its text, or for people why it cannot be had.
using ReadForeign = std::function<std::expected<std::string, std::string>(const std::string& uses)>;

struct Source {
  std::string path = ".open-cicd.yml";  // where it stands in its repository
  std::string text;
  ReadFile read_file = {};        // for templates; without one, `uses` of a path is an error
  ReadForeign read_foreign = {};  // without one, those of other repositories are planned without what they say
};

// An expression that was checked. It is found again by where it stands.
struct Prepared {
  std::optional<expressions::Template> text;
  std::optional<expressions::Expression> condition;
  expressions::Stage stage = expressions::Stage::plan;
};
using PreparedByPath = std::unordered_map<std::string, Prepared>;

struct Template {
  std::string path;
  std::string digest;
  pipelines::NodePtr node;
  Inputs inputs;
};

struct Job {
  std::string key;
  std::string path;  // "jobs.build"
  pipelines::Position at;
  // Its own keys, then the template's, then the defaults; without env, if, matrix and with. Null when it is no map.
  pipelines::NodePtr node;
  pipelines::NodePtr env, template_env, with, condition_node;  // null when absent
  std::vector<PlannedNeed> needs;
  std::optional<Prepared> condition;  // its `if`
  bool asks_status = false;           // it has a status function, so success() does not stand before it
  std::optional<Matrix> matrix;
  std::string uses_text;           // as written
  const Template* uses = nullptr;  // none: no template, or one of another repository
  bool is_foreign() const { return uses == nullptr && !uses_text.empty(); }
  std::vector<std::string> outputs;
  PreparedByPath prepared;
  std::optional<PlannedJob> constant;  // what it plans to, when no expression stands outside of its `env`
};

struct Workflow {
  std::string name;
  std::string digest;
  SourceTexts texts;
  Triggers triggers;
  Inputs inputs;
  pipelines::NodePtr env, concurrency;  // null when absent
  PreparedByPath prepared;              // of these two
  std::vector<std::unique_ptr<Template>> templates;
  std::vector<std::unique_ptr<Job>> jobs;  // in an order that respects needs, else that of the file
  std::vector<NotAvailable> not_available;
  std::vector<Finding> warnings;
};

struct ReadWorkflow {
  std::string name;                  // also of a file with errors, as far as it has one
  std::optional<Workflow> workflow;  // when there are no errors
  std::vector<Finding> errors;       // all of them
  std::vector<Finding> warnings;
};
ReadWorkflow read_workflow(const Source& source);

Verdict lint(const Source& source);

}  // namespace open_cicd::workflows
