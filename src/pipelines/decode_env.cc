#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"
#include "pipelines/rules.h"

#include <fmt/format.h>

namespace open_cicd::pipelines {
namespace {

// Numbers and booleans are taken as they are written: `PORT: 8080`, `VERSION: 1.20`.
void read_value(const Field& field, std::string& to, Problems& problems) {
  const Node& node = *field.node;
  if (node.kind == Node::Kind::null) {
    field.fail(problems, "must have a value; an empty one is \"\"");
  } else if (!node.is_scalar()) {
    field.fail(problems, fmt::format("must be a string, not {}", name_of(node.kind)));
  } else if (auto wrong = check_env_value(text_for_rules(node))) {
    field.fail(problems, std::move(*wrong));
  } else {
    to = node.text;
  }
}

}  // namespace

void read_env(const Field& field, std::map<std::string, std::string>& to, Problems& problems) {
  if (field.node->kind != Node::Kind::map) {
    field.fail(problems, fmt::format("must be a map of names to values, not {}", name_of(field.node->kind)));
    return;
  }
  if (field.node->members.size() > limits::env_variables_max) {
    field.fail(problems, fmt::format("must have at most {} variables", limits::env_variables_max));
    return;
  }
  for (const Member& member : field.node->members) {
    const Field value{member.value.get(), member_path(field.path, member.key)};
    if (auto wrong = check_env_name(member.key))
      problems.add(value.path, member.key_at, std::move(*wrong));
    else if (!value.node->hole)
      read_value(value, to[member.key], problems);
  }
}

// A list of names, or a map of variables to names.
void read_secrets(const Field& field, std::map<std::string, std::string>& to, Problems& problems) {
  if (field.node->kind == Node::Kind::map) {
    if (field.node->members.size() > limits::secrets_max) {
      field.fail(problems, fmt::format("must have at most {} variables", limits::secrets_max));
      return;
    }
    for (const Member& member : field.node->members) {
      const Field value{member.value.get(), member_path(field.path, member.key)};
      if (auto wrong = check_env_name(member.key)) problems.add(value.path, member.key_at, std::move(*wrong));
      read_string(value, to[member.key], problems, check_secret_name);
    }
    return;
  }
  std::vector<std::string> names;
  read_strings(field, names, limits::secrets_max, problems, check_secret_name);
  for (std::string& name : names) to.emplace(name, name);
}

}  // namespace open_cicd::pipelines
