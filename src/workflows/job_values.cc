#include "workflows/job_values.h"

#include "pipelines/job_decoder.h"
#include "pipelines/limits.h"
#include "pipelines/rules.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/names.h"
#include "workflows/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace open_cicd::workflows {
namespace {

using pipelines::Field;
using pipelines::MapReader;
using pipelines::member_path;
using pipelines::Node;
using pipelines::Problems;

constexpr std::int64_t kept_ms_max = std::int64_t{3650} * 24 * 3600 * 1000;

// Names of the keys of a map of the table, made once for each map.
const std::vector<std::string_view>& names_below(std::string_view job_key) {
  static const auto all = [] {
    std::map<std::string_view, std::vector<std::string_view>> names;
    for (const Key& key : job_keys()) {
      const Shape& shape = form_for(key.shape, {.is_map = true});
      const bool is_list = shape.form == Form::list;
      names[key.name] = names_of(is_list ? shape.item->keys : shape.keys);
    }
    return names;
  }();
  return all.at(job_key);
}

void read_checkout(const Field& field, std::optional<PlannedCheckout>& to, Problems& problems) {
  to.emplace();
  if (field.node->hole) return;
  if (field.node->kind == Node::Kind::boolean) {
    if (!field.node->boolean) to.reset();
    return;
  }
  if (field.node->kind != Node::Kind::map) {
    mistyped(field, "true, false or a map with depth, submodules, lfs, path", problems);
    return;
  }
  const MapReader map(field, {names_below("checkout")}, problems);
  if (const auto depth = map.find("depth"))
    read_integer(*depth, to->depth, 0, pipelines::limits::depth_of_checkout_max, problems);
  if (const auto submodules = map.find("submodules")) read_boolean(*submodules, to->submodules, problems);
  if (const auto lfs = map.find("lfs")) read_boolean(*lfs, to->lfs, problems);
  if (const auto path = map.find("path")) read_string(*path, to->path, problems, pipelines::check_checkout_path);
}

void read_path_patterns(const MapReader& map, std::string_view key, std::vector<std::string>& to, Problems& problems) {
  if (const auto field = map.find(key)) read_strings(*field, to, limits::paths_max, problems, check_path_pattern);
}

void read_cache(const Field& field, std::vector<Cache>& to, Problems& problems) {
  for (const Field& item : read_items(field, limits::entries_max, problems)) {
    Cache& cache = to.emplace_back();
    const MapReader map(item, {names_below("cache")}, problems);
    if (const auto key = map.require("key")) read_string(*key, cache.key, problems, pipelines::check_name);
    if (const auto fallback = map.find("fallback"))
      read_strings(*fallback, cache.fallback, limits::entries_max, problems, pipelines::check_name);
    map.require("paths");
    read_path_patterns(map, "paths", cache.paths, problems);
    if (const auto policy = map.find("policy")) read_choice(*policy, cache.policy, cache_policies, problems);
  }
}

void read_artifacts(const Field& field, std::vector<Artifact>& to, Problems& problems) {
  for (const Field& item : read_items(field, limits::entries_max, problems)) {
    Artifact& artifact = to.emplace_back();
    const MapReader map(item, {names_below("artifacts")}, problems);
    if (const auto name = map.require("name")) read_string(*name, artifact.name, problems, pipelines::check_name);
    map.require("paths");
    read_path_patterns(map, "paths", artifact.paths, problems);
    read_path_patterns(map, "exclude", artifact.exclude, problems);
    if (const auto when = map.find("when")) read_choice(*when, artifact.when, artifact_whens, problems);
    if (const auto expires = map.find("expires"))
      read_duration(*expires, artifact.expires_ms, 1000, kept_ms_max, problems);
    const auto is_same = [&](const Artifact& other) { return &other != &artifact && other.name == artifact.name; };
    if (!artifact.name.empty() && std::ranges::any_of(to, is_same))
      item.fail(problems, "has the name of another artifact of this job");
  }
}

void read_reports(const Field& field, std::optional<Reports>& to, Problems& problems) {
  const MapReader map(field, {names_below("reports")}, problems);
  read_path_patterns(map, "junit", to.emplace().junit, problems);
  read_path_patterns(map, "coverage", to->coverage, problems);
}

void read_environment(const Field& field, std::optional<Environment>& to, Problems& problems) {
  to.emplace();
  if (field.node->kind != Node::Kind::map) {
    read_string(field, to->name, problems, pipelines::check_name);
    return;
  }
  const MapReader map(field, {names_below("environment")}, problems);
  if (const auto name = map.require("name")) read_string(*name, to->name, problems, pipelines::check_name);
  if (const auto url = map.find("url")) read_string(*url, to->url, problems, check_plain_text);
}

void read_approval(const Field& field, std::optional<Approval>& to, Problems& problems) {
  to.emplace();
  const MapReader map(field, {names_below("approval")}, problems);
  if (const auto by = map.find("by")) read_strings(*by, to->by, limits::entries_max, problems, pipelines::check_name);
  if (const auto count = map.find("count")) read_integer(*count, to->count, 1, 10, problems);
  if (const auto expires = map.find("expires")) read_duration(*expires, to->expires_ms, 1000, kept_ms_max, problems);
  if (const auto message = map.find("message")) read_string(*message, to->message, problems, check_plain_text);
}

void read_id_token(const Field& field, std::map<std::string, std::string>& to, Problems& problems) {
  if (field.node->kind != Node::Kind::map) {
    mistyped(field, "a map of variables to audiences", problems);
    return;
  }
  for (const pipelines::Member& member : field.node->members) {
    const Field value{member.value.get(), member_path(field.path, member.key)};
    if (auto wrong = pipelines::check_env_name(member.key)) problems.add(value.path, member.key_at, std::move(*wrong));
    read_string(value, to[member.key], problems, pipelines::check_name);
  }
}

void check_ids(const Field& steps, const PlannedJob& job, Problems& problems) {
  std::vector<std::string_view> seen;
  for (const PlannedStep& step : job.steps) {
    if (!step.id) continue;
    if (std::ranges::find(seen, *step.id) != seen.end())
      problems.add(member_path(steps.path + fmt::format("[{}]", step.step), "id"),
                   steps.node->items[static_cast<std::size_t>(step.step)]->find("id")->value->at,
                   fmt::format("stands twice in this job: \"{}\"", *step.id));
    seen.push_back(*step.id);
  }
}

// A step in the background lives as long as the others: without one after it, it would be ended at once.
void check_background(const Field& steps, const PlannedJob& job, Problems& problems) {
  std::size_t count = 0;
  std::size_t last_foreground = job.spec->steps.size();
  for (auto step = job.steps.rbegin(); step != job.steps.rend(); ++step)
    if (step->background && static_cast<std::size_t>(step->step) + 1 == last_foreground) --last_foreground;
  for (const PlannedStep& step : job.steps) {
    if (!step.background) continue;
    const std::string path = member_path(steps.path + fmt::format("[{}]", step.step), "background");
    const auto at = steps.node->items[static_cast<std::size_t>(step.step)]->find("background")->value->at;
    if (++count > pipelines::limits::background_steps_max)
      problems.add(path, at,
                   fmt::format("is one too many: a job has at most {} steps in the background",
                               pipelines::limits::background_steps_max));
    else if (static_cast<std::size_t>(step.step) >= last_foreground)
      problems.add(path, at, "is of no use here: no step comes after it, so it would be ended at once");
  }
}

bool says_something(const PlannedStep& step) {
  return step.id || step.condition || step.skipped || step.uses || !step.with.empty() || !step.secrets.empty() ||
         step.user || !step.entrypoint.empty() || step.background || step.privileged ||
         !step.allowed_exit_codes.empty();
}

void read_job_steps(const Field& field, PlannedJob& to, Problems& problems) {
  read_steps(field, to.spec->steps, problems,
             [&](const Field& item, std::size_t index, pipelines::Step& step, Problems&) {
               PlannedStep beyond{.step = static_cast<int>(index)};
               read_planned_step(item, index, step, beyond, problems);
               if (says_something(beyond)) to.steps.push_back(std::move(beyond));
             });
  if (field.node->kind != Node::Kind::list) return;
  check_ids(field, to, problems);
  check_background(field, to, problems);
}

}  // namespace

