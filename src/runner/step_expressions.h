// The expressions of a job's steps: their conditions, and values that were not known before.
#pragma once

#include "expressions/evaluate.h"
#include "pipelines/job_spec.h"
#include "protocol/states.h"

#include <boost/json/object.hpp>

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

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

  // hash() cannot wait inside of an expression. When one of the two above asks for a digest that is not known, its
  // answer counts for nothing: find the digest of wanted_hash(), tell it, ask again.
  using Patterns = std::vector<std::string>;
  const std::optional<Patterns>& wanted_hash() const { return wanted_hash_; }
  void tell_hash(std::expected<std::string, std::string> digest);  // of wanted_hash(), or why there is none
  void forget_hashes();                                            // a step may have changed the files

 private:
  expressions::Context context() const;

  const pipelines::JobSpec& spec_;
  std::map<std::string, expressions::Value> roots_;  // of the run
  expressions::Value steps_ = boost::json::object();
  std::map<Patterns, std::expected<std::string, std::string>> hashes_;
  mutable std::optional<Patterns> wanted_hash_;
};

}  // namespace open_cicd::runner
