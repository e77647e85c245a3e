#include "workflows/contexts.h"

#include "workflows/words.h"

#include <boost/json/value_to.hpp>

namespace open_cicd::workflows {
namespace {

using expressions::Scope;
using expressions::Stage;
using expressions::Type;

template <std::size_t N>
Type one_of(const std::array<std::string_view, N>& words) {
  return Type::one_of({words.begin(), words.end()});
}

boost::json::value or_null(const std::optional<std::string>& text) {
  return text ? boost::json::value(*text) : boost::json::value(nullptr);
}

boost::json::array texts(const std::vector<std::string>& list) {
  boost::json::array array;
  for (const std::string& text : list) array.emplace_back(text);
  return array;
}

Type type_of_git() {
  const Type text = Type::string(), maybe = Type::string().or_null();
  return Type::map({{"ref", text},
                    {"branch", maybe},
                    {"tag", maybe},
                    {"sha", text},
                    {"base_sha", maybe},
                    {"message", text},
                    {"author", text},
                    {"default_branch", text},
                    {"changed", Type::list(text).or_null()}});
}

Type type_of_change() {
  const Type text = Type::string();
  return Type::map({{"number", Type::number()},
                    {"title", text},
                    {"source_branch", text},
                    {"target_branch", text},
                    {"is_fork", Type::boolean()},
                    {"labels", Type::list(text)},
                    {"draft", Type::boolean()}})
      .or_null();
}

Scope make_scope_of_event() {
  Scope scope;
  scope.declare("event", Type::map({{"name", one_of(event_words)},
                                    {"action", one_of(change_types).or_null()},
                                    {"actor", Type::string()}}));
  scope.declare("git", type_of_git());
  scope.declare("change", type_of_change());
  scope.declare("repository", Type::map({{"full_name", Type::string()}}));
  scope.declare(
      "run",
      Type::map({{"number", Type::number()}, {"id", Type::string()}, {"round", Type::number()}}).known(Stage::release));
  // Words of other systems.
  scope.refuse("github", "is not known here: write git, event, change or repository");
  scope.refuse("vars", "is not known here: write inputs or env");
  scope.refuse("secrets", "is not known here: name secrets under `secrets`, and scripts get them as variables");
  return scope;
}

}  // namespace

const Scope& scope_of_event() {
  static const Scope scope = make_scope_of_event();
  return scope;
}

boost::json::object values_of_event(const Event& event) {
  boost::json::object values;
  values["event"] =
      boost::json::object{{"name", event.name}, {"action", or_null(event.action)}, {"actor", event.actor}};
  values["git"] = boost::json::object{
      {"ref", event.ref},       {"branch", or_null(event.branch)},        {"tag", or_null(event.tag)},
      {"sha", event.sha},       {"base_sha", or_null(event.base_sha)},    {"message", event.message},
      {"author", event.author}, {"default_branch", event.default_branch}, {"changed", nullptr}};
  if (event.changed) values["git"].as_object()["changed"] = texts(*event.changed);
  values["change"] = nullptr;
  if (event.change) {
    const Change& change = *event.change;
    values["change"] = boost::json::object{{"number", change.number},
                                           {"title", change.title},
                                           {"source_branch", change.source_branch},
                                           {"target_branch", change.target_branch},
                                           {"is_fork", change.is_fork},
                                           {"labels", texts(change.labels)},
                                           {"draft", change.draft}};
  }
  values["repository"] = boost::json::object{{"full_name", event.repository}};
  return values;
}

Event event_of_values(const boost::json::object& values) {
  const auto text = [](const boost::json::value& value) {
    return value.is_string() ? std::optional(std::string(value.get_string())) : std::nullopt;
  };
  const auto list = [](const boost::json::value& value) {
    return boost::json::value_to<std::vector<std::string>>(value);
  };
  const auto& event = values.at("event").as_object();
  const auto& git = values.at("git").as_object();
  Event made{.name = text(event.at("name")).value_or(""),
             .own_trigger = true,
             .action = text(event.at("action")),
             .actor = text(event.at("actor")).value_or(""),
             .branch = text(git.at("branch")),
             .tag = text(git.at("tag")),
             .ref = text(git.at("ref")).value_or(""),
             .sha = text(git.at("sha")).value_or(""),
             .base_sha = text(git.at("base_sha")),
             .message = text(git.at("message")).value_or(""),
             .author = text(git.at("author")).value_or(""),
             .default_branch = text(git.at("default_branch")).value_or(""),
             .repository = text(values.at("repository").at("full_name")).value_or("")};
  if (const auto& changed = git.at("changed"); changed.is_array()) made.changed = list(changed);
  if (const auto* change = values.at("change").if_object())
    made.change = Change{.number = change->at("number").to_number<std::int64_t>(),
                         .title = text(change->at("title")).value_or(""),
                         .source_branch = text(change->at("source_branch")).value_or(""),
                         .target_branch = text(change->at("target_branch")).value_or(""),
                         .is_fork = change->at("is_fork").as_bool(),
                         .draft = change->at("draft").as_bool(),
                         .labels = list(change->at("labels"))};
  return made;
}

Type type_of_needs(const std::vector<NeededJob>& needs) {
  Type::Fields jobs;
  for (const NeededJob& need : needs) {
    Type::Fields outputs;
    for (const std::string& output : need.outputs) outputs.emplace(output, Type::string().or_null());
    Type job = Type::map({{"result", one_of(result_words)}, {"outputs", Type::map(std::move(outputs))}});
    jobs.emplace(need.key, need.optional ? job.or_null() : job);
  }
  return Type::map(std::move(jobs)).known(Stage::release);
}

Type type_of_matrix(const std::vector<boost::json::object>& legs) {
  if (legs.empty()) return Type::map({});
  Type type = expressions::type_of(legs.front());
  for (std::size_t i = 1; i < legs.size(); ++i) type = common_type(type, expressions::type_of(legs[i]));
  return type;
}

}  // namespace open_cicd::workflows
