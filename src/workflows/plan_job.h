// One job, or one leg of its matrix, to what the plan says of it. Jobs must be planned in the order of the workflow:
// what a need came to decides what can be known of those behind it.
#pragma once

#include "workflows/evaluator.h"
#include "workflows/event.h"
#include "workflows/plan.h"
#include "workflows/workflow.h"

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>

namespace open_cicd::workflows {

class JobPlanner {
 public:
  JobPlanner(const Workflow& workflow, const Event& event, const boost::json::object& inputs,
             pipelines::Problems& problems);

  // `env` and `concurrency` of the workflow; before the first job.
  std::optional<pipelines::Concurrency> plan_shared();
  PlannedJob plan_job(const Job& job, std::size_t leg, const std::optional<Reason>& whole_run);

 private:
  // What is known of a job before it runs.
  enum class Outlook : std::uint8_t { runs, skipped, cannot_succeed };

  std::optional<Reason> reason_to_skip(const Job& job, const expressions::Value& matrix);
  PlannedJob describe(const Job& job, std::size_t leg, bool runs) const;
  std::optional<Reason> skip_by_need(const Job& job) const;
  void remember(const Job& job, const PlannedJob& planned);
  void fill(const Job& job, Evaluator& evaluator, PlannedJob& planned);
  std::optional<boost::json::object> inputs_of_template(const Job& job, Evaluator& evaluator);
  boost::json::object given_to_foreign(const Job& job, Evaluator& evaluator);
  void plan_values(const Job& job, const boost::json::value* matrix, PlannedJob& planned);

  const Workflow& workflow_;
  pipelines::Problems& problems_;
  boost::json::object event_;  // its contexts by name
  expressions::Value inputs_;
  EvaluationBudget budget_;
  pipelines::NodePtr env_node_;  // of the workflow, evaluated
  boost::json::object env_;
  std::map<std::string, Outlook> outlooks_;  // by job
};

}  // namespace open_cicd::workflows
