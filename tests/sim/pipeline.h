// The pipelines that people submit: of every shape that jobs of a run can wait for each other in, made from the seed.
#pragma once

#include "sim/random.h"

#include <string>
#include <vector>

namespace open_cicd::sim {

struct PipelineTraits {
  double exclusive = 0.3;  // chance that a job, or the run, has a concurrency group
  double long_steps = 0.1;
};

struct Pipeline {
  std::string text;                // JSON, which is YAML
  std::vector<std::string> names;  // of its jobs
};

Pipeline make_pipeline(Random& random, const std::string& name, const PipelineTraits& traits);

// JSON: lines of commands that the simulated agents know.
struct StepTraits {
  std::int64_t lines_max = 4;
  double long_steps = 0.15;
  bool writes_output = false;
};
std::string make_step(Random& random, const StepTraits& traits);

}  // namespace open_cicd::sim
