// The contexts of expressions: their types when a file is read, their values when it is planned. docs/reference and the
// design promise these names. Pure.
#pragma once

#include "expressions/check.h"
#include "pipelines/step_scope.h"
#include "workflows/event.h"
#include "workflows/inputs.h"
#include "workflows/plan.h"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace open_cicd::workflows {

// event, git, change, repository, run.
const expressions::Scope& scope_of_event();
boost::json::object values_of_event(const Event& event);  // the same, but run
// The event that such values are of; `values` are ours, and may hold more. Nobody is asked whether `on` lists it.
Event event_of_values(const boost::json::object& values);

// `needs` of a job: what stands there, with the outputs that those jobs declare.
struct NeededJob {
  std::string key;
  bool optional = false;
  std::vector<std::string> outputs;
};
expressions::Type type_of_needs(const std::vector<NeededJob>& needs);
expressions::Type type_of_matrix(const std::vector<boost::json::object>& legs);
using pipelines::type_of_steps;

}  // namespace open_cicd::workflows
