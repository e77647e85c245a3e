#include "runner/step_expressions.h"

#include "expressions/functions.h"
#include "expressions/template.h"

#include <fmt/format.h>

#include <utility>

namespace open_cicd::runner {
namespace {

using expressions::Value;
using protocol::StepState;

std::string_view outcome_word(StepState state) {
  return name_of(state == StepState::timed_out ? StepState::failed : state);
}

// What stands in the file above the step, and in the step itself.
Value env_before(const pipelines::JobSpec& spec, const pipelines::Step& step) {
  boost::json::object env;
  for (const auto* variables : {&spec.env, &step.env})
    for (const auto& [name, value] : *variables) env.insert_or_assign(name, value);
  return env;
}

// Where a late value of a step belongs; nothing for a path that this agent does not know.
std::string* place_of(pipelines::Step& step, std::string_view path) {
  constexpr std::string_view env = "env.", with = "with.";
  if (path.starts_with(env)) return &step.env[std::string(path.substr(env.size()))];
  if (!path.starts_with(with)) return nullptr;
  if (!step.with) step.with.emplace();
  return &(*step.with)[std::string(path.substr(with.size()))];
}

}  // namespace

StepExpressions::StepExpressions(const pipelines::JobSpec& spec) : spec_(spec) {
  if (!spec.contexts) return;
  for (const auto& member : *spec.contexts) roots_.insert_or_assign(std::string(member.key()), member.value());
}

void StepExpressions::ended(const pipelines::Step& step, StepState state,
                            const std::map<std::string, std::string>& outputs) {
  if (!step.id) return;
  boost::json::object written;
  for (const auto& [name, value] : outputs) written.insert_or_assign(name, value);
  steps_.as_object().insert_or_assign(
      *step.id, boost::json::object{{"outcome", outcome_word(state)}, {"outputs", std::move(written)}});
}

expressions::Context StepExpressions::context() const {
  expressions::Context context;
  for (const auto& [name, value] : roots_) context.set(name, value);
  context.set("steps", steps_);
  context.set_hash_files([this](const Patterns& patterns) -> std::expected<std::string, std::string> {
    if (const auto known = hashes_.find(patterns); known != hashes_.end()) return known->second;
    wanted_hash_ = patterns;
    return std::unexpected("it is not known yet");
  });
  return context;
}

void StepExpressions::tell_hash(std::expected<std::string, std::string> digest) {
  hashes_.insert_or_assign(std::exchange(wanted_hash_, std::nullopt).value(), std::move(digest));
}

void StepExpressions::forget_hashes() {
  hashes_.clear();
  wanted_hash_.reset();
}

expressions::Outcome<bool> StepExpressions::holds(const std::string& text, const pipelines::Step& step,
                                                  expressions::StatusAnswers status) const {
  const auto condition = expressions::parse_condition(text);
  if (!condition) return std::unexpected(condition.error());
  if (!asks_status(*condition) && !status.success) return false;
  const Value env = env_before(spec_, step);
  expressions::Context values = context();
  values.set("env", env).set_status(status);
  return evaluate_condition(*condition, values);
}

expressions::Outcome<void> StepExpressions::fill(pipelines::Step& step) const {
  if (!step.late) return {};
  for (const pipelines::LateValue& late : *step.late) {
    const auto wrong = [&late](expressions::ExpressionError error) {
      error.message = fmt::format("{}: {}", late.path, error.message);
      return std::unexpected(std::move(error));
    };
    const auto text = expressions::parse_template(late.text);
    if (!text) return wrong(text.error());
    const Value env = env_before(spec_, step);
    expressions::Context values = context();
    values.set("env", env);
    auto value = evaluate_text(*text, values);
    if (!value) return wrong(value.error());
    std::string* place = place_of(step, late.path);
    if (place == nullptr)
      return wrong({.fault = expressions::Fault::name, .message = "this agent does not know this place"});
    *place = std::move(*value);
  }
  return {};
}

}  // namespace open_cicd::runner
