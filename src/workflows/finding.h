// What is wrong with a workflow, for people and for editors.
#pragma once

#include "base/error.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <vector>

namespace open_cicd::workflows {

struct Finding {
  std::optional<std::string> file;  // of a template; none: the workflow itself
  std::string path;                 // "jobs.build.steps[2].image"
  int line = 0, column = 0;         // counted from 1; 0: of no place in the text
  std::string message;              // what is wrong, to follow the path
  std::string hint;                 // what to do: a sentence, or empty
  bool operator==(const Finding&) const = default;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (file, path, line, column, message, hint))

// The answer of `lint`.
struct Verdict {
  bool valid = false;
  std::vector<Finding> errors;    // in the order of the text
  std::vector<Finding> warnings;  // what is allowed and does not do what it seems to
};
BOOST_DESCRIBE_STRUCT(Verdict, (), (valid, errors, warnings))

// One error of kind `invalid` with all of them as its fields, for answers that are problem documents.
Error as_error(const std::vector<Finding>& findings);

}  // namespace open_cicd::workflows
