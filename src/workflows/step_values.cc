#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"
#include "pipelines/rules.h"
#include "workflows/job_values.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/names.h"

#include <fmt/format.h>

#include <array>

namespace open_cicd::workflows {
namespace {

using pipelines::Field;
using pipelines::MapReader;
using pipelines::member_path;
using pipelines::Node;
using pipelines::Problems;

// A plugin has no script: what a script needs would be ignored.
constexpr auto keys_of_scripts = std::to_array<std::string_view>({"shell", "entrypoint", "image"});

pipelines::Wrong check_plugin(std::string_view text) {
  auto wrong = pipelines::check_image(text);
  if (wrong && text.contains('@')) *wrong += "; an action of another CI system is none";
  return wrong;
}

void read_with(const Field& field, std::map<std::string, std::string>& to, Problems& problems) {
  if (field.node->kind != Node::Kind::map) {
    mistyped(field, "a map of names to values", problems);
    return;
  }
  for (const pipelines::Member& member : field.node->members) {
    const Field value{member.value.get(), member_path(field.path, member.key)};
    if (auto wrong = check_plain_name(member.key)) problems.add(value.path, member.key_at, std::move(*wrong));
    if (value.node->hole) continue;
    if (!value.node->is_scalar() || value.node->kind == Node::Kind::null)
      mistyped(value, "a string, a number, true or false", problems);
    else if (auto wrong = pipelines::check_env_value(text_for_rules(*value.node)))
      problems.add(value.path, value.node->at, std::move(*wrong));
    else
      to[member.key] = value.node->text;
  }
}

void read_action(const Field& field, const MapReader& map, PlannedStep& to, Problems& problems) {
  const auto run = map.find("run"), uses = map.find("uses"), with = map.find("with");
  if (!map.is_map()) return;
  if (!run && !uses) problems.add(member_path(field.path, "run"), field.node->at, "is required, or else \"uses\"");
  if (run && uses) uses->fail(problems, "cannot stand beside \"run\": a plugin has a program of its own");
  if (with && !uses) with->fail(problems, "is only used with \"uses\"");
  if (with) read_with(*with, to.with, problems);
  if (!uses) return;
  read_string(*uses, to.uses.emplace(), problems, check_plugin);
  for (const std::string_view key : keys_of_scripts)
    if (const auto found = map.find(key))
      found->fail(problems, "is not used with \"uses\": the plugin's image has its own program");
}

}  // namespace

void read_planned_step(const Field& field, std::size_t index, pipelines::Step& step, PlannedStep& beyond,
                       Problems& problems) {
  static const auto names = names_of(step_keys());
  const MapReader map(field, {names}, problems);
  read_step_keys(map, index, step, problems);
  read_action(field, map, beyond, problems);
  if (beyond.uses) {
    step.image = *beyond.uses;
    if (!map.find("name")) step.name = *beyond.uses;
  }
  if (const auto id = map.find("id")) read_string(*id, beyond.id.emplace(), problems, check_plain_name);
  if (const auto secrets = map.find("secrets")) pipelines::read_secrets(*secrets, beyond.secrets, problems);
  if (const auto user = map.find("user")) read_string(*user, beyond.user.emplace(), problems, pipelines::check_user);
  if (const auto entrypoint = map.find("entrypoint"))
    read_strings(*entrypoint, beyond.entrypoint, pipelines::limits::words_max, problems, pipelines::check_word);
  if (const auto background = map.find("background")) read_boolean(*background, beyond.background, problems);
  if (const auto privileged = map.find("privileged")) read_boolean(*privileged, beyond.privileged, problems);
  if (const auto allow = map.find("allow_failure")) {
    AllowFailure allowed;
    read_allow_failure(*allow, allowed, problems);
    step.allow_failure = allowed.all;
    beyond.allowed_exit_codes = std::move(allowed.exit_codes);
  }
}

}  // namespace open_cicd::workflows
