#include "runner/variables.h"

#include "base/text.h"
#include "expressions/value.h"
#include "pipelines/limits.h"

#include <array>

namespace open_cicd::runner {
namespace {

constexpr auto table = std::to_array<Variable>({
    {"CI"},
    {"CI_SERVER"},
    {"CI_JOB"},
    {"CI_JOB_NAME"},
    {"CI_ATTEMPT"},
    {"CI_STEP"},
    {"CI_STEP_NAME"},
    {"CI_WORKSPACE"},
    {"CI_OUTPUT"},
    {"CI_ENV"},
    {"CI_PATH"},
    {"CI_SUMMARY"},
    {"CI_REPO", "repository", "full_name"},
    {"CI_REPO_URL"},
    {"CI_COMMIT", "git", "sha"},
    {"CI_COMMIT_MESSAGE", "git", "message"},
    {"CI_COMMIT_AUTHOR", "git", "author"},
    {"CI_BASE_COMMIT", "git", "base_sha"},
    {"CI_REF", "git", "ref"},
    {"CI_BRANCH", "git", "branch"},
    {"CI_TAG", "git", "tag"},
    {"CI_DEFAULT_BRANCH", "git", "default_branch"},
    {"CI_EVENT", "event", "name"},
    {"CI_EVENT_ACTION", "event", "action"},
    {"CI_ACTOR", "event", "actor"},
    {"CI_CHANGE", "change", "number"},
    {"CI_CHANGE_TITLE", "change", "title"},
    {"CI_SOURCE_BRANCH", "change", "source_branch"},
    {"CI_TARGET_BRANCH", "change", "target_branch"},
    {"CI_RUN", "run", "id"},
    {"CI_RUN_NUMBER", "run", "number"},
    {"CI_ROUND", "run", "round"},
});

const expressions::Value* find_in(const boost::json::object& contexts, const Variable& variable) {
  const expressions::Value* context = contexts.if_contains(variable.context);
  const boost::json::object* fields = context == nullptr ? nullptr : context->if_object();
  return fields == nullptr ? nullptr : fields->if_contains(variable.field);
}

// As an environment can hold it: titles and messages come from anywhere.
std::string text_of(const expressions::Value& value) {
  if (value.is_number()) return expressions::number_text(value);
  if (!value.is_string()) return {};
  std::string text(value.get_string());
  std::erase(text, '\0');
  if (text.size() > pipelines::limits::value_bytes_max)
    text.resize(utf8_complete_prefix(std::string_view(text).substr(0, pipelines::limits::value_bytes_max)));
  return text;
}

}  // namespace

std::span<const Variable> variables() {
  return table;
}

std::map<std::string, std::string> variables_of_run(const pipelines::JobSpec& spec) {
  std::map<std::string, std::string> found;
  if (!spec.contexts) return found;
  for (const Variable& variable : table) {
    const expressions::Value* value = variable.context.empty() ? nullptr : find_in(*spec.contexts, variable);
    if (value == nullptr) continue;
    if (std::string text = text_of(*value); !text.empty()) found.emplace(variable.name, std::move(text));
  }
  return found;
}

}  // namespace open_cicd::runner
