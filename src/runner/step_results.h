// What the steps of a job have written to their files so far, and what later steps and the server get of it.
#pragma once

#include "runner/masking.h"
#include "runner/step_files.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace open_cicd::runner {

// Of one attempt; one thread.
class StepResults {
 public:
  // `handed_on`: the outputs that leave the agent, in which no secret may be. `hide` makes a text without secrets.
  using Hide = std::function<std::string(std::string_view text, Extent extent)>;
  StepResults(std::vector<std::string> handed_on, Hide hide)
      : handed_on_(std::move(handed_on)), hide_(std::move(hide)) {}

  struct Taken {
    std::map<std::string, std::string> outputs;  // of this step
    std::string error;                           // "$CI_OUTPUT: line 3 …"; empty: all was good
    std::string note;                            // that something was left out
  };
  // What is good is kept, also of a file with an error further down.
  Taken take(const StepFiles& files);

  const std::map<std::string, std::string>& env() const { return env_; }
  const std::vector<std::string>& path() const { return path_; }
  const std::string& summary() const { return summary_; }
  // Of these names, those that were written; the last step that wrote one counts.
  std::map<std::string, std::string> outputs(const std::vector<std::string>& names) const;

 private:
  std::string in_line(const Assignment& assignment, std::string_view what) const;
  bool would_tell_a_secret(const Assignment& assignment) const;
  std::string take_outputs(const FileText& file, std::map<std::string, std::string>& outputs);
  std::string take_env(const FileText& file);
  std::string take_paths(const FileText& file);
  std::string take_summary(const FileText& file);

  std::vector<std::string> handed_on_;
  Hide hide_;
  std::map<std::string, std::string> outputs_;
  std::size_t outputs_bytes_ = 0;  // of all that was written, also of what was written again
  std::map<std::string, std::string> env_;
  std::size_t env_bytes_ = 0;
  std::size_t path_bytes_ = 0;
  std::vector<std::string> path_;
  std::string summary_;
};

}  // namespace open_cicd::runner
