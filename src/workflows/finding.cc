#include "workflows/finding.h"

namespace open_cicd::workflows {

Error as_error(const std::vector<Finding>& findings) {
  std::vector<FieldError> fields;
  for (const Finding& finding : findings) {
    std::string message = finding.hint.empty() ? finding.message : finding.message + ". " + finding.hint;
    // A problem document has no place for another file, so the path tells it.
    std::string path = finding.file ? *finding.file + (finding.path.empty() ? "" : ": " + finding.path) : finding.path;
    fields.push_back({std::move(path), std::move(message), finding.line, finding.column});
  }
  return invalid_fields(std::move(fields)).error();
}

}  // namespace open_cicd::workflows
