#include "base/text.h"
#include "pipelines/limits.h"
#include "workflows/job_reader.h"
#include "workflows/job_values.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/names.h"
#include "workflows/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace open_cicd::workflows {
namespace {

using pipelines::Field;
using pipelines::MapReader;
using pipelines::member_path;
using pipelines::Node;
using pipelines::NodePtr;
using pipelines::Problems;

// Read by themselves, so not part of the tree that the values come from.
constexpr auto keys_of_shape = std::to_array<std::string_view>({"needs", "if", "env", "matrix", "uses", "with"});

void read_need(const Field& field, PlannedNeed& to, Problems& problems) {
  static const auto names = names_of(form_for(*key_of(job_keys(), "needs").shape.item, {.is_map = true}).keys);
  if (field.node->kind != Node::Kind::map) {
    read_string(field, to.job, problems, check_plain_name);
    return;
  }
  const MapReader map(field, {names}, problems);
  if (const auto job = map.require("job")) read_string(*job, to.job, problems, check_plain_name);
  if (const auto optional = map.find("optional")) read_boolean(*optional, to.optional, problems);
  const auto results = map.find("result");
  if (!results) return;
  for (const Field& item : read_items(*results, result_words.size(), problems))
    read_choice(item, to.results.emplace_back(), result_words, problems);
  if (results->node->kind == Node::Kind::list && results->node->items.empty())
    results->fail(problems, "must have at least one result");
}

void read_needs(const Field& field, Job& job, Problems& problems) {
  for (const Field& item : read_items(field, limits::needs_max, problems)) {
    PlannedNeed need;
    read_need(item, need, problems);
    if (!need.job.empty() && std::ranges::count(job.needs, need.job, &PlannedNeed::job) > 0)
      item.fail(problems, fmt::format("stands twice: \"{}\"", need.job));
    job.needs.push_back(std::move(need));
  }
}

// The job's own keys, then the template's, then the defaults.
NodePtr merged(const Node& job, const Template* uses, const Node* defaults) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::map;
  node->at = job.at;
  const auto add = [&](const Node& from) {
    for (const pipelines::Member& member : from.members) {
      if (std::ranges::find(keys_of_shape, member.key) != keys_of_shape.end() || member.key == "inputs") continue;
      if (node->find(member.key) == nullptr) node->members.push_back(member);
    }
  };
  add(job);
  if (uses != nullptr) add(*uses->node);
  if (defaults != nullptr && defaults->kind == Node::Kind::map) add(*defaults);
  return node;
}

void read_template_use(Reading& reading, const Field& field, const MapReader& map, Job& job) {
  const auto uses = map.find("uses"), steps = map.find("steps"), with = map.find("with");
  if (!uses && !steps)
    reading.problems.add(member_path(field.path, "steps"), field.node->at, "is required, or else \"uses\"");
  if (with && !uses) with->fail(reading.problems, "is only used with \"uses\"");
  if (!uses) return;
  if (steps) uses->fail(reading.problems, "cannot stand beside \"steps\": a template has its own");
  std::string path;
  if (!read_string(*uses, path, reading.problems, check_plain_text)) return;
  if (path.empty()) {
    uses->fail(reading.problems, "must not be empty");
    return;
  }
  job.uses_text = path;
  // One of another repository, "owner/name/file.yml@ref", is kept for those who can fetch it.
  const bool is_own = path.starts_with("./") || !path.contains('@');
  if (is_own || reading.source.read_foreign) job.uses = find_template(reading, *uses, path);
}

}  // namespace

void read_job_shape(Reading& reading, const Field& field, Job& job) {
  static const auto names = names_of(job_keys());
  Problems& problems = reading.problems;
  job.path = field.path;
  job.at = field.node->at;
  const MapReader map(field, {names}, problems);
  if (!map.is_map()) return;
  read_template_use(reading, field, map, job);
  if (const auto needs = map.find("needs")) read_needs(*needs, job, problems);
  if (const auto matrix = map.find("matrix")) read_matrix(*matrix, job.matrix.emplace(), problems, reading.warnings);
  if (const auto env = map.find("env")) job.env = field.node->find("env")->value;
  if (const auto with = map.find("with")) job.with = field.node->find("with")->value;
  if (const auto condition = map.find("if")) job.condition_node = field.node->find("if")->value;
  if (job.uses != nullptr)
    if (const pipelines::Member* env = job.uses->node->find("env")) job.template_env = env->value;
  job.node = merged(*field.node, job.uses, reading.defaults.get());
  if (const pipelines::Member* outputs = job.node->find("outputs")) {
    Problems told_later;
    read_outputs({outputs->value.get(), ""}, job.outputs, told_later);
  }
}

NodePtr merge_env(std::initializer_list<NodePtr> maps) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::map;
  for (const NodePtr& map : maps) {
    if (map == nullptr || map->kind != Node::Kind::map) continue;
    if (map->members.size() > pipelines::limits::env_variables_max) continue;  // refused where it stands
    if (node->at.line == 0) node->at = map->at;
    for (const pipelines::Member& member : map->members) {
      const auto same = std::ranges::find(node->members, member.key, &pipelines::Member::key);
      if (same == node->members.end())
        node->members.push_back(member);
      else
        *same = member;
    }
  }
  return node->members.empty() ? nullptr : node;
}

}  // namespace open_cicd::workflows
