#include "base/crypto.h"
#include "base/text.h"
#include "pipelines/job_decoder.h"
#include "workflows/contexts.h"
#include "workflows/job_reader.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

using pipelines::Field;
using pipelines::MapReader;
using pipelines::member_path;
using pipelines::Node;
using pipelines::NodePtr;
using pipelines::Problems;

// ".open-cicd.yml" is "pipeline", ".open-cicd/release.yml" is "release".
std::string name_of_file(std::string_view path) {
  if (path == ".open-cicd.yml" || path == ".open-cicd.yaml") return "pipeline";
  std::string_view name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.find('.', 1));
  return pipelines::check_name(name) ? "pipeline" : std::string(name);
}

void check_defaults(const Field& field, Problems& problems) {
  if (field.node->kind != Node::Kind::map) {
    mistyped(field, "a map of keys of a job", problems);
    return;
  }
  static const auto names = names_of(job_keys());
  for (const pipelines::Member& member : field.node->members) {
    const std::string path = member_path(field.path, member.key);
    const Key* key = find_key(job_keys(), member.key);
    if (key == nullptr)
      problems.add(path, member.key_at, "is not a known key", pipelines::key_hint(member.key, names));
    else if (member.key == "env")
      problems.add(path, member.key_at, "cannot be a default",
                   "Write \"env\" beside \"jobs\": it is merged into each.");
    else if (key->use == Use::job_only)
      problems.add(path, member.key_at, "cannot be a default: it says what one job is",
                   "Write it in each job that it is for; what several jobs share can be a template.");
  }
}

bool is_off(const Node& node) {
  return node.kind == Node::Kind::boolean && !node.boolean;
}

void collect_not_available(const SourceTexts& texts, const Node& node, const Shape& outer, const std::string& path,
                           std::vector<NotAvailable>& to) {
  const Shape& shape =
      form_for(outer, {.is_map = node.kind == Node::Kind::map, .is_list = node.kind == Node::Kind::list});
  const auto add = [&](const pipelines::Member& member) {
    NotAvailable found{.path = member_path(path, member.key),
                       .line = member.key_at.line,
                       .column = member.key_at.column,
                       .key = member.key};
    if (member.key_at.file > 0) found.file = texts.path(member.key_at.file);
    const auto is_same = [&](const NotAvailable& other) {
      return other.file == found.file && other.line == found.line && other.column == found.column;
    };
    if (std::ranges::none_of(to, is_same)) to.push_back(std::move(found));
  };
  if (node.kind == Node::Kind::list && shape.item != nullptr) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      collect_not_available(texts, *node.items[i], *shape.item, fmt::format("{}[{}]", path, i), to);
  } else if (shape.form == Form::list) {
    collect_not_available(texts, node, *shape.item, path, to);
  }
  for (const pipelines::Member& member : node.members) {
    const Key* key = find_key(shape.keys, member.key);
    if (key != nullptr && !key->available && !is_off(*member.value)) {
      add(member);
      continue;
    }
    const bool foreign =
        member.key == "uses" && shape.keys.data() == job_keys().data() && !member.value->text.starts_with("./");
    if (foreign) add(member);
    if (const Shape* below = key != nullptr ? &key->shape : shape.item)
      collect_not_available(texts, *member.value, *below, member_path(path, member.key), to);
  }
}

class WorkflowReader {
 public:
  explicit WorkflowReader(const Source& source)
      : reading_{
            .source = source, .workflow = workflow_, .problems = problems_, .warnings = warnings_, .defaults = {}} {}

  ReadWorkflow read() {
    const std::string& text = reading_.source.text;
    workflow_.digest = "sha256:" + sha256_hex(text);
    workflow_.texts.add(reading_.source.path, text);
    const auto document = pipelines::compose_yaml(text);
    if (document)
      read_document(**document);
    else
      for (const FieldError& wrong : document.error().fields())
        problems_.add("", {wrong.line, wrong.column}, wrong.message);
    ReadWorkflow read{.name = workflow_.name.empty() ? name_of_file(reading_.source.path) : workflow_.name,
                      .errors = workflow_.texts.findings(problems_),
                      .warnings = workflow_.texts.findings(warnings_)};
    if (!read.errors.empty()) return read;
    workflow_.warnings = read.warnings;
    read.workflow = std::move(workflow_);
    return read;
  }

