#include "runs/decide.h"

#include "base/json.h"
#include "expressions/template.h"
#include "workflows/evaluator.h"
#include "workflows/plan.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace open_cicd::runs {
namespace {

using expressions::Value;
using jobs::JobState;
using jobs::reason;

// The values of all contexts, and the object that expressions find them by.
class Values {
 public:
  Values(const RunRow& run, const WaitingRow& job, const NeedsView& needs, const boost::json::object& contexts)
      : contexts_(contexts),
        run_(boost::json::object{{"number", run.number}, {"id", run.id.str()}, {"round", job.round}}),
        matrix_(job.matrix ? boost::json::parse(*job.matrix) : Value(nullptr)),
        needs_(needs.values) {
    for (const auto& member : contexts_) context_.set(std::string(member.key()), member.value());
    context_.set("run", run_).set("matrix", matrix_).set("needs", needs_).set("env", env_);
    context_.set_status(
        {.success = needs.success, .failure = needs.failure, .cancelled = run.cancelling_by.has_value()});
  }
  Values(const Values&) = delete;

  boost::json::object& env() { return env_.as_object(); }
  const Value& needs() const { return needs_; }
  const expressions::Context& context() const { return context_; }

 private:
  const boost::json::object& contexts_;
  const Value run_, matrix_, needs_;
  Value env_ = boost::json::object();
  expressions::Context context_;
};

Decision expression_error(std::string_view text, const expressions::ExpressionError& error) {
  return {.state = JobState::failed,
          .reason = reason("expression_error", {{"expression", text}, {"message", error.text()}})};
}

Decision too_long(std::string_view what, std::size_t bytes_max) {
  return {
      .state = JobState::failed,
      .reason = reason("expression_error", {{"expression", "needs"},
                                            {"message", fmt::format("{} is longer than {} bytes", what, bytes_max)}})};
}

std::size_t bytes_of(const boost::json::object& env) {
  std::size_t bytes = 0;
  for (const auto& variable : env) bytes += variable.key().size() + variable.value().as_string().size();
  return bytes;
}

// The needs must have ended well, whatever else the condition asks for.
bool demands_success(const expressions::Node& node) {
  using expressions::NodeKind;
  if (node.kind == NodeKind::call) return node.name == "success";
  return node.kind == NodeKind::both && std::ranges::any_of(node.children, demands_success);
}

// Nothing when the condition holds.
std::optional<Decision> skip(const WaitingRow& job, const NeedsView& needs, const expressions::Context& context,
                             const expressions::Budget& budget) {
  const auto by_need = [&] {
    return Decision{.state = JobState::skipped,
                    .reason = reason("skipped_need", {{"job", needs.unmet}, {"result", needs.its_result}})};
  };
  if (job.condition == default_condition) return needs.success ? std::nullopt : std::optional(by_need());
  const auto condition = expressions::parse_condition(job.condition);
  if (!condition) return expression_error(job.condition, condition.error());
  const auto holds = expressions::evaluate_condition(*condition, context, budget);
  if (!holds) return expression_error(job.condition, holds.error());
  if (*holds) return std::nullopt;
  if (!needs.success && demands_success(condition->root())) return by_need();
  return Decision{
      .state = JobState::skipped,
      .reason = reason("skipped_condition", {{"expression", job.condition},
                                             {"values", workflows::shown_values(*condition, context, budget)}})};
}

// "steps[3].env.V" is of step 3; nothing for what stands outside of the steps.
std::optional<std::size_t> step_of(std::string_view path) {
  constexpr std::string_view steps = "steps[";
  if (!path.starts_with(steps)) return std::nullopt;
  std::size_t index = 0;
  const auto [end, ec] = std::from_chars(path.data() + steps.size(), path.data() + path.size(), index);
  return ec == std::errc() ? std::optional(index) : std::nullopt;
}

void add_env(boost::json::object& env, const boost::json::value& holder) {
  const auto* own = holder.as_object().if_contains("env");
  if (own == nullptr) return;
  for (const auto& variable : own->as_object()) env.insert_or_assign(variable.key(), variable.value());
}

// The late expressions in the order of the file, so that one can read a variable that another has given.
Decision fill(const WaitingRow& job, const std::string& spec_text, Values& values, const expressions::Budget& budget) {
  const auto spec = boost::json::parse(spec_text);
  boost::json::object filled;
  boost::json::object job_env;
  add_env(job_env, spec);
  values.env() = job_env;
  constexpr std::string_view of_job = "env.";
  std::optional<std::size_t> current;  // step, whose variables stand in values.env()
  for (const workflows::Late& late : json::read_own<std::vector<workflows::Late>>(*job.late)) {
    const auto step = step_of(late.path);
    const std::string own_env = step ? "steps[" + std::to_string(*step) + "].env." : std::string(of_job);
    if (std::exchange(current, step) != step) {
      values.env() = job_env;
      budget.together->spend_work(bytes_of(job_env));
      if (step) add_env(values.env(), spec.at("steps").at(*step));
    }
    if (late.path == needs_for_agent) {  // no expression of anyone's, so none of their limits
      filled[late.path] = boost::json::serialize(values.needs());
      continue;
    }
    const auto text = expressions::parse_template(late.text);
    if (!text) return expression_error(late.text, text.error());
    const auto value = expressions::evaluate_text(*text, values.context(), budget);
    if (!value) return expression_error(late.text, value.error());
    filled[late.path] = *value;
    if (late.path.starts_with(own_env)) values.env()[late.path.substr(own_env.size())] = *value;
    if (late.path.starts_with(of_job)) job_env[late.path.substr(of_job.size())] = *value;
  }
  std::string text = boost::json::serialize(filled);
  if (text.size() > filled_bytes_max) return too_long("what is filled in", filled_bytes_max);
  budget.together->spend_work(text.size());
  return {.state = JobState::queued, .filled = std::move(text)};
}

}  // namespace

Decision decide(const RunRow& run, const WaitingRow& job, const NeedsView& needs, const boost::json::object& contexts,
                const std::string& spec, expressions::SharedBudget& operations) {
  if (run.cancelling_by && !job.cleans_up)
    return {.state = JobState::cancelled, .reason = reason("cancelled", {{"by", *run.cancelling_by}})};
  if (needs.too_long) return too_long("all that its needs have put out", needs_outputs_bytes_max);
  Values values(run, job, needs, contexts);
  const expressions::Budget budget{.together = &operations};
  if (auto skipped = skip(job, needs, values.context(), budget)) return std::move(*skipped);
  if (!job.late) return {};
  return fill(job, spec, values, budget);
}

}  // namespace open_cicd::runs