void read_allow_failure(const Field& field, AllowFailure& to, Problems& problems) {
  if (field.node->kind != Node::Kind::map) {
    if (field.node->hole || field.node->kind == Node::Kind::boolean)
      read_boolean(field, to.all, problems);
    else
      mistyped(field, "true, false or a map with exit_codes", problems);
    return;
  }
  const MapReader map(field, {names_below("allow_failure")}, problems);
  if (const auto codes = map.require("exit_codes"))
    read_integers(*codes, to.exit_codes, 1, 255, pipelines::limits::exit_codes_max, problems);
}

void read_outputs(const Field& field, std::vector<std::string>& to, Problems& problems) {
  read_strings(field, to, limits::outputs_max, problems, check_plain_name);
}

void read_job_values(const Field& job, PlannedJob& to, Problems& problems) {
  static const auto names = names_of(job_keys());
  const MapReader map(job, {names}, problems);
  pipelines::JobSpec& spec = to.spec.emplace();
  spec.name = to.name;
  read_job_keys(map, spec, problems);
  to.checkout.emplace();
  if (const auto checkout = map.find("checkout")) read_checkout(*checkout, to.checkout, problems);
  if (const auto allow = map.find("allow_failure")) {
    read_allow_failure(*allow, to.allow_failure.emplace(), problems);
    if (!to.allow_failure->all && to.allow_failure->exit_codes.empty()) to.allow_failure.reset();
  }
  if (const auto outputs = map.find("outputs")) read_outputs(*outputs, to.outputs, problems);
  if (const auto user = map.find("user")) read_string(*user, to.user.emplace(), problems, pipelines::check_user);
  if (const auto secrets = map.find("secrets")) pipelines::read_secrets(*secrets, to.secrets, problems);
  if (const auto cache = map.find("cache")) read_cache(*cache, to.cache, problems);
  if (const auto artifacts = map.find("artifacts")) read_artifacts(*artifacts, to.artifacts, problems);
  if (const auto reports = map.find("reports")) read_reports(*reports, to.reports, problems);
  if (const auto environment = map.find("environment")) read_environment(*environment, to.environment, problems);
  if (const auto approval = map.find("approval")) read_approval(*approval, to.approval, problems);
  if (const auto token = map.find("id_token")) read_id_token(*token, to.id_token, problems);
  if (const auto steps = map.find("steps")) read_job_steps(*steps, to, problems);
  if (map.is_map() && job.node->find("steps") != nullptr) check_together(job, spec, problems);
  to.name = spec.name;
}

}  // namespace open_cicd::workflows
