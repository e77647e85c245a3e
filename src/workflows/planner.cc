#include "workflows/planner.h"

#include "base/json.h"
#include "pipelines/job_decoder.h"
#include "workflows/contexts.h"
#include "workflows/evaluator.h"
#include "workflows/job_reader.h"
#include "workflows/keys.h"
#include "workflows/limits.h"
#include "workflows/plan_job.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace open_cicd::workflows {
namespace {

using pipelines::NodePtr;
using pipelines::Problems;

// Someone was there who could give inputs.
bool asks_for_inputs(const Event& event) {
  return event.name == "manual" || event.name == "api";
}

class Planner {
 public:
  Planner(const Workflow& workflow, const Event& event) : workflow_(workflow), event_(event) {}

  std::expected<Plan, std::vector<Finding>> plan(const InputTexts& given) {
    plan_.name = workflow_.name;
    plan_.digest = workflow_.digest;
    plan_.event = {.name = event_.name,
                   .action = event_.action,
                   .branch = event_.change ? event_.change->target_branch : event_.branch,
                   .tag = event_.tag,
                   .changed = event_.changed};
    plan_.skipped = left_out(workflow_.triggers, event_);
    plan_.inputs = resolve_inputs(workflow_.inputs, given, asks_for_inputs(event_), problems_);
    if (event_.changed && event_.changed->size() > limits::changed_max)
      problems_.add("changed", {}, fmt::format("must be at most {} files", limits::changed_max));
    for (const auto& used : workflow_.templates) plan_.templates.push_back({used->path, used->digest});
    plan_.not_available = workflow_.not_available;
    plan_.warnings = workflow_.warnings;
    if (problems_.empty()) plan_jobs();
    std::vector<Finding> errors = workflow_.texts.findings(problems_);
    if (!errors.empty()) return std::unexpected(std::move(errors));
    return std::move(plan_);
  }

 private:
  void plan_jobs() {
    JobPlanner jobs(workflow_, event_, plan_.inputs, problems_);
    plan_.concurrency = jobs.plan_shared();
    std::size_t count = 0;
    for (const auto& job : workflow_.jobs) count += job->matrix ? job->matrix->legs.size() : 1;
    plan_.jobs.reserve(count);
    for (const auto& job : workflow_.jobs) {
      const std::size_t legs = job->matrix ? job->matrix->legs.size() : 1;
      for (std::size_t leg = 0; leg < legs; ++leg) {
        plan_.jobs.push_back(jobs.plan_job(*job, leg, plan_.skipped));
        if (!is_small_enough(plan_.jobs.back())) return;
      }
    }
  }

  bool is_small_enough(const PlannedJob& job) {
    if (job.spec) specs_bytes_ += json::write_text(*job.spec).size();
    if (job.matrix) specs_bytes_ += boost::json::serialize(job.matrix->values).size();
    if (specs_bytes_ <= limits::specs_bytes_max) return true;
    problems_.add(
        "jobs", {},
        fmt::format("make more than {} bytes of specifications, and no run may have more", limits::specs_bytes_max));
    return false;
  }

  const Workflow& workflow_;
  const Event& event_;
  Problems problems_;
  Plan plan_;
  std::size_t specs_bytes_ = 0;
};

}  // namespace

std::expected<Plan, std::vector<Finding>> make_plan(const Workflow& workflow, const Event& event,
                                                    const InputTexts& inputs) {
  return Planner(workflow, event).plan(inputs);
}

std::expected<Plan, std::vector<Finding>> make_plan(const Source& source, const Event& event,
                                                    const InputTexts& inputs) {
  ReadWorkflow read = read_workflow(source);
  if (!read.workflow) return std::unexpected(std::move(read.errors));
  return make_plan(*read.workflow, event, inputs);
}

std::string plan_text(const Plan& plan) {
  return json::write_text(plan) + "\n";
}

}  // namespace open_cicd::workflows
