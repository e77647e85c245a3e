#include "workflows/triggers.h"

#include "base/globs.h"
#include "pipelines/rules.h"
#include "workflows/cron.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
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

pipelines::Wrong check_pattern_text(std::string_view text) {
  std::string wrong = wrong_pattern(text);
  return wrong.empty() ? pipelines::Wrong() : pipelines::Wrong(std::move(wrong));
}

pipelines::Wrong check_cron(std::string_view text) {
  std::string wrong = wrong_cron(text);
  return wrong.empty() ? pipelines::Wrong() : pipelines::Wrong(std::move(wrong));
}

pipelines::Wrong check_timezone(std::string_view text) {
  const auto is_fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
           c == '-' || c == '+';
  };
  if (!text.empty() && text.size() <= limits::key_bytes_max && std::ranges::all_of(text, is_fine)) return {};
  return "must be a name of the tz database such as \"Europe/Berlin\"";
}

void read_patterns(const MapReader& map, std::string_view key, std::vector<std::string>& to, Problems& problems) {
  if (const auto field = map.find(key)) {
    read_strings(*field, to, limits::patterns_max, problems, check_pattern_text);
    if (field->node->kind == Node::Kind::list && field->node->items.empty())
      field->fail(problems, "must have at least one pattern");
  }
}

void read_filters(const Field& field, std::string_view event, Trigger& to, Problems& problems) {
  if (field.node->kind == Node::Kind::null) return;
  const Shape& shape = form_for(
      key_of(form_for(key_of(workflow_keys(), "on").shape, {.is_map = true}).keys, event).shape, {.is_map = true});
  auto names = names_of(shape.keys);
  if (names.empty() && field.node->kind == Node::Kind::map) {
    for (const pipelines::Member& member : field.node->members)
      problems.add(member_path(field.path, member.key), member.key_at,
                   fmt::format("is not a known key: {} has no filters", event),
                   member.key == "inputs" ? "Inputs stand beside \"on\", for every way to start a run." : "");
    return;
  }
  if (event == "push" && field.node->find("tags") != nullptr) {
    problems.add(member_path(field.path, "tags"), field.node->find("tags")->value->at,
                 "is not a filter of push: tags are an event of their own", "Write \"tag: {tags: […]}\" beside push.");
    names.push_back("tags");
  }
  const MapReader map(field, {names}, problems);
  read_patterns(map, "branches", to.branches, problems);
  read_patterns(map, "paths", to.paths, problems);
  read_patterns(map, "tags", to.tags, problems);
  if (const auto types = map.find("types"))
    for (const Field& item : read_items(*types, change_types.size(), problems))
      read_choice(item, to.types.emplace_back(), change_types, problems);
}

void read_schedules(const Field& field, std::vector<Schedule>& to, Problems& problems) {
  static const auto names = names_of(
      form_for(key_of(form_for(key_of(workflow_keys(), "on").shape, {.is_map = true}).keys, "schedule").shape, {})
          .item->keys);
  for (const Field& item : read_items(field, limits::schedules_max, problems)) {
    Schedule& schedule = to.emplace_back();
    const MapReader map(item, {names}, problems);
    if (const auto cron = map.require("cron")) read_string(*cron, schedule.cron, problems, check_cron);
    if (const auto zone = map.find("timezone")) read_string(*zone, schedule.timezone, problems, check_timezone);
    if (const auto branch = map.find("branch"))
      read_string(*branch, schedule.branch, problems, pipelines::check_git_ref);
  }
}

void read_event_name(const Field& field, Triggers& to, Problems& problems) {
  std::string name;
  if (!read_choice(field, name, event_words, problems)) return;
  if (name == "schedule")
    field.fail(problems, "needs its times: write \"schedule: [{cron: \\\"0 3 * * *\\\"}]\"");
  else
    to.events[name];
}

Reason not_taken(std::string_view filter, boost::json::value value) {
  return {"skipped_filter", {{"filter", filter}, {"value", std::move(value)}}};
}

bool passes(const std::vector<std::string>& patterns, std::string_view text) {
  return patterns.empty() || Filter::parse(patterns).value().passes(text);
}

bool any_passes(const std::vector<std::string>& patterns, const std::vector<std::string>& paths) {
  if (patterns.empty()) return true;
  const Filter filter = Filter::parse(patterns).value();
  return std::ranges::any_of(paths, [&](const std::string& path) { return filter.passes(path); });
}

}  // namespace

bool Triggers::only_by_hand() const {
  return std::ranges::all_of(events, [](const auto& event) { return event.first == "manual" || event.first == "api"; });
}

Triggers default_triggers() {
  Triggers triggers;
  triggers.events["push"];
  triggers.events["pull_request"];
  return triggers;
}

void read_triggers(const Field& on, Triggers& to, Problems& problems) {
  if (on.node->kind == Node::Kind::list && on.node->items.empty()) {
    on.fail(problems, "must name at least one event");
  } else if (on.node->kind == Node::Kind::string || on.node->kind == Node::Kind::list) {
    for (const Field& item : read_items(on, event_words.size(), problems)) read_event_name(item, to, problems);
  } else if (on.node->kind != Node::Kind::map) {
    mistyped(on, "an event, a list of events, or a map of events to filters", problems);
  } else {
    if (on.node->members.empty()) on.fail(problems, "must name at least one event");
    const MapReader map(on, {event_words}, problems);
    for (const std::string_view event : event_words) {
      const auto field = map.find(event);
      if (!field) continue;
      Trigger& trigger = to.events[std::string(event)];
      if (event == "schedule")
        read_schedules(*field, to.schedules, problems);
      else
        read_filters(*field, event, trigger, problems);
    }
  }
}

std::optional<Reason> left_out(const Triggers& triggers, const Event& event) {
  if (event.own_trigger) return std::nullopt;
  const auto found = triggers.events.find(event.name);
  if (found == triggers.events.end()) return not_taken("on", boost::json::value(event.name));
  const Trigger& trigger = found->second;
  const std::optional<std::string> branch = event.change ? event.change->target_branch : event.branch;
  if (branch && !passes(trigger.branches, *branch)) return not_taken("branches", boost::json::value(*branch));
  if (event.tag && !passes(trigger.tags, *event.tag)) return not_taken("tags", boost::json::value(*event.tag));
  if (event.name == "pull_request" && event.action) {
    const bool listed = trigger.types.empty() ? std::ranges::count(default_change_types, *event.action) > 0
                                              : std::ranges::count(trigger.types, *event.action) > 0;
    if (!listed) return not_taken("types", boost::json::value(*event.action));
  }
  if (event.changed && !any_passes(trigger.paths, *event.changed))
    return not_taken("paths", boost::json::value(fmt::format("{} changed", event.changed->size())));
  return std::nullopt;
}

}  // namespace open_cicd::workflows
