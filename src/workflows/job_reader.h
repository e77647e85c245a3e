// A job of a file: its shape (needs, matrix, outputs, template), then, when all jobs are known, its expressions and
// values. Pure.
#pragma once

#include "workflows/preparer.h"
#include "workflows/workflow.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace open_cicd::workflows {

// What the readers of one file share.
struct Reading {
  const Source& source;
  Workflow& workflow;
  pipelines::Problems& problems;
  pipelines::Problems& warnings;
  pipelines::NodePtr defaults;                                 // null when absent
  expressions::Type::Fields env = {};                          // of the workflow, for the expressions below it
  pipelines::NodePtr env_node = {};                            // its expressions are holes; null when absent
  std::unordered_map<std::string_view, const Job*> jobs = {};  // by key, when the shapes of all are read
};

void read_job_shape(Reading& reading, const pipelines::Field& field, Job& job);
void check_job(Reading& reading, Job& job);

// The file of a template, read once for all jobs that use it; null and a problem when it cannot be used.
const Template* find_template(Reading& reading, const pipelines::Field& uses, std::string_view path);

// Puts `jobs` into an order that respects needs; what is unknown, or a cycle, is a problem.
void order_jobs(std::vector<std::unique_ptr<Job>>& jobs, const std::vector<pipelines::NodePtr>& nodes,
                pipelines::Problems& problems, pipelines::Problems& warnings);

// Variables of all, the later ones win; null when there are none.
pipelines::NodePtr merge_env(std::initializer_list<pipelines::NodePtr> maps);

}  // namespace open_cicd::workflows
