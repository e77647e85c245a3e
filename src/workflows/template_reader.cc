#include "base/crypto.h"
#include "base/text.h"
#include "pipelines/rules.h"
#include "workflows/job_reader.h"
#include "workflows/keys.h"
#include "workflows/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

using pipelines::Field;
using pipelines::MapReader;
using pipelines::Node;

// Nothing, or what is wrong with the path of a template in this repository.
std::string wrong_template_path(std::string_view path) {
  if (!path.starts_with("./")) return "must be a path that begins with \"./\", or \"owner/name/file.yml@ref\"";
  for (std::string_view rest = path.substr(2); !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part == "..") return "must not leave the repository: remove \"..\"";
  }
  return path.ends_with('/') ? "must be a file, not a folder" : "";
}

// "owner/name/path/file.yml@ref": names with slashes between them, and a literal ref.
std::string wrong_foreign_template(std::string_view path) {
  const std::size_t at = path.rfind('@');
  const std::string_view ref = path.substr(at + 1);
  if (ref.empty() || pipelines::check_git_ref(ref)) return "must name a branch, a tag or a commit behind its \"@\"";
  int parts = 0;
  for (std::string_view rest = path.substr(0, at); !rest.empty(); ++parts) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part.empty() || part == "." || part == "..") return "must be \"owner/name/path/file.yml@ref\", without \"..\"";
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return parts < 3 ? "must be \"owner/name/path/file.yml@ref\"" : "";
}

std::expected<std::string, std::string> own_text(const Source& source, const std::string& file) {
  if (!source.read_file) return std::unexpected("cannot be read here: only the text of the workflow was given");
  if (auto text = source.read_file(file)) return std::move(*text);
  return std::unexpected(fmt::format("names no file of this repository: {}", escape_for_line(file)));
}

// Keys that make a job of the file: unknown ones, and what only the job that uses it may say.
void check_template_keys(const Node& node, pipelines::Problems& problems) {
  static const auto names = names_of(template_keys());
  static const auto of_jobs = names_of(job_keys());
  for (const pipelines::Member& member : node.members) {
    if (std::ranges::find(names, member.key) != names.end()) continue;
    if (std::ranges::find(of_jobs, member.key) != of_jobs.end())
      problems.add(member.key, member.key_at, "cannot stand in a template: write it in the job that uses it");
    else
      problems.add(member.key, member.key_at, "is not a known key", pipelines::key_hint(member.key, names));
  }
}

}  // namespace

const Template* find_template(Reading& reading, const Field& uses, std::string_view path) {
  Workflow& workflow = reading.workflow;
  pipelines::Problems& problems = reading.problems;
  const bool is_own = path.starts_with("./") || !path.contains('@');
  if (std::string wrong = is_own ? wrong_template_path(path) : wrong_foreign_template(path); !wrong.empty()) {
    uses.fail(problems, std::move(wrong));
    return nullptr;
  }
  const std::string file(is_own ? path.substr(2) : path);
  const auto known =
      std::ranges::find(workflow.templates, file, [](const auto& other) -> const std::string& { return other->path; });
  if (known != workflow.templates.end()) return (*known)->node == nullptr ? nullptr : known->get();
  if (workflow.templates.size() == limits::templates_max) {
    uses.fail(problems, fmt::format("is one template too many: a workflow uses at most {}", limits::templates_max));
    return nullptr;
  }
  const auto text = is_own ? own_text(reading.source, file) : reading.source.read_foreign(file);
  if (!text) {
    uses.fail(problems, text.error());
    return nullptr;
  }
  Template& used = *workflow.templates.emplace_back(std::make_unique<Template>());
  used.path = file;
  used.digest = "sha256:" + sha256_hex(*text);
  const int number = workflow.texts.add(file, *text);
  const auto node = pipelines::compose_yaml(*text, number);
  if (!node) {
    const FieldError& wrong = node.error().fields().front();
    problems.add("", {wrong.line, wrong.column, number}, wrong.message);
    return nullptr;
  }
  if ((*node)->kind != Node::Kind::map) {
    mistyped({node->get(), ""}, "a map with the keys of a job", problems);
    return nullptr;
  }
  used.node = *node;
  check_template_keys(*used.node, problems);
  if (const pipelines::Member* inputs = used.node->find("inputs"))
    read_inputs({inputs->value.get(), "inputs"}, used.inputs, problems);
  if (used.node->find("steps") == nullptr) problems.add("steps", used.node->at, "is required");
  return &used;
}

}  // namespace open_cicd::workflows
