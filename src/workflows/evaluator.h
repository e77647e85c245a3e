// Puts values where expressions stand, for one job or leg. What is known later stays a hole and is told in `late`.
#pragma once

#include "expressions/evaluate.h"
#include "workflows/limits.h"
#include "workflows/plan.h"
#include "workflows/walk.h"
#include "workflows/workflow.h"

#include <map>
#include <string>
#include <vector>

namespace open_cicd::workflows {

// The values of the names that a false condition speaks of, cut to what a person can read.
boost::json::object shown_values(const expressions::Expression& condition, const expressions::Context& context,
                                 expressions::Budget budget);

// How many expressions one plan has evaluated, and what they took; limits, because a matrix multiplies them.
class EvaluationBudget {
 public:
  bool spend() { return ++spent_ <= limits::evaluations_max; }
  expressions::Budget of_one() { return {.together = &operations_}; }

 private:
  std::size_t spent_ = 0;
  expressions::SharedBudget operations_{limits::plan_operations_max};
};

// The values of one file of a job: its own, or its template's. The contexts that it is made with must outlive it.
class Values {
 public:
  explicit Values(const boost::json::object& event);
  Values(const Values&) = delete;

  void set(const std::string& name, const expressions::Value& value) { context_.set(name, value); }
  void define(const std::string& variable, const std::string& value);
  boost::json::object& env() { return env_.as_object(); }
  const expressions::Context& context() const { return context_; }

 private:
  expressions::Context context_;
  expressions::Value env_ = boost::json::object();
};

struct StepCondition {
  std::string text;               // as written
  std::optional<Reason> skipped;  // it is false; else it is known later
};

class Evaluator final : public Walker {
 public:
  Evaluator(const SourceTexts& texts, pipelines::Problems& problems, const PreparedByPath& prepared, std::string root,
            EvaluationBudget& budget, Values& own, Values* of_template = nullptr)
      : texts_(texts),
        problems_(problems),
        prepared_(prepared),
        root_(std::move(root)),
        budget_(budget),
        own_(own),
        template_(of_template) {}

  // A value of any type, for the input of a template. Nothing and a problem when it fails.
  std::optional<expressions::Value> value(const pipelines::NodePtr& node, const Place& place);

  // Of a condition that is known: nothing when it is true.
  std::optional<Reason> skip_of(const Prepared& condition, const pipelines::Node& node, const Place& place);

  std::vector<Late> take_late() { return std::move(late_); }
  std::map<int, StepCondition> take_step_conditions() { return std::move(step_conditions_); }

 protected:
  pipelines::NodePtr expression(const pipelines::NodePtr& node, const Shape& shape, const Place& place) override;
  void define(const std::string& name, const pipelines::Node& value) override;
  void begin_step(const pipelines::Node& step) override;
  void end_step(const pipelines::Node& step) override;

 private:
  Values& values_of(const pipelines::Node& node) {
    return node.at.file == 0 || template_ == nullptr ? own_ : *template_;
  }
  bool may_evaluate(const pipelines::Node& node, const Place& place);
  void fail(const pipelines::Node& node, const Place& place, const expressions::ExpressionError& error);
  pipelines::NodePtr step_condition(const pipelines::NodePtr& node, const Prepared& condition, const Place& place);
  pipelines::NodePtr evaluated(const pipelines::NodePtr& node, const Shape& shape, const Place& place,
                               const expressions::Template& text);

  const SourceTexts& texts_;
  pipelines::Problems& problems_;
  const PreparedByPath& prepared_;
  std::string root_;
  EvaluationBudget& budget_;
  Values& own_;
  Values* template_;
  std::vector<Late> late_;
  std::map<int, StepCondition> step_conditions_;  // by the index of the step
  int step_ = -1;
  boost::json::object env_before_;
};

}  // namespace open_cicd::workflows