 private:
  void read_document(const Node& document) {
    static const auto names = names_of(workflow_keys());
    const Field root{&document, ""};
    if (document.kind == Node::Kind::null) {
      problems_.add("", {1, 1}, "is empty: a workflow needs at least \"jobs\"",
                    "The shortest is \"jobs: {build: {steps: [{run: make}]}}\".");
      return;
    }
    if (is_single_job(document)) return;
    const MapReader map(root, {names}, problems_);
    if (!map.is_map()) return;
    workflow_.name = name_of_file(reading_.source.path);
    if (const auto name = map.find("name")) read_string(*name, workflow_.name, problems_, pipelines::check_name);
    workflow_.triggers = default_triggers();
    if (const auto on = map.find("on")) {
      workflow_.triggers = {};
      read_triggers(*on, workflow_.triggers, problems_);
    }
    if (const auto inputs = map.find("inputs")) read_inputs(*inputs, workflow_.inputs, problems_);
    read_shared(document, map);
    if (const auto defaults = map.find("defaults")) {
      check_defaults(*defaults, problems_);
      reading_.defaults = document.find("defaults")->value;
    }
    if (const auto jobs = map.require("jobs")) read_jobs(*jobs);
    collect_not_available(workflow_.texts, document, workflow_shape(), "", workflow_.not_available);
    if (reading_.source.read_foreign)
      std::erase_if(workflow_.not_available, [](const auto& one) { return one.key == "uses"; });
    for (const auto& used : workflow_.templates)
      if (used->node != nullptr)
        collect_not_available(workflow_.texts, *used->node, template_shape(), "", workflow_.not_available);
  }

  // A file for `open-cicd job run` is the likeliest mistake.
  bool is_single_job(const Node& document) {
    if (document.find("steps") == nullptr || document.find("jobs") != nullptr) return false;
    problems_.add("", document.at, "is one job, not a workflow",
                  "Put it below \"jobs: {build: …}\", or run it with \"open-cicd job run\".");
    return true;
  }

  // Expressions of the workflow itself know no job.
  void read_shared(const Node& document, const MapReader& map) {
    World world(scope_of_event());
    world.declare("inputs", type_of_inputs(workflow_.inputs, workflow_.triggers.only_by_hand()));
    for (const char* name : {"needs", "steps", "matrix"}) world.refuse(name, "cannot stand here: it belongs to a job");
    Preparer preparer(workflow_.texts, problems_, workflow_.prepared, "", world);
    if (const auto env = map.find("env")) {
      workflow_.env = document.find("env")->value;
      reading_.env_node = preparer.walk_env(workflow_.env, key_of(workflow_keys(), "env").shape, {.name = "env"});
      std::map<std::string, std::string> checked;
      read_env({reading_.env_node.get(), env->path}, checked, problems_);
      reading_.env = world.env();
    }
    if (const auto concurrency = map.find("concurrency")) {
      workflow_.concurrency = document.find("concurrency")->value;
      const NodePtr prepared =
          preparer.walk(workflow_.concurrency, key_of(workflow_keys(), "concurrency").shape, {.name = "concurrency"});
      std::optional<pipelines::Concurrency> checked;
      read_concurrency({prepared.get(), concurrency->path}, checked, problems_);
    }
  }

  void read_jobs(const Field& field) {
    if (field.node->kind != Node::Kind::map) {
      mistyped(field, "a map of names to jobs", problems_);
      return;
    }
    if (field.node->members.empty()) field.fail(problems_, "must have at least one job");
    if (field.node->members.size() > limits::jobs_max) {
      field.fail(problems_, fmt::format("must have at most {} jobs", limits::jobs_max));
      return;
    }
    std::vector<NodePtr> nodes;
    std::size_t count = 0;
    for (const pipelines::Member& member : field.node->members) {
      Job& job = *workflow_.jobs.emplace_back(std::make_unique<Job>());
      job.key = member.key;
      const Field value{member.value.get(), member_path(field.path, member.key)};
      if (auto wrong = check_plain_name(member.key)) problems_.add(value.path, member.key_at, std::move(*wrong));
      nodes.push_back(member.value);
      read_job_shape(reading_, value, job);
      count += job.matrix ? job.matrix->legs.size() : 1;
      // No further matrix is made: a thousand of them, by aliases, would fill the memory.
      if (!is_number_allowed(count, field)) return;
    }
    order_jobs(workflow_.jobs, nodes, problems_, warnings_);
    for (const auto& job : workflow_.jobs) reading_.jobs.emplace(job->key, job.get());
    for (const auto& job : workflow_.jobs)
      if (job->node != nullptr) check_job(reading_, *job);
  }

  bool is_number_allowed(std::size_t count, const Field& field) {
    if (count <= limits::jobs_max) return true;
    return field.fail(problems_, fmt::format("makes at least {} jobs, matrices counted, and at most {} are allowed",
                                             count, limits::jobs_max));
  }

  Workflow workflow_;
  Problems problems_, warnings_;
  Reading reading_;
};

}  // namespace

ReadWorkflow read_workflow(const Source& source) {
  return WorkflowReader(source).read();
}

Verdict lint(const Source& source) {
  ReadWorkflow read = read_workflow(source);
  return {.valid = read.workflow.has_value(), .errors = std::move(read.errors), .warnings = std::move(read.warnings)};
}

}  // namespace open_cicd::workflows
