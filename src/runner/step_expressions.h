// The expressions of a job's steps: their conditions, and values that were not known before.
#pragma once

#include "expressions/evaluate.h"
#include "pipelines/job_spec.h"
#include "protocol/states.h"

#include <boost/json/object.hpp>

#include <map>
#include <string>

namespace open_cicd::runner {

// Of one attempt; one thread. `spec` outlives it.
class StepExpressions {
 public:
  explicit StepExpressions(const pipelines::JobSpec& spec);

  // What `steps.ID` tells from now on; of a step without an id nothing.
  void ended(const pipelines::Step& step, protocol::StepState state,
             const std::map<std::string, std::string>& outputs = {});
  // Whether `text`, an `if`, holds before `step`.
  expressions::Outcome<bool> holds(const std::string& text, const pipelines::Step& step,
                                   expressions::StatusAnswers status) const;
  // Puts the late values of `step` where they belong. The error's message begins with the path.
  expressions::Outcome<void> fill(pipelines::Step& step) const;

 private:
  expressions::Context context() const;

  const pipelines::JobSpec& spec_;
  std::map<std::string, expressions::Value> roots_;  // of the run
  expressions::Value steps_ = boost::json::object();
};

}  // namespace open_cicd::runner
